"""Domain registration of the emulated API, through boto3, in this process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.route53domains.overrides import domains as route53domains

CONTACT = {
    "FirstName": "A",
    "LastName": "B",
    "ContactType": "PERSON",
    "AddressLine1": "C",
    "City": "D",
    "CountryCode": "KR",
    "ZipCode": "04524",
    "PhoneNumber": "+82.212345678",
    "Email": "a@example.org",
}


@pytest.fixture
def registrar(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    if not getattr(route53domains, "_applied", False):
        route53domains.apply(Settings.from_environment({}))
        route53domains._applied = True
    with mock_aws():
        yield boto3.client("route53domains", "us-east-1")


def register(registrar, years: int = 1) -> None:
    people = {f"{person}Contact": CONTACT for person in ("Admin", "Registrant", "Tech")}
    registrar.register_domain(DomainName="mine.com", DurationInYears=years, **people)


@pytest.mark.parametrize("years", [1, 2, 10])
def test_registration_lasts_as_long_as_asked(registrar, years):
    register(registrar, years)
    left = registrar.get_domain_detail(DomainName="mine.com")["ExpirationDate"] - datetime.now(UTC)
    assert timedelta(days=365 * years - 1) < left <= timedelta(days=365 * years)


def test_availability_and_prices(registrar):
    def availability(name: str) -> str:
        return registrar.check_domain_availability(DomainName=name)["Availability"]

    assert availability("mine.com") == "AVAILABLE"
    register(registrar)
    assert [availability(name) for name in ("mine.com", "example.com")] == ["UNAVAILABLE", "UNAVAILABLE"]
    assert availability("mine.nowhere") == "INVALID_NAME_FOR_TLD"
    (price,) = registrar.list_prices(Tld="com")["Prices"]
    assert price["RegistrationPrice"] == {"Price": 15.0, "Currency": "USD"}
    with pytest.raises(ClientError):
        registrar.list_prices(Tld="nowhere")


def test_registration_makes_the_zone_and_points_to_it(registrar):
    register(registrar)
    dns = boto3.client("route53", "us-east-1")
    (zone,) = dns.list_hosted_zones()["HostedZones"]
    assert zone["Name"] == "mine.com."
    servers = dns.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    assert [one["Name"] for one in registrar.get_domain_detail(DomainName="mine.com")["Nameservers"]] == servers


def test_renewal_lock_and_tags_are_remembered(registrar):
    register(registrar)
    registrar.disable_domain_auto_renew(DomainName="mine.com")
    operation = registrar.disable_domain_transfer_lock(DomainName="mine.com")["OperationId"]
    assert registrar.get_operation_detail(OperationId=operation)["Status"] == "SUCCESSFUL"
    (entry,) = registrar.list_domains()["Domains"]
    assert (entry["AutoRenew"], entry["TransferLock"]) == (False, False)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    registrar.update_tags_for_domain(DomainName="mine.com", TagsToUpdate=tags)
    registrar.delete_tags_for_domain(DomainName="mine.com", TagsToDelete=["a"])
    assert registrar.list_tags_for_domain(DomainName="mine.com")["TagList"] == tags[1:]


def test_name_servers_change_more_than_once(registrar):
    register(registrar)
    for number in (1, 2):
        servers = [{"Name": f"ns{number}.other.org"}, {"Name": f"ns{number}.other.net"}]
        registrar.update_domain_nameservers(DomainName="mine.com", Nameservers=servers)
        assert registrar.get_domain_detail(DomainName="mine.com")["Nameservers"] == servers
