"""Hosted zones of the emulated API, and what a VPC's resolver makes of them."""

from __future__ import annotations

import boto3
import pytest
from dnslib import RCODE
from moto import mock_aws
from moto.route53.models import RecordSet, Route53Backend

from sandbox.core.settings import Settings
from sandbox.services.ec2.picture import Vpc
from sandbox.services.picture import Picture
from sandbox.services.route53.overrides import records as route53
from sandbox.services.route53.picture import PublicZone
from sandbox.services.route53.zone_answers import book_of, resolve

REGION = "ap-northeast-1"


@pytest.fixture
def dns(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    monkeypatch.setattr(RecordSet, "resource_records", RecordSet.resource_records)
    original = Route53Backend.change_resource_record_sets
    monkeypatch.setattr(Route53Backend, "change_resource_record_sets", original)
    route53.apply(Settings.from_environment({}))
    with mock_aws():
        yield boto3.client("route53", REGION)


@pytest.mark.parametrize(("kind", "count"), [("SOA", 1), ("NS", 4), ("A", 0)])
def test_a_new_zone_answers_for_itself(dns, kind, count):
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    vpc = Vpc("vpc-1", "10.0.0.0/16", None, (), (), ())
    book = book_of(Picture(public_zones=(PublicZone("Z", "example.com.", tuple(records)),)), vpc, REGION)
    found = resolve(book, "example.com", kind)
    assert (found.rcode, found.forward, len(found.records)) == (RCODE.NOERROR, None, count)
    assert all("awsdns" in str(one.rdata) for one in found.records)


def change(dns, zone: str, action: str, name: str, value: str = "192.0.2.1") -> None:
    record = {"Name": f"{name}.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    changes = [{"Action": action, "ResourceRecordSet": record}]
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def addresses(dns, zone: str) -> list[str]:
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [record["Name"].split(".")[0] for record in records if record["Type"] == "A"]


def test_a_deleted_record_can_be_made_again_and_one_that_is_there_cannot(dns):
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    change(dns, zone, "CREATE", "first")
    change(dns, zone, "CREATE", "second")
    change(dns, zone, "DELETE", "first")
    assert addresses(dns, zone) == ["second"]
    change(dns, zone, "CREATE", "first")
    assert addresses(dns, zone) == ["first", "second"]
    for value in ("192.0.2.1", "192.0.2.2"):
        with pytest.raises(dns.exceptions.InvalidChangeBatch, match="already exists"):
            change(dns, zone, "CREATE", "first", value)
    change(dns, zone, "UPSERT", "first", "192.0.2.2")
    change(dns, zone, "DELETE", "first", "192.0.2.2")
    assert addresses(dns, zone) == ["second"]
