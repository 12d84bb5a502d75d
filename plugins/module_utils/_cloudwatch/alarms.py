# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms of CloudWatch on one metric: read by the start of their names, and compared in one form. Pure but for ``read``."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

Alarm = dict[str, Any]

#: Keys of the API as they are in an alarm of ours. Dimensions and statistics differ more than by name.
_PLAIN = {
    "AlarmName": "name",
    "AlarmDescription": "description",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "ComparisonOperator": "comparison_operator",
    "Threshold": "threshold",
    "Period": "period",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "TreatMissingData": "treat_missing_data",
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
}
_ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
_PERCENTILE = re.compile(r"p\d{1,2}(\.\d+)?")


class AlarmError(Exception):
    """Something the person has to mend; the text says what and how."""


def read(client: Any, prefix: str) -> list[dict[str, Any]]:
    """Every alarm on a metric whose name starts with ``prefix``, as the API describes it."""
    return read_all(client, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])


def described(raw: dict[str, Any]) -> Alarm:
    """An alarm of the API in our form. One that somebody switched off has ``actions_enabled`` false, ours always true."""
    alarm = {ours: raw.get(theirs) for theirs, ours in _PLAIN.items()}
    return normal(
        {
            **alarm,
            "statistic": raw.get("Statistic") or raw.get("ExtendedStatistic"),
            "dimensions": {one["Name"]: one["Value"] for one in raw.get("Dimensions") or []},
            "actions_enabled": raw.get("ActionsEnabled", True),
        }
    )


def normal(alarm: Alarm) -> Alarm:
    """An alarm with everything AWS would fill in, so that two that mean the same are equal."""
    periods = int(alarm.get("evaluation_periods") or 1)
    return {
        "name": alarm["name"],
        "description": alarm.get("description") or "",
        "namespace": alarm.get("namespace"),
        "metric_name": alarm.get("metric_name"),
        "dimensions": {str(key): str(value) for key, value in sorted((alarm.get("dimensions") or {}).items())},
        "statistic": alarm.get("statistic"),
        "comparison_operator": alarm.get("comparison_operator"),
        "threshold": None if alarm.get("threshold") is None else float(alarm["threshold"]),
        "period": int(alarm.get("period") or 0),
        "evaluation_periods": periods,
        "datapoints_to_alarm": int(alarm.get("datapoints_to_alarm") or periods),
        "treat_missing_data": alarm.get("treat_missing_data") or "missing",
        "actions_enabled": alarm.get("actions_enabled", True),
        **{kind: sorted(alarm.get(kind) or []) for kind in _ACTIONS},
    }


def request(alarm: Alarm) -> dict[str, Any]:
    """What PutMetricAlarm takes for an alarm in our form."""
    statistic = "ExtendedStatistic" if _PERCENTILE.fullmatch(alarm["statistic"]) else "Statistic"
    return {
        **{theirs: alarm[ours] for theirs, ours in _PLAIN.items()},
        "ActionsEnabled": alarm["actions_enabled"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in alarm["dimensions"].items()],
        statistic: alarm["statistic"],
    }


def check(alarms: list[Alarm], prefix: str) -> None:
    """Raise AlarmError for what AWS would refuse, or what a purge would not find again."""
    if not prefix.strip():
        raise AlarmError("prefix is empty, which would take in every alarm of the region; write one like 'railyard/'.")
    names = [alarm["name"] for alarm in alarms]
    for name in names:
        if not name.startswith(prefix):
            raise AlarmError(f"The alarm '{name}' does not start with '{prefix}', by which it is found again; name it '{prefix}{name}'.")
        if names.count(name) > 1:
            raise AlarmError(f"Two alarms are named '{name}'; give each a name of its own.")
    for alarm in alarms:
        if alarm["datapoints_to_alarm"] > alarm["evaluation_periods"]:
            raise AlarmError(
                f"The alarm '{alarm['name']}' wants {alarm['datapoints_to_alarm']} datapoints of {alarm['evaluation_periods']} periods;"
                f" write datapoints_to_alarm {alarm['evaluation_periods']} or less."
            )


def difference(found: Alarm | None, wanted: Alarm | None) -> tuple[Alarm, Alarm]:
    """What differs, before and after; all of it where one of them is missing."""
    if found is None or wanted is None:
        return found or {}, wanted or {}
    keys = [key for key in wanted if found[key] != wanted[key]]
    return {key: found[key] for key in keys}, {key: wanted[key] for key in keys}
