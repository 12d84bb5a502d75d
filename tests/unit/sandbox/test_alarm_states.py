"""The emulator's alarms on metrics that servers put themselves, through boto3, in this process."""

from __future__ import annotations

import datetime

import boto3
import pytest
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.cloudwatch.overrides import states

SCHEDULE = [{"Name": "Schedule", "Value": "digest"}]


@pytest.fixture
def cloudwatch(monkeypatch):
    """A client of an overridden emulator, which is as it was afterwards."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    for name in ("put_metric_alarm", "set_alarm_state"):
        monkeypatch.setattr(CloudWatchBackend, name, getattr(CloudWatchBackend, name))
    monkeypatch.setattr(CloudWatchResponse, "describe_alarms", CloudWatchResponse.describe_alarms)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    states.apply(Settings.from_environment({}))
    with mock_aws():
        yield boto3.client("cloudwatch", "ap-northeast-1")


def alarmed(cloudwatch, *values: tuple[int, float], dimensions=SCHEDULE, **more) -> str:
    """State of an alarm after numbers of so many minutes ago."""
    wanted = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Period": 900,
        "Statistic": "Maximum",
        "Threshold": 1,
    }
    metric = {"Namespace": "shop", "MetricName": "schedule_status"}
    cloudwatch.put_metric_alarm(AlarmName="t", Dimensions=SCHEDULE, **metric, **{**wanted, **more})
    now = datetime.datetime.now(datetime.UTC)
    for minutes, value in values:
        moment = now - datetime.timedelta(minutes=minutes)
        datum = {
            "MetricName": "schedule_status",
            "Dimensions": dimensions,
            "Value": value,
            "Timestamp": moment,
        }
        cloudwatch.put_metric_data(Namespace="shop", MetricData=[datum])
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    return alarm["StateValue"]


@pytest.mark.parametrize(
    ("values", "more", "state"),
    [
        # As the emulator has a new one.
        ([], {}, "OK"),
        ([(1, 0)], {}, "OK"),
        ([(6, 0), (1, 1)], {}, "ALARM"),
        ([(11, 2), (1, 0)], {}, "ALARM"),
        ([(20, 2), (1, 0)], {}, "OK"),
        # One period that is missing is nothing: AWS looks two periods further back.
        ([(20, 2)], {}, "ALARM"),
        ([(50, 2)], {}, "INSUFFICIENT_DATA"),
        ([(50, 0)], {"TreatMissingData": "breaching"}, "ALARM"),
        ([(50, 2)], {"TreatMissingData": "notBreaching"}, "OK"),
        ([(20, 2), (1, 0)], {"EvaluationPeriods": 2, "DatapointsToAlarm": 1}, "ALARM"),
        ([(20, 2), (1, 0)], {"EvaluationPeriods": 2}, "OK"),
        ([(1, 1), (2, 0)], {"Statistic": "Average"}, "OK"),
    ],
)
def test_an_alarm_is_in_the_state_that_its_numbers_give_it(cloudwatch, values, more, state):
    assert alarmed(cloudwatch, *values, **more) == state


def test_numbers_of_another_say_nothing(cloudwatch):
    assert alarmed(cloudwatch, (1, 2), dimensions=[{"Name": "Schedule", "Value": "other"}]) == "OK"
