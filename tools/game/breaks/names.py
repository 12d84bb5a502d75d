"""Records of DNS: one that leads elsewhere, one that is missing."""

from __future__ import annotations

import json
from typing import Any

from tools.game.place import Place
from tools.verbs.trouble import Trouble

Record = dict[str, Any]


def _zone(place: Place, name: str, private: bool) -> str:
    zones = [
        one["Id"]
        for page in place.client("route53").get_paginator("list_hosted_zones").paginate()
        for one in page["HostedZones"]
        if one["Name"] == f"{name}." and one["Config"]["PrivateZone"] == private
    ]
    return str(place.only(zones, f"hosted zone '{name}'", "route53"))


def _records(place: Place, zone: str) -> list[Record]:
    pages = place.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return [one for page in pages for one in page["ResourceRecordSets"]]


def _change(place: Place, zone: str, action: str, record: Record) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    place.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def _plain(records: list[Record]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in records)


def _aliases(place: Place) -> tuple[str, list[Record]]:
    """The private zone's names of what is no server, which are names of endpoints."""
    zone = _zone(place, place.names.private_zone, private=True)
    return zone, [one for one in _records(place, zone) if one["Type"] == "CNAME"]


def endpoints(place: Place) -> list[str]:
    """Look at where the private names of database and cache lead."""
    return _plain(_aliases(place)[1])


def name_of_the_cache_leads_to_the_database(place: Place) -> None:
    """Somebody copied a value into the wrong row."""
    zone, found = _aliases(place)
    by_name = {one["Name"].partition(".")[0]: one for one in found}
    if not {"cache", "db"} <= set(by_name):
        raise Trouble(
            f"The zone '{place.names.private_zone}' has no cache or no db; run"
            " `ansible-playbook site.yml --tags route53` first."
        )
    cache, database = by_name["cache"], by_name["db"]
    _change(place, zone, "UPSERT", {**cache, "ResourceRecords": database["ResourceRecords"]})


def _keys_of_mail(place: Place) -> tuple[str, list[Record]]:
    if not place.names.domain:
        raise Trouble("The stack has no domain (railyard_domain), so it sends no mail; play another chapter.")
    zone = _zone(place, place.names.domain, private=False)
    return zone, [one for one in _records(place, zone) if "._domainkey." in one["Name"]]


def dkim(place: Place) -> list[str]:
    """Look at the records of the keys that sign mail."""
    return _plain(_keys_of_mail(place)[1])


def key_of_mail_missing(place: Place) -> None:
    """Somebody took a record for left over."""
    zone, found = _keys_of_mail(place)
    if not found:
        raise Trouble("The zone has no record of DKIM; run `ansible-playbook site.yml --tags ses` first.")
    _change(place, zone, "DELETE", found[0])
