# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""API answers, one resource each, turned into the entries that ``stack_info`` returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack import identity, storage
from ansible_collections.railyard.aws.plugins.module_utils._stack.services import SERVICES

Raw = dict[str, Any]
Entry = dict[str, Any]


def _entry(resource_id: str, tags: dict[str, str], name: str | None = None, **attributes: Any) -> Entry:
    return {
        "id": resource_id,
        "name": name or tags.get("Name") or resource_id,
        "exists": True,
        "tags": tags,
        **attributes,
    }


def _tags(raw: Raw) -> dict[str, str]:
    return boto3_tag_list_to_ansible_dict(raw.get("Tags") or [])


def _time(value: Any) -> str | None:
    """A moment as text, to the second, as AWS gives it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def _snake_list(items: list[Raw] | None) -> list[dict[str, Any]]:
    return [camel_dict_to_snake_dict(item) for item in items or []]


def vpc(raw: Raw) -> Entry:
    return _entry(raw["VpcId"], _tags(raw), cidr_block=raw["CidrBlock"], state=raw.get("State"))


def subnet(raw: Raw) -> Entry:
    return _entry(
        raw["SubnetId"],
        _tags(raw),
        cidr_block=raw["CidrBlock"],
        availability_zone=raw["AvailabilityZone"],
        vpc_id=raw["VpcId"],
        map_public_ip_on_launch=raw.get("MapPublicIpOnLaunch", False),
        state=raw.get("State"),
    )


def internet_gateway(raw: Raw) -> Entry:
    attachment: Raw = next(iter(raw.get("Attachments") or []), {})
    return _entry(
        raw["InternetGatewayId"],
        _tags(raw),
        vpc_id=attachment.get("VpcId"),
        state=attachment.get("State", "detached"),
    )


def nat_gateway(raw: Raw) -> Entry:
    addresses = raw.get("NatGatewayAddresses") or []
    return _entry(
        raw["NatGatewayId"],
        _tags(raw),
        state=raw["State"],
        subnet_id=raw["SubnetId"],
        vpc_id=raw.get("VpcId"),
        allocation_ids=[a["AllocationId"] for a in addresses if a.get("AllocationId")],
        public_ips=[a["PublicIp"] for a in addresses if a.get("PublicIp")],
        created=_time(raw.get("CreateTime")),
    )


def elastic_ip(raw: Raw) -> Entry:
    return _entry(
        raw["AllocationId"],
        _tags(raw),
        public_ip=raw["PublicIp"],
        association_id=raw.get("AssociationId"),
        network_interface_id=raw.get("NetworkInterfaceId"),
    )


def route_table(raw: Raw) -> Entry:
    return _entry(
        raw["RouteTableId"],
        _tags(raw),
        vpc_id=raw["VpcId"],
        routes=_snake_list(raw.get("Routes")),
        subnet_ids=[a["SubnetId"] for a in raw.get("Associations") or [] if a.get("SubnetId")],
    )


def network_acl(raw: Raw) -> Entry:
    return _entry(
        raw["NetworkAclId"],
        _tags(raw),
        vpc_id=raw["VpcId"],
        entries=_snake_list(raw.get("Entries")),
        subnet_ids=[a["SubnetId"] for a in raw.get("Associations") or [] if a.get("SubnetId")],
    )


def network_interface(raw: Raw) -> Entry:
    return _entry(
        raw["NetworkInterfaceId"],
        boto3_tag_list_to_ansible_dict(raw.get("TagSet") or []),
        vpc_id=raw.get("VpcId"),
        subnet_id=raw.get("SubnetId"),
        state=raw.get("Status"),
        description=raw.get("Description"),
    )


def security_group(raw: Raw) -> Entry:
    return _entry(
        raw["GroupId"],
        _tags(raw),
        name=raw["GroupName"],
        vpc_id=raw.get("VpcId"),
        description=raw.get("Description"),
        ip_permissions=_snake_list(raw.get("IpPermissions")),
        ip_permissions_egress=_snake_list(raw.get("IpPermissionsEgress")),
    )


def key_pair(raw: Raw) -> Entry:
    return _entry(
        raw["KeyPairId"],
        _tags(raw),
        name=raw["KeyName"],
        fingerprint=raw.get("KeyFingerprint"),
        public_key=raw.get("PublicKey"),
    )


def instance(raw: Raw) -> Entry:
    tags = _tags(raw)
    return _entry(
        raw["InstanceId"],
        tags,
        state=raw["State"]["Name"],
        role=tags.get("Role"),
        hostname=tags.get("Hostname"),
        private_ip_address=raw.get("PrivateIpAddress"),
        public_ip_address=raw.get("PublicIpAddress"),
        subnet_id=raw.get("SubnetId"),
        vpc_id=raw.get("VpcId"),
        availability_zone=(raw.get("Placement") or {}).get("AvailabilityZone"),
        image_id=raw.get("ImageId"),
        instance_type=raw.get("InstanceType"),
        key_name=raw.get("KeyName"),
        instance_profile_arn=(raw.get("IamInstanceProfile") or {}).get("Arn"),
        security_group_ids=[group["GroupId"] for group in raw.get("SecurityGroups") or []],
        created=_time(raw.get("LaunchTime")),
    )


def volume(raw: Raw) -> Entry:
    attachment: Raw = next(iter(raw.get("Attachments") or []), {})
    return _entry(
        raw["VolumeId"],
        _tags(raw),
        state=raw.get("State"),
        encrypted=raw.get("Encrypted"),
        instance_id=attachment.get("InstanceId"),
    )


def load_balancer(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Tags`` and ``Listeners``."""
    return _entry(
        raw["LoadBalancerArn"],
        _tags(raw),
        name=raw["LoadBalancerName"],
        arn=raw["LoadBalancerArn"],
        dns_name=raw.get("DNSName"),
        state=(raw.get("State") or {}).get("Code"),
        scheme=raw.get("Scheme"),
        vpc_id=raw.get("VpcId"),
        hosted_zone_id=raw.get("CanonicalHostedZoneId"),
        security_group_ids=raw.get("SecurityGroups") or [],
        subnet_ids=[zone["SubnetId"] for zone in raw.get("AvailabilityZones") or []],
        listeners=_snake_list(raw.get("Listeners")),
    )


