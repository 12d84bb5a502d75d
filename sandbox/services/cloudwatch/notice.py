"""What CloudWatch publishes to an alarm's topics when its state changes: a subject, and a message in JSON. Pure."""

from __future__ import annotations

import datetime
import functools
import json
from dataclasses import dataclass
from typing import Any


@functools.cache
def region_name(region: str) -> str:
    """A region as people call it, ``Asia Pacific (Tokyo)``; itself where nobody knows it."""
    import botocore.session

    for partition in botocore.session.Session().get_data("partitions")["partitions"]:
        if found := partition["regions"].get(region):
            return str(found.get("description", region))
    return region


@dataclass(frozen=True)
class Change:
    """An alarm that came from one state to another."""

    alarm: Any  # of the emulator
    account: str
    before: str
    at: datetime.datetime


def subject(change: Change) -> str:
    return f'{change.alarm.state_value}: "{change.alarm.name}" in {region_name(change.alarm.region_name)}'


def actions(alarm: Any) -> list[str]:
    """ARNs that are told of the state in which an alarm is; none where somebody switched its actions off."""
    its = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions, "INSUFFICIENT_DATA": alarm.insufficient_data_actions}
    return list(its[alarm.state_value] or []) if alarm.actions_enabled else []


def message(change: Change) -> str:
    alarm = change.alarm
    said = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": change.account,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _time(change.at),
        "Region": region_name(alarm.region_name),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": change.before,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
        "Trigger": _trigger(alarm),
    }
    return json.dumps(said)


def _trigger(alarm: Any) -> dict[str, Any]:
    if alarm.extended_statistic:
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
    else:
        statistic = {"StatisticType": "Statistic", "Statistic": str(alarm.statistic or "").upper()}
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        **statistic,
        "Unit": alarm.unit,
        "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
        "Period": int(alarm.period or 0),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold or 0),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }


def _time(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
