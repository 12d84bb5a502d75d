"""The alarms module against the emulator in this process."""

from __future__ import annotations

import boto3
import botocore.client
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms as rules
from ansible_collections.railyard.aws.plugins.modules import cloudwatch_alarms
from botocore.exceptions import ClientError

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:t-alarms"
CPU = {
    "name": "t/web01/cpu",
    "namespace": "AWS/EC2",
    "metric_name": "CPUUtilization",
    "dimensions": {"InstanceId": "i-1"},
    "threshold": 80,
    "evaluation_periods": 3,
    "alarm_actions": [TOPIC],
}
LATENCY = {**CPU, "name": "t/balancer/latency", "namespace": "AWS/ApplicationELB", "statistic": "p95", "threshold": 0.5}


@pytest.fixture
def cloudwatch(aws):
    return boto3.client("cloudwatch")


@pytest.fixture
def ensure(run_module, cloudwatch):
    """Run the module with two alarms; arguments override it."""

    def ensure(*alarms, check=False, **overrides):
        given = {"prefix": "t/", "alarms": list(alarms or (CPU, LATENCY)), "tags": {"Stack": "t"}}
        return run_module(cloudwatch_alarms, check=check, **{**given, **overrides})

    return ensure


@pytest.fixture
def calls(monkeypatch):
    """Names of the operations that were called, in order."""
    real, made = botocore.client.BaseClient._make_api_call, []

    def call(self, operation, arguments):
        made.append(operation)
        return real(self, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return made


def found(cloudwatch) -> dict:
    return {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}


def test_created_as_described(ensure, cloudwatch):
    result = ensure()
    assert result["changed"] and result["created"] == ["t/balancer/latency", "t/web01/cpu"]
    assert set(result["diff"]["after"]) == set(result["created"]) and result["diff"]["before"] == {}
    cpu, latency = found(cloudwatch)["t/web01/cpu"], found(cloudwatch)["t/balancer/latency"]
    assert (cpu["Statistic"], cpu["Threshold"], cpu["Period"], cpu["DatapointsToAlarm"]) == ("Average", 80, 300, 3)
    assert cpu["Dimensions"] == [{"Name": "InstanceId", "Value": "i-1"}]
    assert cpu["AlarmActions"] == [TOPIC] and cpu["OKActions"] == []
    assert latency["ExtendedStatistic"] == "p95" and "Statistic" not in latency
    tags = cloudwatch.list_tags_for_resource(ResourceARN=cpu["AlarmArn"])["Tags"]
    assert tags == [{"Key": "Stack", "Value": "t"}]


def test_the_same_again_costs_one_call_and_changes_nothing(ensure, calls):
    ensure()
    calls.clear()
    again = ensure()
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
    assert calls == ["DescribeAlarms"]


def test_check_mode_creates_nothing(ensure, cloudwatch):
    result = ensure(check=True)
    assert result["changed"] and len(result["created"]) == 2
    assert found(cloudwatch) == {}


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ({"threshold": 90}, {"threshold": 80.0}, {"threshold": 90.0}),
        (
            {"dimensions": {"InstanceId": "i-2"}},
            {"dimensions": {"InstanceId": "i-1"}},
            {"dimensions": {"InstanceId": "i-2"}},
        ),
        ({"alarm_actions": []}, {"alarm_actions": [TOPIC]}, {"alarm_actions": []}),
        ({"treat_missing_data": "breaching"}, {"treat_missing_data": "missing"}, {"treat_missing_data": "breaching"}),
        ({"statistic": "p99"}, {"statistic": "Average"}, {"statistic": "p99"}),
        ({"description": "why"}, {"description": ""}, {"description": "why"}),
    ],
)
def test_drift_is_reported_then_mended_alone(ensure, calls, change, before, after):
    ensure()
    wanted = ({**CPU, **change}, LATENCY)
    planned = ensure(*wanted, check=True)
    assert planned["diff"] == {"before": {"t/web01/cpu": before}, "after": {"t/web01/cpu": after}}
    assert planned["mended"] == ["t/web01/cpu"]
    assert ensure(*wanted, check=True)["changed"], "a plan must not mend"
    calls.clear()
    assert ensure(*wanted)["diff"] == planned["diff"]
    assert calls == ["DescribeAlarms", "PutMetricAlarm", "TagResource"]
    assert not ensure(*wanted)["changed"]


def test_an_alarm_switched_off_by_hand_is_switched_on(ensure, cloudwatch):
    ensure()
    cloudwatch.disable_alarm_actions(AlarmNames=["t/web01/cpu"])
    assert ensure()["diff"]["after"] == {"t/web01/cpu": {"actions_enabled": True}}
    assert found(cloudwatch)["t/web01/cpu"]["ActionsEnabled"] is True


def test_alarms_that_are_not_wanted_go_and_those_of_others_stay(ensure, cloudwatch):
    ensure()
    other = rules.request(
        rules.normal(
            {
                **CPU,
                "name": "t-two/web01/cpu",
                "statistic": "Average",
                "comparison_operator": "LessThanThreshold",
                "period": 60,
            }
        )
    )
    cloudwatch.put_metric_alarm(**other)
    planned = ensure(CPU, check=True)
    assert planned["removed"] == ["t/balancer/latency"] and planned["diff"]["after"] == {}
    assert len(found(cloudwatch)) == 3
    assert not ensure(CPU, purge=False)["changed"]
    assert ensure(CPU)["removed"] == ["t/balancer/latency"]
    assert set(found(cloudwatch)) == {"t/web01/cpu", "t-two/web01/cpu"}


def test_all_go_a_hundred_at_once(ensure, cloudwatch, calls):
    ensure(*({**CPU, "name": f"t/{number:03d}"} for number in range(101)))
    calls.clear()
    assert len(ensure(alarms=[])["removed"]) == 101
    assert calls.count("DeleteAlarms") == 2
    assert not ensure(alarms=[])["changed"]


@pytest.mark.parametrize(
    ("alarms", "prefix", "words"),
    [
        ([CPU], " ", "every alarm of the region"),
        ([{**CPU, "name": "web01/cpu"}], "t/", "name it 't/web01/cpu'"),
        ([CPU, {**CPU, "threshold": 1}], "t/", "Two alarms are named 't/web01/cpu'"),
        ([{**CPU, "datapoints_to_alarm": 4}], "t/", "write datapoints_to_alarm 3 or less"),
    ],
)
def test_nonsense_is_refused_before_aws_is_asked(ensure, calls, alarms, prefix, words):
    result = ensure(alarms=alarms, prefix=prefix)
    assert result["failed"] and words in result["msg"]
    assert calls == []


def test_refusal_by_aws_names_the_alarms(ensure, monkeypatch):
    def refuse(self, operation, arguments):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, operation)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    result = ensure()
    assert result["failed"] and "The alarms 't/...' could not be kept" in result["msg"] and "not you" in result["msg"]
