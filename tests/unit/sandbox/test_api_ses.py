"""Mail of the emulated API, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.ses.overrides import identities_v1 as ses

REGION = "ap-northeast-1"


@pytest.fixture
def mail(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    if not getattr(ses, "_applied", False):
        ses.apply(Settings.from_environment({}))
        ses._applied = True
    with mock_aws():
        yield boto3.client("ses", REGION)


def publish(private: bool = False, **records: tuple[str, str]) -> None:
    """A zone ``t.test`` with records by name: (type, value)."""
    dns = boto3.client("route53", REGION)
    place = {}
    if private:
        vpc = boto3.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        place = {"VPC": {"VPCRegion": REGION, "VPCId": vpc}, "HostedZoneConfig": {"PrivateZone": True}}
    zone = dns.create_hosted_zone(Name="t.test", CallerReference=str(private), **place)["HostedZone"]["Id"]
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
        }
        for name, (kind, value) in records.items()
    ]
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def statuses(mail) -> tuple[str, str]:
    verification = mail.get_identity_verification_attributes(Identities=["t.test"])["VerificationAttributes"]
    dkim = mail.get_identity_dkim_attributes(Identities=["t.test"])["DkimAttributes"]
    return verification["t.test"]["VerificationStatus"], dkim["t.test"]["DkimVerificationStatus"]


def records_of(tokens: list[str]) -> dict[str, tuple[str, str]]:
    return {f"{token}._domainkey.t.test": ("CNAME", f"{token}.dkim.amazonses.com") for token in tokens}


def test_domains_have_tokens_of_their_own(mail):
    tokens = mail.verify_domain_dkim(Domain="T.test")["DkimTokens"]
    assert len(set(tokens)) == 3 and {len(token) for token in tokens} == {32}
    assert set(tokens).isdisjoint(mail.verify_domain_dkim(Domain="u.test")["DkimTokens"])
    assert tokens == mail.get_identity_dkim_attributes(Identities=["t.test"])["DkimAttributes"]["t.test"]["DkimTokens"]


def test_domain_is_verified_once_its_public_zone_has_all_records(mail):
    tokens = mail.verify_domain_dkim(Domain="t.test")["DkimTokens"]
    assert statuses(mail) == ("Pending", "Pending")
    publish(private=True, **records_of(tokens))
    assert statuses(mail) == ("Pending", "Pending")
    publish(**records_of(tokens[:2]))
    assert statuses(mail) == ("Pending", "Pending")
    zones = boto3.client("route53", REGION).list_hosted_zones()["HostedZones"]
    (zone,) = (zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"])
    name, (kind, value) = list(records_of(tokens).items())[2]
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": f"{value}."}]}
    boto3.client("route53", REGION).change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    assert statuses(mail) == ("Success", "Success")


def test_mail_from_is_below_the_domain_and_verified_by_its_mx(mail):
    mail.verify_domain_dkim(Domain="t.test")

    def status() -> str:
        answer = mail.get_identity_mail_from_domain_attributes(Identities=["t.test"])
        return answer["MailFromDomainAttributes"]["t.test"]["MailFromDomainStatus"]

    for wrong in ("t.test", "b.other.test"):
        with pytest.raises(ClientError):
            mail.set_identity_mail_from_domain(Identity="t.test", MailFromDomain=wrong)
    mail.set_identity_mail_from_domain(Identity="t.test", MailFromDomain="b.t.test")
    assert status() == "Pending"
    publish(**{"b.t.test": ("MX", f"10 feedback-smtp.{REGION}.amazonses.com")})
    assert status() == "Success"


def test_somebody_is_told_about_bounces(mail):
    mail.verify_domain_dkim(Domain="t.test")
    with pytest.raises(ClientError):
        mail.set_identity_feedback_forwarding_enabled(Identity="t.test", ForwardingEnabled=False)
    for kind in ("Bounce", "Complaint"):
        mail.set_identity_notification_topic(Identity="t.test", NotificationType=kind, SnsTopic=f"arn:{kind}")
    mail.set_identity_feedback_forwarding_enabled(Identity="t.test", ForwardingEnabled=False)
    notices = mail.get_identity_notification_attributes(Identities=["t.test"])["NotificationAttributes"]["t.test"]
    assert (notices["BounceTopic"], notices["ComplaintTopic"]) == ("arn:Bounce", "arn:Complaint")
    assert not notices["ForwardingEnabled"]


def test_nothing_of_a_deleted_identity_is_left(mail):
    mail.verify_domain_dkim(Domain="t.test")
    mail.set_identity_notification_topic(Identity="t.test", NotificationType="Bounce", SnsTopic="arn:b")
    mail.delete_identity(Identity="t.test")
    mail.delete_identity(Identity="t.test")
    assert mail.get_identity_verification_attributes(Identities=["t.test"])["VerificationAttributes"] == {}
    mail.verify_domain_dkim(Domain="t.test")
    notices = mail.get_identity_notification_attributes(Identities=["t.test"])["NotificationAttributes"]["t.test"]
    assert "BounceTopic" not in notices


def test_rules_have_one_name_each_move_and_go(mail):
    mail.create_receipt_rule_set(RuleSetName="s")
    for name in ("b", "a"):
        mail.create_receipt_rule(RuleSetName="s", Rule={"Name": name})

    def names() -> list[str]:
        return [rule["Name"] for rule in mail.describe_receipt_rule_set(RuleSetName="s")["Rules"]]

    with pytest.raises(ClientError) as error:
        mail.create_receipt_rule(RuleSetName="s", Rule={"Name": "a", "Enabled": True})
    assert error.value.response["Error"]["Code"] == "AlreadyExists"
    assert names() == ["a", "b"]
    mail.set_receipt_rule_position(RuleSetName="s", RuleName="a", After="b")
    assert names() == ["b", "a"]
    mail.delete_receipt_rule(RuleSetName="s", RuleName="b")
    assert names() == ["a"]
    with pytest.raises(ClientError) as error:
        mail.set_receipt_rule_position(RuleSetName="s", RuleName="a", After="b")
    assert error.value.response["Error"]["Code"] == "RuleDoesNotExist"
