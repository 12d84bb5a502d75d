"""Answers of Route 53 → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sandbox.core.fields import check
from sandbox.core.intake import Intake, Strict
from sandbox.services.route53.fields import Record
from sandbox.services.route53.picture import PrivateZone, PublicZone

Answer = Mapping[str, Any]

_STRICT = Strict()


def zone_of(zone: Answer, vpc_ids: Iterable[str], records: Iterable[Answer], take: Intake = _STRICT) -> PrivateZone:
    return PrivateZone(
        id=zone["Id"].rsplit("/", 1)[-1],
        name=zone["Name"],
        vpc_ids=tuple(sorted(vpc_ids)),
        records=_records(zone, records, take),
    )


def public_zone_of(zone: Answer, records: Iterable[Answer], take: Intake = _STRICT) -> PublicZone:
    return PublicZone(id=zone["Id"].rsplit("/", 1)[-1], name=zone["Name"], records=_records(zone, records, take))


def _records(zone: Answer, records: Iterable[Answer], take: Intake) -> tuple[dict[str, Any], ...]:
    makes = [partial(check, Record, record, str(record.get("Name"))) for record in records]
    return take.parts("record of the hosted zone", zone["Name"], makes)
