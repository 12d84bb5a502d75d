# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms of a stack, from what is monitored of it. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import (
    LESS,
    MonitoredResources,
    ResourceAlarm,
    resource_alarms,
    thresholds,
)


def number(value: float) -> str:
    """A number as people write it."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _description(one: ResourceAlarm, threshold: float) -> str:
    definition = one.definition
    how = "below" if definition.comparison == LESS else "at or above"
    minutes = definition.period * definition.periods // 60
    return f"{definition.title} of {one.who} is {how} {number(threshold)} {definition.unit} for {minutes} minutes. {definition.advice}"


def stack_alarms(resources: MonitoredResources, given: dict[str, Any], topics: list[str]) -> list[alarms.Alarm]:
    """Alarms in the form of ``alarms.normal``, sorted by name; ``topics`` are told when one is raised and when it is over."""
    usual = thresholds(given, resources)
    made = []
    for one in resource_alarms(resources):
        definition = one.definition
        threshold = usual[definition.name]
        made.append(
            alarms.normal(
                {
                    "name": one.alarm_name(resources["stack"]),
                    "description": _description(one, threshold),
                    "namespace": one.namespace,
                    "metric_name": definition.metric,
                    "dimensions": one.dimensions,
                    "statistic": definition.statistic,
                    "comparison_operator": definition.comparison,
                    "threshold": threshold * definition.factor,
                    "period": definition.period,
                    "evaluation_periods": definition.periods,
                    "treat_missing_data": definition.missing,
                    "alarm_actions": topics,
                    "ok_actions": topics,
                    "insufficient_data_actions": topics if definition.told_of_silence else [],
                }
            )
        )
    return sorted(made, key=lambda alarm: alarm["name"])
