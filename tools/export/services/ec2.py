"""Servers, their firewall and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

from tools.export.resource import (
    Clients,
    Export,
    Left,
    Named,
    Raw,
    Resource,
    Zone,
    named_by_tag,
    nothing,
    picked,
    present,
    tags,
)


def _rules(permission: Raw) -> Iterator[dict[str, Any]]:
    """A permission of the API, which names many sources, as one rule of CloudFormation each."""
    common = picked(permission, "IpProtocol", "FromPort", "ToPort")
    for listed, key, ours in (
        ("IpRanges", "CidrIp", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId", "GroupId"),
    ):
        for one in permission.get(listed) or []:
            yield {**common, ours: one[key], **picked(one, "Description")}


def _ids(raw: Raw, clients: Clients) -> dict[tuple[Any, ...], str]:
    """Ids of the rules that let another group in, by what they say."""
    filters = [{"Name": "group-id", "Values": [raw["GroupId"]]}]
    rules = read_all(clients("ec2"), "describe_security_group_rules", "SecurityGroupRules", Filters=filters)
    return {
        _key(one, one["ReferencedGroupInfo"]["GroupId"]): one["SecurityGroupRuleId"]
        for one in rules
        if one.get("ReferencedGroupInfo") and not one["IsEgress"]
    }


def _key(rule: Raw, group: str) -> tuple[Any, ...]:
    # AWS writes -1 where a protocol knows no ports.
    return rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1), group


def _outward(rule: dict[str, Any]) -> dict[str, Any]:
    return {"DestinationSecurityGroupId" if key == "GroupId" else key: value for key, value in rule.items()}


def _security_group(raw: Raw, clients: Clients) -> Iterator[Resource | Left]:
    """What lets another group in is a resource of its own: groups may well refer to one another, or to themselves.

    What leads out stands in the group: without any, CloudFormation makes a new one that leads everywhere.
    """
    name, group = raw["GroupName"], raw["GroupId"]
    inward = [rule for one in raw.get("IpPermissions") or [] for rule in _rules(one)]
    outward = [_outward(rule) for one in raw.get("IpPermissionsEgress") or [] for rule in _rules(one)]
    yield Resource(
        "EC2::SecurityGroup",
        name,
        present(
            GroupName=name,
            GroupDescription=raw["Description"],
            VpcId=raw["VpcId"],
            SecurityGroupIngress=[rule for rule in inward if "GroupId" not in rule],
            SecurityGroupEgress=outward,
            Tags=tags(raw.get("Tags")),
        ),
        {"Id": group},
        {group: "GroupId"},
    )
    if not outward:
        yield Left(
            f"{name}, that nothing leads out", "CloudFormation lets a new group without such rules out everywhere"
        )
    of_groups = [rule for rule in inward if "GroupId" in rule]
    ids = _ids(raw, clients) if of_groups else {}
    for rule in of_groups:
        other = rule["GroupId"]
        ports = " ".join(str(rule[key]) for key in ("IpProtocol", "FromPort", "ToPort") if key in rule)
        yield Resource(
            "EC2::SecurityGroupIngress",
            f"{name} {ports} {other}",
            {**rule, "GroupId": group, "SourceSecurityGroupId": other},
            {"Id": ids.get(_key(rule, other), "")},
        )


def _key_pair(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "EC2::KeyPair",
        raw["KeyName"],
        present(KeyName=raw["KeyName"], PublicKeyMaterial=raw.get("PublicKey"), Tags=tags(raw.get("Tags"))),
        {"KeyName": raw["KeyName"]},
    )


def _disks(raw: Raw, clients: Clients) -> list[dict[str, Any]]:
    attached = {one["Ebs"]["VolumeId"]: one for one in raw.get("BlockDeviceMappings") or [] if one.get("Ebs")}
    if not attached:
        return []
    found = read_all(clients("ec2"), "describe_volumes", "Volumes", VolumeIds=list(attached))
    volumes = {volume["VolumeId"]: volume for volume in found}
    return [
        {
            "DeviceName": one["DeviceName"],
            "Ebs": present(
                **picked(volumes[volume], "Encrypted", "VolumeType"),
                VolumeSize=volumes[volume].get("Size"),
                # gp2 has as many as its size gives, and takes no number.
                Iops=volumes[volume].get("Iops")
                if volumes[volume].get("VolumeType") in ("gp3", "io1", "io2")
                else None,
                DeleteOnTermination=one["Ebs"].get("DeleteOnTermination"),
            ),
        }
        for volume, one in attached.items()
        if volume in volumes
    ]


def _instance(raw: Raw, clients: Clients) -> Iterator[Resource]:
    profile = (raw.get("IamInstanceProfile") or {}).get("Arn", "").rpartition("/")[2]
    metadata = picked(
        raw.get("MetadataOptions") or {},
        "HttpEndpoint",
        "HttpTokens",
        "HttpPutResponseHopLimit",
        "InstanceMetadataTags",
    )
    yield Resource(
        "EC2::Instance",
        named_by_tag(raw, "InstanceId"),
        present(
            ImageId=raw["ImageId"],
            InstanceType=raw["InstanceType"],
            KeyName=Named("EC2::KeyPair", raw["KeyName"]) if raw.get("KeyName") else None,
            SubnetId=raw.get("SubnetId"),
            AvailabilityZone=Zone(raw["Placement"]["AvailabilityZone"]),
            SecurityGroupIds=[group["GroupId"] for group in raw.get("SecurityGroups") or []],
            IamInstanceProfile=Named("IAM::InstanceProfile", profile) if profile else None,
            EbsOptimized=raw.get("EbsOptimized"),
            Monitoring=(raw.get("Monitoring") or {}).get("State") == "enabled",
            BlockDeviceMappings=_disks(raw, clients),
            MetadataOptions=metadata,
            Tags=tags(raw.get("Tags")),
        ),
        {"InstanceId": raw["InstanceId"]},
        {raw["InstanceId"]: ""},
    )


EXPORTS: dict[str, Export] = {
    "security_groups": _security_group,
    "key_pairs": _key_pair,
    "instances": _instance,
    "volumes": nothing("is one of its server's BlockDeviceMappings", lambda raw: raw["VolumeId"]),
}
