"""The public DNS of the sandbox, and what Amazon finds in it."""

from __future__ import annotations

import boto3
import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from moto import mock_aws

from sandbox.api.environment import ACCOUNT_ID
from sandbox.core.settings import Settings
from sandbox.services.acm.overrides import certificates as acm
from sandbox.services.route53 import public_dns
from sandbox.services.route53.overrides import public_dns as patch
from sandbox.services.route53.public_dns import PublicDns
from sandbox.services.ses.overrides import identities_v1 as ses


@pytest.fixture
def settings(tmp_path):
    return Settings(name="unit", home=tmp_path, api_port=0, region="ap-northeast-1")


@pytest.fixture
def dns(settings):
    server = PublicDns(settings, ACCOUNT_ID)
    yield server
    server.close()


@pytest.fixture
def zone(monkeypatch):
    """Name servers of the account's zone of t.test."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    with mock_aws():
        made = boto3.client("route53", "us-east-1").create_hosted_zone(Name="t.test", CallerReference="1")
        yield sorted(made["DelegationSet"]["NameServers"])


def asked(dns, name, kind="NS"):
    answer = DNSRecord.parse(dns.answer(DNSRecord.question(name, kind).pack()))
    return answer.header.rcode, sorted(str(one.rdata).rstrip(".") for one in answer.rr if one.rtype == QTYPE.NS)


def test_registrar_leads_to_the_zones_of_the_account(dns, zone):
    assert asked(dns, "t.test") == asked(dns, "T.Test.") == (RCODE.NOERROR, zone)
    assert asked(dns, "other.test") == (RCODE.NXDOMAIN, [])


def test_of_other_records_it_knows_nothing(dns, zone):
    assert asked(dns, "t.test", "A") == (RCODE.REFUSED, [])
    assert dns.answer(b"no message") is None


@pytest.mark.parametrize(("said", "rcode"), [("no", RCODE.NXDOMAIN), ("yes", RCODE.NOERROR)])
def test_domain_that_is_new_leads_nowhere(dns, settings, zone, said, rcode):
    public_dns.begin(settings, {"RAILYARD_SANDBOX_DELEGATED": "no"})
    public_dns.begin(settings, {"RAILYARD_SANDBOX_DELEGATED": said})
    # Started again without a word all stays as it was.
    public_dns.begin(settings, {})
    assert asked(dns, "t.test")[0] == rcode


def test_setting_that_is_none_is_named(settings):
    with pytest.raises(ValueError, match="'maybe'; write yes"):
        public_dns.begin(settings, {"RAILYARD_SANDBOX_DELEGATED": "maybe"})


def test_amazon_finds_nothing_before_the_domain_is_delegated(settings, zone, monkeypatch):
    monkeypatch.setattr(acm, "_proved", lambda certificate: lambda name: True)
    monkeypatch.setattr(ses, "published", lambda account_id, name, kind: ["found"])
    patch.apply(settings)
    assert acm._proved(None)("t.test") and ses.published(ACCOUNT_ID, "t.test", "MX") == ["found"]
    public_dns.begin(settings, {"RAILYARD_SANDBOX_DELEGATED": "no"})
    assert not acm._proved(None)("t.test") and ses.published(ACCOUNT_ID, "t.test", "MX") == []
