"""Records of hosted zones: the emulator writes the value of the SOA record it makes as Python would show it."""

from __future__ import annotations

from moto.route53.models import RecordSet

from sandbox.settings import Settings


def apply(settings: Settings) -> None:
    def resource_records(self: RecordSet) -> list[dict[str, str]] | None:
        values = [value["Value"] if isinstance(value, dict) else value for value in self.records]
        return [{"Value": value} for value in values] or None

    RecordSet.resource_records = property(resource_records)
