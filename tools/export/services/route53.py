"""Hosted zones and their records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.export.resource import Clients, Export, Raw, Resource, picked, present, tags


def _zone(raw: Raw, clients: Clients) -> Iterator[Resource]:
    zone, name = raw["ZoneId"], raw["Name"]
    config = raw.get("Config") or {}
    private = " private" if config.get("PrivateZone") else ""
    yield Resource(
        "Route53::HostedZone",
        f"{name}{private}",
        present(
            Name=name,
            HostedZoneConfig=picked(config, "Comment"),
            VPCs=[picked(vpc, "VPCId", "VPCRegion") for vpc in raw["VPCs"]],
            HostedZoneTags=tags(raw["Tags"]),
        ),
        {"Id": zone},
        {zone: ""},
    )
    for record in raw["Records"]:
        # These two come with the zone.
        if not (record["Name"] == name and record["Type"] in ("NS", "SOA")):
            yield _record(zone, f"{name}{private}", record)


def _record(zone: str, zone_name: str, raw: Raw) -> Resource:
    alias: dict[str, Any] = picked(raw.get("AliasTarget") or {}, "DNSName", "HostedZoneId", "EvaluateTargetHealth")
    if alias:
        # Of a load balancer: the name that the console writes in front knows both kinds of addresses.
        whole = alias["DNSName"].rstrip(".")
        front, _dot, behind = whole.partition(".")
        alias["DNSName"] = {"Fn::Join": [".", [front, behind]]} if front == "dualstack" else whole
    weight = picked(
        raw, "SetIdentifier", "Weight", "Region", "Failover", "MultiValueAnswer", "HealthCheckId", "GeoLocation"
    )
    # An asterisk is written as an escape there.
    name = raw["Name"].replace("\\052", "*")
    return Resource(
        "Route53::RecordSet",
        f"{zone_name} {name.replace('*', 'any')} {raw['Type']} {raw.get('SetIdentifier', '')}",
        present(
            HostedZoneId=zone,
            Name=name,
            Type=raw["Type"],
            # A text, as CloudFormation wants it.
            TTL=str(raw["TTL"]) if raw.get("TTL") is not None else None,
            ResourceRecords=[one["Value"] for one in raw.get("ResourceRecords") or []],
            AliasTarget=alias,
            **weight,
        ),
        # Only one of several of a name has a SetIdentifier, and an import takes no empty one.
        {"Name": name, "HostedZoneId": zone, "Type": raw["Type"], "SetIdentifier": raw.get("SetIdentifier", "")},
    )


EXPORTS: dict[str, Export] = {"hosted_zones": _zone}