def target_group(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Tags`` and ``Targets`` (health descriptions)."""
    return _entry(
        raw["TargetGroupArn"],
        _tags(raw),
        name=raw["TargetGroupName"],
        arn=raw["TargetGroupArn"],
        port=raw.get("Port"),
        protocol=raw.get("Protocol"),
        vpc_id=raw.get("VpcId"),
        load_balancer_arns=raw.get("LoadBalancerArns") or [],
        targets=[
            {
                "id": target["Target"]["Id"],
                "port": target["Target"].get("Port"),
                "state": (target.get("TargetHealth") or {}).get("State"),
                "reason": (target.get("TargetHealth") or {}).get("Reason"),
            }
            for target in raw.get("Targets") or []
        ],
    )


ENTRY_OF: dict[str, Callable[[Raw], Entry]] = {
    "vpc": vpc,
    "subnets": subnet,
    "internet_gateways": internet_gateway,
    "nat_gateways": nat_gateway,
    "elastic_ips": elastic_ip,
    "route_tables": route_table,
    "network_acls": network_acl,
    "network_interfaces": network_interface,
    "security_groups": security_group,
    "key_pairs": key_pair,
    "instances": instance,
    "volumes": volume,
    "load_balancers": load_balancer,
    "target_groups": target_group,
    **storage.ENTRY_OF,
    **identity.ENTRY_OF,
    **{kind: entry for service in SERVICES for kind, entry in service.entry_of.items()},
}
