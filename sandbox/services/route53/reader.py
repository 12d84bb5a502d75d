"""What Route 53 says of the account."""

from __future__ import annotations

from functools import partial

from sandbox.core.account import Account
from sandbox.services.route53 import parsers
from sandbox.services.route53.picture import PrivateZone, PublicZone


def zones(account: Account) -> tuple[tuple[PrivateZone, ...], tuple[PublicZone, ...]]:
    """Hosted zones with their records."""
    private, public = {}, {}
    for zone in account.all("route53", "list_hosted_zones", "HostedZones"):
        records = account.all("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"])
        if zone["Config"].get("PrivateZone"):
            vpcs = account.client("route53").get_hosted_zone(Id=zone["Id"]).get("VPCs", [])
            ids = [vpc["VPCId"] for vpc in vpcs]
            private[zone["Id"]] = partial(parsers.zone_of, zone, ids, records, account.take)
        else:
            public[zone["Id"]] = partial(parsers.public_zone_of, zone, records, account.take)
    return account.wholes("hosted zone", private), account.wholes("hosted zone", public)
