"""Alarms and dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.export.resource import Clients, Export, Literal, Named, Raw, Resource, picked, present

#: Dimensions whose values are names of things, by the type of the thing.
_NAMES = {"DBInstanceIdentifier": "RDS::DBInstance", "LogGroupName": "Logs::LogGroup", "BucketName": "S3::Bucket"}


def _dimension(raw: Raw) -> dict[str, Any]:
    name, value = raw["Name"], raw["Value"]
    return {"Name": name, "Value": Named(_NAMES[name], value) if name in _NAMES else value}


def _alarm(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "CloudWatch::Alarm",
        raw["AlarmName"],
        present(
            **picked(raw, "AlarmName", "AlarmDescription", "Namespace", "MetricName", "Statistic", "ExtendedStatistic"),
            **picked(
                raw, "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "Unit"
            ),
            **picked(
                raw,
                "TreatMissingData",
                "EvaluateLowSampleCountPercentile",
                "ActionsEnabled",
                "AlarmActions",
                "OKActions",
                "InsufficientDataActions",
            ),
            Dimensions=[_dimension(one) for one in raw.get("Dimensions") or []],
            Metrics=raw.get("Metrics"),
        ),
        {"AlarmName": raw["AlarmName"]},
        {raw["AlarmArn"]: "Arn"},
    )


def _dashboard(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "CloudWatch::Dashboard",
        raw["Name"],
        {"DashboardName": raw["Name"], "DashboardBody": Literal(raw["Body"])},
        {"DashboardName": raw["Name"]},
    )


EXPORTS: dict[str, Export] = {"alarms": _alarm, "dashboards": _dashboard}
