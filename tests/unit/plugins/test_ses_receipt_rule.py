"""The receipt rule module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._ses.rules import NEEDED
from ansible_collections.railyard.aws.plugins.modules import ses_receipt_rule

from sandbox.core.settings import Settings
from sandbox.services.ses.overrides import identities_v1 as ses

STORE = {"type": "s3", "bucket": "t-mail", "prefix": "inbox/"}
RULE = {
    "rule_set": "t",
    "name": "store",
    "recipients": ["example.com"],
    "tls_policy": "require",
    "scan_enabled": True,
    "actions": [STORE, {"type": "stop"}],
}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    if not getattr(ses, "_applied", False):
        ses.apply(Settings.from_environment({}))
        ses._applied = True


@pytest.fixture
def mail(aws):
    """A client of an account with the rule set ``t`` and a bucket."""
    boto3.client("s3").create_bucket(
        Bucket="t-mail", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
    )
    client = boto3.client("ses")
    client.create_receipt_rule_set(RuleSetName="t")
    return client


@pytest.fixture
def ensure(run_module, mail):
    def ensure(check=False, **overrides):
        return run_module(ses_receipt_rule, check=check, **{**RULE, **overrides})

    return ensure


def rules(mail):
    return mail.describe_receipt_rule_set(RuleSetName="t").get("Rules", [])


def names(mail):
    return [rule["Name"] for rule in rules(mail)]


def test_created_as_described(ensure, mail):
    result = ensure()
    assert result["changed"]
    (rule,) = rules(mail)
    assert (rule["Enabled"], rule["TlsPolicy"], rule["ScanEnabled"]) == (True, "Require", True)
    assert rule["Recipients"] == ["example.com"]
    assert rule["Actions"][0]["S3Action"] == {"BucketName": "t-mail", "ObjectKeyPrefix": "inbox/"}
    assert rule["Actions"][1]["StopAction"]["Scope"] == "RuleSet"
    assert result["rule"]["actions"][0] == {"s3_action": {"bucket_name": "t-mail", "object_key_prefix": "inbox/"}}
    assert result["order"] == ["store"]


def test_second_run_changes_nothing(ensure):
    ensure()
    again = ensure()
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}


def test_options_not_given_are_left_alone(ensure, run_module, mail):
    ensure()
    was = rules(mail)
    assert not run_module(ses_receipt_rule, rule_set="t", name="store")["changed"]
    assert run_module(ses_receipt_rule, rule_set="t", name="store", enabled=False)["changed"]
    assert rules(mail) == [{**was[0], "Enabled": False}]


def test_check_mode_creates_nothing(ensure, mail):
    result = ensure(check=True)
    assert result["changed"] and result["diff"]["after"]["Name"] == "store"
    assert rules(mail) == []
    assert ensure(check=True, rule_set="planned", after="planned too")["changed"], "the set may be planned, too"


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"recipients": []}, {"Recipients": ["example.com"]}, {"Recipients": []}),
        ({"tls_policy": "optional"}, {"TlsPolicy": "Require"}, {"TlsPolicy": "Optional"}),
        ({"enabled": False}, {"Enabled": True}, {"Enabled": False}),
        ({"scan_enabled": False}, {"ScanEnabled": True}, {"ScanEnabled": False}),
        (
            {"actions": [STORE]},
            {
                "Actions": [
                    {"S3Action": {"BucketName": "t-mail", "ObjectKeyPrefix": "inbox/"}},
                    {"StopAction": {"Scope": "RuleSet"}},
                ]
            },
            {"Actions": [{"S3Action": {"BucketName": "t-mail", "ObjectKeyPrefix": "inbox/"}}]},
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


def test_rules_stand_where_they_are_put(ensure, mail):
    for name in ("a", "b", "c"):
        ensure(name=name)
    assert names(mail) == ["a", "b", "c"], "without a place a new rule is the last"
    planned = ensure(check=True, name="c", after="a")
    assert planned["diff"] == {"before": {"Order": ["a", "b", "c"]}, "after": {"Order": ["a", "c", "b"]}}
    assert names(mail) == ["a", "b", "c"]
    assert ensure(name="c", after="a")["order"] == ["a", "c", "b"] == names(mail)
    assert not ensure(name="c", after="a")["changed"]
    assert not ensure(name="c")["changed"]
    ensure(name="b", after="")
    assert names(mail) == ["b", "a", "c"]
    ensure(name="d", after="b")
    assert names(mail) == ["b", "d", "a", "c"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"rule_set": "nope"}, "Receipt rule set 'nope' does not exist; make it with community.aws.ses_rule_set"),
        ({"after": "nope"}, "'nope', which is not in set 't'; it has no other rule"),
        ({"actions": [{"type": "s3", "bucket": "b", "bounce_message": "m"}]}, "does not take bounce_message; it takes"),
        *(
            ({"actions": [{"type": kind}]}, f"of type {kind} needs {' and '.join(needed)}")
            for kind, needed in NEEDED.items()
            if needed
        ),
    ],
)
def test_wrong_options_are_said_before_anything_is_made(ensure, mail, overrides, words):
    result = ensure(**overrides)
    assert result["failed"] and words in result["msg"]
    assert rules(mail) == []


def test_removed_once(ensure, mail):
    ensure()
    assert ensure(check=True, state="absent")["changed"]
    assert names(mail) == ["store"]
    assert ensure(state="absent")["changed"]
    assert names(mail) == []
    assert not ensure(state="absent")["changed"]
    assert not ensure(state="absent", rule_set="nope")["changed"]


def test_what_aws_refuses_is_named(ensure):
    result = ensure(name="no spaces")
    assert result["failed"]
    assert "Receipt rule 'no spaces' could not be kept" in result["msg"]
    assert "regular expression" in result["msg"]
