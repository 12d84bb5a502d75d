"""The log groups module against the emulator in this process."""

from __future__ import annotations

import re

import boto3
import botocore.client
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._logs import log_groups as rules
from ansible_collections.railyard.aws.plugins.modules import cloudwatch_log_groups
from botocore.exceptions import ClientError

NAMES = ["/t/nginx/access", "/t/rails"]
TAGS = {"Stack": "t"}


@pytest.fixture
def logs(aws):
    return boto3.client("logs")


@pytest.fixture
def ensure(run_module, logs):
    def ensure(check=False, **overrides):
        return run_module(
            cloudwatch_log_groups, check=check, **{"names": NAMES, "retention_days": 30, "tags": TAGS, **overrides}
        )

    return ensure


def found(logs) -> dict[str, int | None]:
    return {group["logGroupName"]: group.get("retentionInDays") for group in logs.describe_log_groups()["logGroups"]}


def tags_of(logs, name: str) -> dict[str, str]:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]


def test_created_as_described(ensure, logs):
    result = ensure()
    assert result["changed"] and result["created"] == NAMES
    assert result["diff"] == {"before": {}, "after": {name: {"retention_days": 30, "tags": TAGS} for name in NAMES}}
    assert found(logs) == dict.fromkeys(NAMES, 30)
    assert tags_of(logs, "/t/rails") == TAGS
    again = ensure()
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}


def test_check_mode_creates_nothing(ensure, logs):
    assert ensure(check=True)["created"] == NAMES
    assert found(logs) == {}


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"retention_days": 3653}, {"retention_days": 30}, {"retention_days": 3653}),
        # Which the module of amazon.aws does not know, and deletes the log group for.
        ({"retention_days": 1096}, {"retention_days": 30}, {"retention_days": 1096}),
        ({"tags": {"Stack": "u"}}, {"tags": {"Stack": "t"}}, {"tags": {"Stack": "u"}}),
        ({"tags": {}}, {"tags": {"Stack": "t"}}, {"tags": {}}),
        ({"tags": {"New": "1"}, "purge_tags": False}, {"tags": {}}, {"tags": {"New": "1"}}),
    ],
)
def test_drift_is_reported_then_mended_and_logs_stay(ensure, logs, overrides, before, after):
    ensure()
    logs.create_log_stream(logGroupName="/t/rails", logStreamName="kept")
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": dict.fromkeys(NAMES, before), "after": dict.fromkeys(NAMES, after)}
    assert planned["mended"] == NAMES and ensure(check=True, **overrides)["changed"]
    assert ensure(**overrides)["diff"] == planned["diff"]
    assert not ensure(**overrides)["changed"]
    assert [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName="/t/rails")["logStreams"]] == [
        "kept"
    ]


def test_groups_whose_names_only_begin_alike_are_left_alone(ensure, logs):
    logs.create_log_group(logGroupName="/t/rails-two")
    ensure()
    assert found(logs)["/t/rails-two"] is None
    assert ensure(names=["/t/rails"], state="absent")["removed"] == ["/t/rails"]
    assert set(found(logs)) == {"/t/nginx/access", "/t/rails-two"}


def test_names_with_nothing_in_common_are_all_found(ensure, logs):
    assert ensure(names=["/t/a", "other"])["changed"]
    assert not ensure(names=["/t/a", "other"])["changed"]


def test_removed_once(ensure, logs):
    ensure()
    planned = ensure(check=True, state="absent")
    assert planned["removed"] == NAMES and planned["diff"]["before"]["/t/rails"] == {"retention_days": 30}
    assert set(found(logs)) == set(NAMES)
    assert ensure(state="absent")["removed"] == NAMES
    assert found(logs) == {}
    assert not ensure(state="absent")["changed"]


def test_no_names_are_nothing_to_do(ensure):
    assert not ensure(names=[])["changed"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            {"retention_days": 45},
            "retention_days is '45', which is no number of days that AWS keeps logs for; nearest are 30 and 60",
        ),
        ({"retention_days": 0}, "nearest are 1 and 3"),
        ({"names": ["/t/a b"]}, "'/t/a b' cannot be the name of a log group"),
        ({"names": ["/t/a", "/t/a"]}, "named twice"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(ensure, logs, overrides, words):
    result = ensure(**overrides)
    assert result["failed"] and words in result["msg"]
    assert found(logs) == {}


def test_retentions_are_those_of_the_api():
    model = boto3.client("logs", "ap-northeast-1", aws_access_key_id="x", aws_secret_access_key="x")
    text = (
        model.meta.service_model.operation_model("PutRetentionPolicy")
        .input_shape.members["retentionInDays"]
        .documentation
    )
    listed = tuple(int(number) for number in re.findall(r"\b\d+\b", text))
    assert [days for days in rules.RETENTION_DAYS if days in listed] == list(rules.RETENTION_DAYS)


def test_refusal_by_aws_names_the_groups(ensure, monkeypatch):
    def refuse(self, operation, arguments):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, operation)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    result = ensure()
    assert result["failed"] and "/t/rails could not be kept" in result["msg"] and "not you" in result["msg"]
