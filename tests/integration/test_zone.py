"""A public zone that was there before the stack: it is used, and left as it was found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.account import STACK
from tests.e2e.lab import Lab, temporary

DOMAIN = "shop.example"
TAGS = ("--tags", "vpc,route53", "-e", "vpc_nat_gateway_mode=none")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The API alone: nothing of this needs a server."""
    with temporary("zone", int(os.environ.get("RAILYARD_ZONE_PORT", "5194"))) as lab:
        lab.up("--api-only")
        lab.environment["RAILYARD_DOMAIN"] = DOMAIN
        yield lab


class Zone:
    """The public zone of the domain with one record, as a registration or a person leaves it."""

    def __init__(self, route53: Any) -> None:
        self.route53 = route53
        self.id = next(iter(self.public()), "") or self.made()

    def made(self) -> str:
        """Id of the zone, which is made with one record."""
        config = {"Comment": "by hand", "PrivateZone": False}
        made = self.route53.create_hosted_zone(Name=DOMAIN, CallerReference="by-hand", HostedZoneConfig=config)
        self.id = made["HostedZone"]["Id"].rpartition("/")[2]
        self.add("blog", "192.0.2.1")
        return self.id

    def add(self, name: str, address: str) -> None:
        """Make an address record."""
        record = {"Name": f"{name}.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
        changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch=changes)

    def seen(self) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
        """Comment, tags and records, by name and type."""
        comment = self.route53.get_hosted_zone(Id=self.id)["HostedZone"]["Config"]["Comment"]
        listed = self.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=self.id)
        tags = {tag["Key"]: tag["Value"] for tag in listed["ResourceTagSet"]["Tags"]}
        records = self.route53.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return comment, tags, sorted((record["Name"], record["Type"]) for record in records)

    def public(self) -> list[str]:
        """Ids of all public zones of the domain."""
        zones = self.route53.list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]
        return [zone["Id"].rpartition("/")[2] for zone in zones if zone["Name"] == f"{DOMAIN}."]


def test_zone_that_was_there_is_used_and_left_as_it_was(lab: Lab) -> None:
    zone = Zone(lab.account().client("route53"))
    found = zone.seen()
    run = lab.playbook("zone-adopted", "site.yml", *TAGS)
    comment, tags, records = zone.seen()
    assert zone.public() == [zone.id], "no second zone of the domain"
    assert (comment, records) == (found[0], found[2]), str(run)
    assert tags["Stack"] == STACK and tags["Adopted"] == "true"
    assert lab.playbook("zone-again", "site.yml", *TAGS).changed == 0

    away = lab.playbook("zone-gone", "playbooks/teardown.yml", "-e", f"confirm={STACK}")
    assert zone.seen() == found, str(away)
    assert f"The zone of {DOMAIN} stays" in " ".join(away.text.split()), str(away)


def test_zone_with_a_name_of_the_site_in_use_is_left_alone(lab: Lab) -> None:
    zone = Zone(lab.account().client("route53"))
    zone.add("www", "192.0.2.2")
    found = zone.seen()
    run = lab.playbook("zone-in-use", "site.yml", *TAGS, fails=True)
    said = " ".join(run.text.split())
    assert f"already says where www.{DOMAIN}." in said and "route53_replace_records=true" in said, str(run)
    assert zone.seen() == found
