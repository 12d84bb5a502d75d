"""The domain registration module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from ansible_collections.railyard.aws.plugins.module_utils._resource import wait
from ansible_collections.railyard.aws.plugins.modules import route53_domain
from botocore.stub import Stubber

from sandbox.core.settings import Settings
from sandbox.services.route53domains.overrides import domains as route53domains

CONTACT = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "contact_type": "PERSON",
    "address_line_1": "1 Main Street",
    "city": "Seoul",
    "country_code": "KR",
    "zip_code": "04524",
    "phone_number": "+82.212345678",
    "email": "ada@example.org",
}
DOMAIN = {"domain": "mine.com", "accept_price": 15, "contact": CONTACT, "tags": {"Stack": "t"}}
SERVERS = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.net"]


@pytest.fixture(scope="module", autouse=True)
def overridden():
    if not getattr(route53domains, "_applied", False):
        route53domains.apply(Settings.from_environment({}))
        route53domains._applied = True


@pytest.fixture
def registrar(aws):
    return boto3.client("route53domains", region_name="us-east-1")


@pytest.fixture
def ensure(run_module, registrar):
    def ensure(check=False, **overrides):
        return run_module(route53_domain, check=check, **{**DOMAIN, **overrides})

    return ensure


def domains(registrar):
    return [entry["DomainName"] for entry in registrar.list_domains()["Domains"]]


def test_registered_as_described_and_a_zone_with_it(ensure, registrar):
    result = ensure()
    assert result["changed"] and result["price"] == {"amount": 15.0, "currency": "USD"}
    detail = registrar.get_domain_detail(DomainName="mine.com")
    assert detail["AdminContact"]["FirstName"] == "Ada" and detail["RegistrantPrivacy"] is True
    assert result["domain"]["status"] == "registered" and result["domain"]["auto_renew"] is True
    assert registrar.list_tags_for_domain(DomainName="mine.com")["TagList"] == [{"Key": "Stack", "Value": "t"}]
    zones = boto3.client("route53").list_hosted_zones()["HostedZones"]
    assert [zone["Name"] for zone in zones] == ["mine.com."]
    zone = boto3.client("route53").get_hosted_zone(Id=zones[0]["Id"])
    assert result["domain"]["name_servers"] == sorted(zone["DelegationSet"]["NameServers"])


def test_second_run_changes_and_costs_nothing(ensure):
    ensure()
    again = ensure(accept_price=None, contact=None)
    assert not again["changed"] and again["price"] == {}
    assert again["diff"] == {"before": {}, "after": {}}


def test_check_mode_registers_nothing_and_tells_the_price(ensure, registrar):
    result = ensure(check=True, accept_price=None, contact=None, years=2)
    assert result["changed"] and result["domain"]["status"] == "available"
    assert result["diff"] == {"before": {}, "after": {"domain": "mine.com"}}
    assert result["price"]["amount"] == 30
    assert domains(registrar) == []


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"accept_price": None}, "costs 15 USD, and cannot be undone. If you want that, set accept_price: 15"),
        ({"accept_price": 14.5}, "costs 15 USD, more than the 14.5 of accept_price"),
        ({"years": 3}, "costs 45 USD, more than the 15 of accept_price"),
        ({"contact": {**CONTACT, "email": ""}}, "the contact lacks email"),
        ({"domain": "example.com"}, "Route 53 calls it UNAVAILABLE"),
        ({"domain": "mine.nowhere"}, "Route 53 calls it INVALID_NAME_FOR_TLD"),
    ],
)
def test_nothing_is_spent_without_a_clear_yes(ensure, registrar, overrides, words):
    result = ensure(**overrides)
    assert result["failed"] and words in result["msg"]
    assert domains(registrar) == []


@pytest.mark.parametrize(
    ("overrides", "after"),
    [
        ({"auto_renew": False}, {"auto_renew": False}),
        ({"transfer_lock": False}, {"transfer_lock": False}),
        ({"name_servers": [f"{SERVERS[1].upper()}.", SERVERS[0]]}, {"name_servers": SERVERS}),
        ({"tags": {"Role": "route53"}}, {"tags": {"Role": "route53"}}),
        ({"tags": {"Role": "route53"}, "purge_tags": False}, {"tags": {"Stack": "t", "Role": "route53"}}),
    ],
)
def test_drift_is_planned_then_mended(ensure, overrides, after):
    ensure()
    planned = ensure(check=True, **overrides)
    assert planned["diff"]["after"] == after and set(planned["diff"]["before"]) == set(after)
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == planned["diff"], "the plan mends nothing and says what is mended"
    assert not ensure(**overrides)["changed"]


def test_what_aws_refuses_is_named(ensure):
    result = ensure(contact={**CONTACT, "country_code": "XX"})
    assert result["failed"]
    assert "Domain 'mine.com' could not be kept" in result["msg"]


@pytest.fixture
def stubbed(aws, monkeypatch):
    """(client as modules get it, its stub, pauses that were made in seconds)."""
    pauses = []
    monkeypatch.setattr(wait.time, "sleep", pauses.append)
    client = boto3.client("route53domains", region_name="us-east-1")
    with Stubber(client) as stub:
        yield RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1)), stub, pauses
        stub.assert_no_pending_responses()


def operation(status, **more):
    return {"OperationId": "o", "Status": status, "Type": "REGISTER_DOMAIN", **more}


def test_registration_on_its_way_is_awaited_not_repeated(stubbed):
    client, stub, pauses = stubbed
    under_way = {"OperationId": "o", "DomainName": "mine.com", "Status": "IN_PROGRESS"}
    under_way.update(Type="REGISTER_DOMAIN", SubmittedDate=0)
    stub.add_response("list_operations", {"Operations": [under_way]})
    stub.add_response("get_operation_detail", operation("IN_PROGRESS"))
    stub.add_response("get_operation_detail", operation("SUCCESSFUL"))
    params = {"domain": "mine.com", "wait": True, "wait_timeout": 60}
    assert route53_domain.register(client, params, check_mode=False) == (False, {})
    assert pauses == [route53_domain.PAUSE]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("FAILED", "could not do REGISTER_DOMAIN for 'mine.com'. AWS said: no"),
        ("SUBMITTED", "still SUBMITTED after 0 s"),
    ],
)
def test_operation_that_does_not_succeed_says_why(stubbed, status, words):
    client, stub, pauses = stubbed
    stub.add_response("get_operation_detail", operation(status, Message="no"))
    with pytest.raises(route53_domain.ResourceError, match=words):
        route53_domain.wait_for(client, {"domain": "mine.com", "wait_timeout": 0}, "o")
