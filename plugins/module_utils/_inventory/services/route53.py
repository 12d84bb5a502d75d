# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosted zones of a stack in Route 53, public and private, each with its records."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, in_chunks, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Clients, Entry, Kind, ModuleSpec, Raw, Removal, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: How many zones route53:ListTagsForResources takes at once.
TAGS_AT_ONCE = 10


def plain(name: str) -> str:
    """A name as people write it: small letters, no final dot, and the asterisk that Route 53 writes as an octal escape."""
    return name.rstrip(".").lower().replace("\\052", "*")


def _tags(client: Any, zone_ids: list[str]) -> list[Raw]:
    return ask(client, "list_tags_for_resources", ResourceType="hostedzone", ResourceIds=zone_ids)["ResourceTagSets"]


def _read_zones(client: Any, scope: Scope) -> list[Raw]:
    """Zones with the tag ``Stack=<stack>``.

    Route 53 knows no regions: the tag ``Region`` tells apart stacks of one name in two of them.
    """
    zones = {zone["Id"].rsplit("/", 1)[-1]: zone for zone in read_all(client, "list_hosted_zones", "HostedZones")}
    ours = []
    for of in in_chunks(lambda ids: _tags(client, ids), list(zones), TAGS_AT_ONCE):
        tags = boto3_tag_list_to_ansible_dict(of.get("Tags") or [])
        if tags.get("Stack") == scope.stack and tags.get("Region", scope.region) == scope.region:
            ours.append({**zones[of["ResourceId"]], "ZoneId": of["ResourceId"], "Tags": tags})

    def complete(zone: Raw) -> Raw:
        detail = ask(client, "get_hosted_zone", Id=zone["ZoneId"])
        records = read_all(client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["ZoneId"])
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


def _zone(raw: Raw) -> Entry:
    config = raw.get("Config") or {}
    return entry_of(
        raw["ZoneId"],
        plain(raw["Name"]),
        raw["Tags"],
        private=bool(config.get("PrivateZone")),
        comment=config.get("Comment") or "",
        name_servers=sorted(plain(server) for server in raw["DelegationSet"].get("NameServers") or []),
        vpc_ids=sorted(vpc["VPCId"] for vpc in raw["VPCs"]),
        records=[record(one) for one in raw["Records"]],
    )


def _holds(_client: Clients, entry: Entry, _region: str) -> list[str]:
    own = sum(one["name"] == entry["name"] and one["type"] in ("NS", "SOA") for one in entry["records"])
    number = len(entry["records"]) - own
    return [f"{number} record{'' if number == 1 else 's'}"] if number else []


KINDS: dict[str, Kind] = {
    "hosted_zones": Kind(
        label="Hosted zone",
        role="route53",
        made_by={
            "amazon.aws.route53_zone": ModuleSpec(("zone",)),
            "amazon.aws.route53": ModuleSpec(("hosted_zone_id", "zone"), part=True),
        },
        client="route53",
        read=_read_zones,
        entry=_zone,
        fields={"private": None, "comment": "", "name_servers": [], "vpc_ids": [], "records": []},
        planned_id="Z{index:021d}",
        delete_command="aws route53 delete-hosted-zone --id {id}",
        removal=Removal("delete_hosted_zone", "Id", _holds),
        about="Records have `name`, `type`, `values`, `ttl`, `alias_zone_id` and `identifier`.",
    ),
}
