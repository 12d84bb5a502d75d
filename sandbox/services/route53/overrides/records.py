"""Records of hosted zones.

The emulator writes the value of the SOA record it makes as Python would show it. And it judges a CREATE by what was
changed before: a record that was deleted cannot come back while another follows it in the alphabet, and one that is
there can be made again with other values.
"""

from __future__ import annotations

from typing import Any

from moto.route53.exceptions import ResourceRecordAlreadyExists
from moto.route53.models import RecordSet, Route53Backend

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    change_records = Route53Backend.change_resource_record_sets

    def resource_records(self: RecordSet) -> list[dict[str, str]] | None:
        values = [value["Value"] if isinstance(value, dict) else value for value in self.records]
        return [{"Value": value} for value in values] or None

    def change_resource_record_sets(self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        zone = self.get_hosted_zone(zoneid)
        there = {_key(one.name, one.type, one.set_identifier) for one in zone.rrsets}
        for change in change_list:
            record = change["ResourceRecordSet"]
            key = _key(record["Name"], record["Type"], record.get("SetIdentifier"))
            if change["Action"] == "DELETE":
                there.discard(key)
                continue
            if change["Action"] == "CREATE":
                if key in there:
                    raise ResourceRecordAlreadyExists(name=f"{key[0]}.", _type=record["Type"])
                change["Action"] = "UPSERT"
            there.add(key)
        change_records(self, zoneid, change_list)

    RecordSet.resource_records = property(resource_records)
    Route53Backend.change_resource_record_sets = change_resource_record_sets


def _key(name: str, kind: str, identifier: str | None) -> tuple[str, str, str]:
    return name.lower().rstrip("."), kind, identifier or ""
