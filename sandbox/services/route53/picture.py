"""What a picture holds of Route 53."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.fields import Checked, DnsName, Identifier
from sandbox.services.route53.fields import Record


@dataclass(frozen=True)
class PublicZone(Checked):
    """The world's zone; in the sandbox that is every VPC, and the controller for names below ``localhost``."""

    id: Identifier
    name: DnsName
    records: tuple[Record, ...]  # as list_resource_record_sets returns them


@dataclass(frozen=True)
class PrivateZone(Checked):
    id: Identifier
    name: DnsName
    vpc_ids: tuple[Identifier, ...]
    records: tuple[Record, ...]  # as list_resource_record_sets returns them
