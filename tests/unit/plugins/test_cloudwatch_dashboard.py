"""The dashboard module against the emulator in this process."""

from __future__ import annotations

import json

import boto3
import botocore.client
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import dashboards
from ansible_collections.railyard.aws.plugins.modules import cloudwatch_dashboard
from botocore.exceptions import ClientError

BODY = {"widgets": [{"type": "metric", "width": 12, "properties": {"title": "CPU", "period": 300, "stacked": True}}]}
TAGS = {"Stack": "t", "Role": "cloudwatch"}
OTHER = {"widgets": [{"type": "text", "properties": {"markdown": "hello"}}]}


@pytest.fixture
def cloudwatch(aws, monkeypatch):
    """A client; the emulator, which lets only alarms be tagged, lets dashboards be."""
    from moto.cloudwatch.models import CloudWatchBackend

    def tag(self, arn, tags):
        assert arn in [dashboard.arn for dashboard in self.list_dashboards()]
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))

    monkeypatch.setattr(CloudWatchBackend, "tag_resource", tag)
    return boto3.client("cloudwatch")


@pytest.fixture
def ensure(run_module, cloudwatch):
    """Run the module with a usual dashboard; arguments override it."""

    def ensure(check=False, **overrides):
        return run_module(cloudwatch_dashboard, check=check, **{"name": "t", "body": BODY, "tags": TAGS, **overrides})

    return ensure


def names(cloudwatch):
    return [entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]]


def body_of(cloudwatch):
    return json.loads(cloudwatch.get_dashboard(DashboardName="t")["DashboardBody"])


def tags_of(cloudwatch, arn):
    return {tag["Key"]: tag["Value"] for tag in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 300}, {"a": 300.0}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": "300"}, {"a": 300}, False),
        ({"a": 0.5}, {"a": 0.25}, False),
        ({"a": "ü"}, json.loads('{"a": "\\u00fc"}'), True),
        ({"a": None}, {}, False),
    ],
)
def test_bodies_are_compared_by_meaning(one, other, same):
    assert (dashboards.meaning(one) == dashboards.meaning(other)) is same


def test_created_as_described(ensure, cloudwatch):
    result = ensure()
    assert result["changed"]
    assert result["diff"] == {"before": {}, "after": {"body": BODY, "tags": TAGS}}
    assert body_of(cloudwatch) == BODY
    assert tags_of(cloudwatch, result["dashboard_arn"]) == TAGS


@pytest.mark.parametrize("body", [BODY, json.dumps(BODY, indent=4), json.dumps(BODY).replace("300", "3e2")])
def test_the_same_in_other_words_changes_nothing(ensure, body):
    ensure()
    again = ensure(body=body)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}


def test_check_mode_creates_nothing_and_gives_a_placeholder(ensure, cloudwatch):
    result = ensure(check=True)
    assert result["changed"]
    assert result["dashboard_arn"] == "arn:aws:cloudwatch::000000000000:dashboard/t"
    assert result["diff"]["after"] == {"body": BODY, "tags": TAGS}
    assert names(cloudwatch) == []


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"body": OTHER}, {"body": BODY}, {"body": OTHER}),
        ({"tags": {"Stack": "t"}}, {"tags": {"Role": "cloudwatch"}}, {"tags": {}}),
        ({"tags": {**TAGS, "Stack": "u"}}, {"tags": {"Stack": "t"}}, {"tags": {"Stack": "u"}}),
        ({"tags": {"New": "1"}, "purge_tags": False}, {"tags": {}}, {"tags": {"New": "1"}}),
    ],
)
def test_drift_is_reported_then_mended(ensure, overrides, before, after):
    ensure()
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": before, "after": after}
    assert ensure(check=True, **overrides)["changed"], "a plan must not mend"
    assert ensure(**overrides)["diff"] == planned["diff"]
    assert not ensure(**overrides)["changed"]


def test_tags_not_given_are_left_alone(ensure, cloudwatch, run_module):
    arn = ensure()["dashboard_arn"]
    assert not run_module(cloudwatch_dashboard, name="t", body=BODY)["changed"]
    assert tags_of(cloudwatch, arn) == TAGS


def test_a_body_broken_by_hand_is_replaced(ensure, cloudwatch):
    ensure()
    cloudwatch.put_dashboard(DashboardName="t", DashboardBody='"words"')
    assert ensure()["diff"]["before"] == {"body": "words"}
    assert body_of(cloudwatch) == BODY


def test_removed_once(ensure, cloudwatch, run_module):
    ensure()
    assert run_module(cloudwatch_dashboard, check=True, name="t", state="absent")["changed"]
    assert names(cloudwatch) == ["t"]
    gone = run_module(cloudwatch_dashboard, name="t", state="absent")
    assert gone["diff"] == {"before": {"body": BODY}, "after": {}}
    assert names(cloudwatch) == []
    assert not run_module(cloudwatch_dashboard, name="t", state="absent")["changed"]


@pytest.fixture
def answer_to_put(cloudwatch, monkeypatch):
    """``answer_to_put(value)``: AWS answers so, or raises it, when a dashboard is put."""
    real = botocore.client.BaseClient._make_api_call

    def prepare(value):
        def call(self, operation, arguments):
            if operation != "PutDashboard":
                return real(self, operation, arguments)
            if isinstance(value, Exception):
                raise value
            real(self, operation, arguments)
            return value

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    return prepare


FOUND = [{"DataPath": "/widgets/0/properties/metrics", "Message": "Should be an array"}]


@pytest.mark.parametrize("code", dashboards.REFUSED)
def test_refused_body_is_said_with_its_place(ensure, cloudwatch, answer_to_put, code):
    response = {"Error": {"Code": code, "Message": "invalid"}, "dashboardValidationMessages": FOUND}
    answer_to_put(ClientError(response, "PutDashboard"))
    result = ensure()
    assert result["failed"]
    assert "AWS refuses dashboard 't'" in result["msg"]
    assert "/widgets/0/properties/metrics: Should be an array" in result["msg"]


def test_what_aws_takes_with_doubts_is_a_warning(ensure, cloudwatch, answer_to_put):
    answer_to_put({"DashboardValidationMessages": FOUND})
    result = ensure()
    assert result["changed"]
    assert result["validation_messages"] == ["/widgets/0/properties/metrics: Should be an array"]
    assert "Should be an array" in str(result["warnings"])


def test_other_errors_of_aws_name_the_dashboard(ensure, answer_to_put):
    answer_to_put(ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "PutDashboard"))
    result = ensure()
    assert result["failed"]
    assert "Dashboard 't' could not be kept" in result["msg"]
    assert "not you" in result["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_impossible_name_is_said_before_aws_is_asked(ensure, state):
    result = ensure(name="a dashboard", state=state)
    assert result["failed"]
    assert "'a dashboard' cannot be the name" in result["msg"]


def test_body_is_needed(run_module, aws):
    assert "body" in run_module(cloudwatch_dashboard, name="t")["msg"]
