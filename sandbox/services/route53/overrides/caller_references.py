"""A zone is made once for each caller reference: the SDK, asking again after an error, makes no second one."""

from __future__ import annotations

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import Route53Backend

from sandbox.core.settings import Settings


class _ZoneExists(Route53ClientError):
    def __init__(self, reference: str) -> None:
        super().__init__(
            "HostedZoneAlreadyExists", f"A hosted zone has already been created with the caller reference {reference}."
        )


def apply(settings: Settings) -> None:
    create = Route53Backend.create_hosted_zone

    def create_hosted_zone(self, name, private_zone, caller_reference=None, **more):
        if caller_reference and any(zone.caller_reference == caller_reference for zone in self.zones.values()):
            raise _ZoneExists(caller_reference)
        return create(self, name, private_zone, caller_reference=caller_reference, **more)

    Route53Backend.create_hosted_zone = create_hosted_zone
