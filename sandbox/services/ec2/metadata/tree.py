"""What instance metadata says about one instance, and how paths into it are answered. Pure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping

from sandbox.services.ec2.picture import Instance, Vpc

ACCOUNT = "123456789012"

#: A directory, a text, or something that makes the text when asked.
Node = Mapping[str, "Node"] | str | Callable[[], str | None]

_TAG_KEY = re.compile(r"(?!\.{1,2}$|_index$)[A-Za-z0-9+=.,_:@-]{1,128}", re.ASCII)

VERSIONS = ("2019-10-01", "2020-10-27", "2021-03-23", "2021-07-15", "latest")


def role_of(profile_arn: str) -> str:
    """Name of an instance profile, from its ARN."""
    return profile_arn.rsplit("/", 1)[-1]


def private_name(address: str, region: str) -> str:
    """Host name that AWS gives an address: ip-10-0-64-5.<region>.compute.internal."""
    zone = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{zone}"


def tree(
    instance: Instance, vpc: Vpc, region: str, role: str | None, credentials: Callable[[], str | None]
) -> dict[str, Node]:
    """Everything below ``/latest``. ``credentials`` gives the JSON of the role's temporary credentials."""
    metadata: dict[str, Node] = {
        "ami-id": instance.image_id,
        "ami-launch-index": "0",
        "hostname": private_name(instance.private_ip, region),
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": "on-demand",
        "instance-type": instance.instance_type,
        "local-hostname": private_name(instance.private_ip, region),
        "local-ipv4": instance.private_ip,
        "mac": instance.mac,
        "network": {"interfaces": {"macs": {instance.mac: _interface(instance, vpc, region)}}},
        "placement": {"availability-zone": instance.zone, "region": region},
        "reservation-id": "r-" + instance.id.removeprefix("i-"),
        "security-groups": "\n".join(_group_names(instance, vpc)),
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    if instance.public_ip:
        metadata["public-ipv4"] = instance.public_ip
        metadata["public-hostname"] = instance.public_ip
    if instance.public_key:
        metadata["public-keys"] = {"0": {"openssh-key": instance.public_key.strip()}}
    if instance.profile_arn and role:
        metadata["iam"] = {
            "info": json.dumps({"Code": "Success", "InstanceProfileArn": instance.profile_arn}, indent=2),
            "security-credentials": {role: credentials},
        }
    if instance.metadata.tags:
        # AWS refuses the other keys when tags are let into metadata: a key is a part of the path here.
        told = {key: value for key, value in instance.tags if _TAG_KEY.fullmatch(key)}
        if told:
            metadata["tags"] = {"instance": told}
    root: dict[str, Node] = {
        "dynamic": {"instance-identity": {"document": _document(instance, region)}},
        "meta-data": metadata,
    }
    if instance.user_data:
        root["user-data"] = instance.user_data
    return root


def answer(root: Mapping[str, Node], path: str, key_name: str | None = None) -> str | None:
    """Body for a GET of ``path``; None where AWS says 404. A directory is listed, one name a line."""
    parts = [part for part in path.split("?", 1)[0].split("/") if part]
    if not parts:
        return "\n".join(VERSIONS)
    if parts[0] not in VERSIONS:
        return None
    node: Node = root
    for part in parts[1:]:
        if not isinstance(node, Mapping) or part not in node:
            return None
        node = node[part]
    if not isinstance(node, Mapping):
        return node() if callable(node) else node
    if parts[1:] == ["meta-data", "public-keys"]:
        return f"0={key_name or 'key'}"
    # below tags/instance every name is a leaf even when it looks like a path
    return "\n".join(name + ("/" if isinstance(child, Mapping) else "") for name, child in sorted(node.items()))


def _interface(instance: Instance, vpc: Vpc, region: str) -> dict[str, Node]:
    subnet = next((s for s in vpc.subnets if s.id == instance.subnet_id), None)
    interface: dict[str, Node] = {
        "device-number": "0",
        "local-hostname": private_name(instance.private_ip, region),
        "local-ipv4s": instance.private_ip,
        "mac": instance.mac,
        "owner-id": ACCOUNT,
        "security-group-ids": "\n".join(instance.group_ids),
        "security-groups": "\n".join(_group_names(instance, vpc)),
        "subnet-id": instance.subnet_id,
        "vpc-id": vpc.id,
        "vpc-ipv4-cidr-block": vpc.cidr,
        "vpc-ipv4-cidr-blocks": vpc.cidr,
    }
    if subnet:
        interface["subnet-ipv4-cidr-block"] = str(ipaddress.ip_network(subnet.cidr))
    if instance.public_ip:
        interface["public-ipv4s"] = instance.public_ip
        interface["ipv4-associations"] = {instance.public_ip: instance.private_ip}
    return interface


def _group_names(instance: Instance, vpc: Vpc) -> list[str]:
    names = {group.id: group.name for group in vpc.groups}
    return [names.get(identifier, identifier) for identifier in instance.group_ids]


def _document(instance: Instance, region: str) -> str:
    return json.dumps(
        {
            "accountId": ACCOUNT,
            "architecture": "arm64" if instance.instance_type.split(".")[0].endswith("g") else "x86_64",
            "availabilityZone": instance.zone,
            "billingProducts": None,
            "devpayProductCodes": None,
            "marketplaceProductCodes": None,
            "imageId": instance.image_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "kernelId": None,
            "privateIp": instance.private_ip,
            "ramdiskId": None,
            "region": region,
            "version": "2017-09-30",
        },
        indent=2,
    )
