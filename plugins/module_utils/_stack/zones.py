# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosted zones of a stack in Route 53, public and private, each with its records."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import in_chunks, still_there

#: How many zones route53:ListTagsForResources takes at once.
TAGS_AT_ONCE = 10


def plain(name: str) -> str:
    """A name as people write it: small letters, no final dot, and the asterisk that Route 53 writes as an octal escape."""
    return name.rstrip(".").lower().replace("\\052", "*")


@AWSRetry.jittered_backoff(retries=8)
def _pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Raw]:
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]


@AWSRetry.jittered_backoff(retries=8)
def _tags(client: Any, zone_ids: list[str]) -> list[Raw]:
    return client.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=zone_ids)["ResourceTagSets"]


@AWSRetry.jittered_backoff(retries=8)
def _detail(client: Any, zone_id: str) -> Raw:
    return client.get_hosted_zone(Id=zone_id)


def read_zones(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Zones with the tag ``Stack=<stack>``.

    Route 53 knows no regions: the tag ``Region`` tells apart stacks of one name in two of them.
    """
    zones = {zone["Id"].rsplit("/", 1)[-1]: zone for zone in _pages(client, "list_hosted_zones", "HostedZones")}
    ours = []
    for of in in_chunks(lambda ids: _tags(client, ids), list(zones), TAGS_AT_ONCE):
        tags = boto3_tag_list_to_ansible_dict(of.get("Tags") or [])
        if tags.get("Stack") == stack and tags.get("Region", region) == region:
            ours.append({**zones[of["ResourceId"]], "ZoneId": of["ResourceId"], "Tags": tags})

    def complete(zone: Raw) -> Raw:
        detail = _detail(client, zone["ZoneId"])
        records = _pages(client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["ZoneId"])
        return {**zone, "VPCs": detail.get("VPCs") or [], "DelegationSet": detail.get("DelegationSet") or {}, "Records": records}

    return still_there(complete, ours)


def record(raw: Raw) -> dict[str, Any]:
    """One record set. Of an alias the only value is the name it stands for, ``alias_zone_id`` that name's zone."""
    alias = raw.get("AliasTarget")
    return {
        "name": plain(raw["Name"]),
        "type": raw["Type"],
        "values": [plain(alias["DNSName"])] if alias else sorted(entry["Value"] for entry in raw.get("ResourceRecords") or []),
        "ttl": raw.get("TTL"),
        "alias_zone_id": alias["HostedZoneId"] if alias else None,
        "identifier": raw.get("SetIdentifier"),
    }


def zone(raw: Raw) -> Entry:
    config = raw.get("Config") or {}
    return {
        "id": raw["ZoneId"],
        "name": plain(raw["Name"]),
        "exists": True,
        "tags": raw["Tags"],
        "private": bool(config.get("PrivateZone")),
        "comment": config.get("Comment") or "",
        "name_servers": sorted(plain(server) for server in raw["DelegationSet"].get("NameServers") or []),
        "vpc_ids": sorted(vpc["VPCId"] for vpc in raw["VPCs"]),
        "records": [record(one) for one in raw["Records"]],
    }


SERVICE = Service(
    client="route53",
    kinds={
        "hosted_zones": Kind(
            "route53",
            "Hosted zone",
            "Z",
            {"private": None, "comment": "", "name_servers": [], "vpc_ids": [], "records": []},
            planned_id="Z{index:021d}",
        )
    },
    read=read_zones,
    entry_of={"hosted_zones": zone},
)
