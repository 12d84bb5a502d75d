"""The domain identity module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import ses_domain_identity
from botocore.client import BaseClient

from sandbox.core.settings import Settings
from sandbox.services.ses.overrides import identities_v1 as ses
from sandbox.services.ses.overrides import identities_v2 as ses_identities

DOMAIN = "example.com"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mail"
OTHER = "arn:aws:sns:ap-northeast-1:123456789012:other"
IDENTITY = {
    "domain": DOMAIN,
    "mail_from_domain": "bounce.example.com",
    "feedback_forwarding": False,
    "bounce_topic_arn": TOPIC,
    "complaint_topic_arn": TOPIC,
    "tags": {"Stack": "t"},
}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    if not getattr(ses, "_applied", False):
        for patch in (ses, ses_identities):
            patch.apply(Settings.from_environment({}))
        ses._applied = True


@pytest.fixture
def mail(aws):
    return boto3.client("ses")


@pytest.fixture
def ensure(run_module, mail):
    def ensure(check=False, **overrides):
        return run_module(ses_domain_identity, check=check, **{**IDENTITY, **overrides})

    return ensure


def publish(records):
    """Put records into a public zone of the account."""
    dns = boto3.client("route53")
    zone = dns.create_hosted_zone(Name=DOMAIN, CallerReference="t")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": record["name"],
                "Type": record["type"],
                "TTL": record["ttl"],
                "ResourceRecords": [{"Value": record["value"]}],
            },
        }
        for record in records
    ]
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_ses_that_gave_up_is_asked_to_look_again(ensure, monkeypatch):
    ensure()
    asked, call, read = [], BaseClient._make_api_call, ses_domain_identity.read

    def watch(self, operation, arguments):
        asked.append(operation)
        return call(self, operation, arguments)

    def given_up(client, domain):
        return {**read(client, domain), "dkim_status": "Pending" if "VerifyDomainDkim" in asked else "Failed"}

    monkeypatch.setattr(BaseClient, "_make_api_call", watch)
    monkeypatch.setattr(ses_domain_identity, "read", given_up)
    assert ensure(check=True)["changed"] and "VerifyDomainDkim" not in asked
    result = ensure()
    assert result["diff"] == {"before": {"dkim_status": "Failed"}, "after": {"dkim_status": "Pending"}}
    assert asked.count("VerifyDomainDkim") == 1
    assert not ensure()["changed"] and asked.count("VerifyDomainDkim") == 1


def test_created_as_described(ensure, mail):
    result = ensure()
    assert result["changed"]
    assert mail.list_identities()["Identities"] == [DOMAIN]
    mail_from = mail.get_identity_mail_from_domain_attributes(Identities=[DOMAIN])["MailFromDomainAttributes"][DOMAIN]
    assert mail_from["MailFromDomain"] == "bounce.example.com"
    notices = mail.get_identity_notification_attributes(Identities=[DOMAIN])["NotificationAttributes"][DOMAIN]
    assert (notices["BounceTopic"], notices["ComplaintTopic"], notices["ForwardingEnabled"]) == (TOPIC, TOPIC, False)
    arn = "arn:aws:ses:ap-northeast-1:123456789012:identity/example.com"
    tags = boto3.client("sesv2").list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "Stack", "Value": "t"}]


def test_records_are_what_ses_looks_for(ensure):
    result = ensure()
    assert (result["identity"]["verification_status"], result["identity"]["dkim_status"]) == ("Pending", "Pending")
    tokens = result["identity"]["dkim_tokens"]
    assert len(set(tokens)) == 3
    assert result["records"][:3] == [
        {"name": f"{token}._domainkey.{DOMAIN}", "type": "CNAME", "value": f"{token}.dkim.amazonses.com", "ttl": 1800}
        for token in tokens
    ]
    mx, spf = result["records"][3:]
    assert (mx["name"], mx["type"]) == ("bounce.example.com", "MX")
    assert mx["value"] == "10 feedback-smtp.ap-northeast-1.amazonses.com"
    assert (spf["type"], spf["value"]) == ("TXT", '"v=spf1 include:amazonses.com ~all"')

    publish(result["records"])
    verified = ensure(wait=True)
    assert not verified["changed"]
    assert verified["identity"]["verification_status"] == "Success"
    assert verified["identity"]["mail_from_status"] == "Success"


@pytest.mark.parametrize("overrides", [{}, {"mail_from_domain": "", "feedback_forwarding": None, "tags": None}])
def test_second_run_changes_nothing(ensure, overrides):
    first = ensure(**overrides)
    again = ensure(**overrides)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert (again["identity"], again["records"]) == (first["identity"], first["records"])


def test_options_not_given_are_left_alone(ensure, run_module):
    ensure()
    assert not run_module(ses_domain_identity, domain="Example.com.")["changed"]


def test_check_mode_creates_nothing_and_gives_records_to_plan_with(ensure, mail):
    result = ensure(check=True, wait=True)
    assert result["changed"]
    assert result["diff"]["after"]["domain"] == DOMAIN
    assert len({record["name"] for record in result["records"][:3]}) == 3
    assert mail.list_identities()["Identities"] == []


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        (
            {"mail_from_domain": "m.example.com"},
            {"mail_from_domain": "bounce.example.com"},
            {"mail_from_domain": "m.example.com"},
        ),
        ({"mail_from_domain": ""}, {"mail_from_domain": "bounce.example.com"}, {"mail_from_domain": ""}),
        (
            {"mail_from_behavior": "reject_message"},
            {"mail_from_behavior": "use_default_value"},
            {"mail_from_behavior": "reject_message"},
        ),
        ({"bounce_topic_arn": OTHER}, {"bounce_topic_arn": TOPIC}, {"bounce_topic_arn": OTHER}),
        (
            {"feedback_forwarding": True, "bounce_topic_arn": ""},
            {"feedback_forwarding": False, "bounce_topic_arn": TOPIC},
            {"feedback_forwarding": True, "bounce_topic_arn": ""},
        ),
        ({"delivery_topic_arn": TOPIC}, {"delivery_topic_arn": ""}, {"delivery_topic_arn": TOPIC}),
        ({"tags": {"Role": "ses"}}, {"tags": {"Stack": "t"}}, {"tags": {"Role": "ses"}}),
        (
            {"tags": {"Role": "ses"}, "purge_tags": False},
            {"tags": {"Stack": "t"}},
            {"tags": {"Stack": "t", "Role": "ses"}},
        ),
    ],
)
def test_drift_is_planned_then_mended(ensure, overrides, before, after):
    ensure()
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": before, "after": after}
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == planned["diff"], "the plan mends nothing and says what is mended"
    assert not ensure(**overrides)["changed"]


def test_dkim_switched_off_by_hand_goes_on(ensure, mail):
    ensure()
    mail.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    result = ensure()
    assert result["diff"] == {"before": {"dkim_enabled": False}, "after": {"dkim_enabled": True}}
    assert result["identity"]["dkim_enabled"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"domain": "nothing"}, "'nothing' is not a domain name"),
        ({"mail_from_domain": "bounce.example.org"}, "has to be below 'example.com', for example bounce.example.com"),
        ({"bounce_topic_arn": ""}, "nobody would be told about bounces of 'example.com'"),
    ],
)
def test_wrong_options_are_said_before_anything_is_made(ensure, mail, overrides, words):
    for check in (True, False):
        result = ensure(check=check, **overrides)
        assert result["failed"] and words in result["msg"]
    assert mail.list_identities()["Identities"] == []


def test_wait_that_ends_names_the_records(ensure):
    result = ensure(wait=True, wait_timeout=0)
    assert result["failed"]
    assert "DKIM is 'Pending'" in result["msg"] and f"._domainkey.{DOMAIN}" in result["msg"]


def test_removed_once_and_nothing_of_it_is_left(ensure, mail):
    ensure()
    assert ensure(check=True, state="absent")["changed"]
    assert mail.list_identities()["Identities"] == [DOMAIN]
    removed = ensure(state="absent")
    assert removed["changed"] and removed["diff"]["before"]["domain"] == DOMAIN
    assert mail.list_identities()["Identities"] == []
    assert not ensure(state="absent")["changed"]
    notices = mail.get_identity_notification_attributes(Identities=[DOMAIN])["NotificationAttributes"][DOMAIN]
    assert not notices.get("BounceTopic")


def test_what_aws_refuses_is_named(ensure, monkeypatch):
    from moto.ses.exceptions import InvalidParameterValue
    from moto.ses.models import SESBackend

    def refuse(self, *args):
        raise InvalidParameterValue("no such topic")

    monkeypatch.setattr(SESBackend, "set_identity_notification_topic", refuse)
    result = ensure()
    assert result["failed"]
    assert "Domain identity 'example.com' could not be kept" in result["msg"] and "no such topic" in result["msg"]
