# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms of a stack, from what is watched of it. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.concerns import LESS, Watch, Watched, thresholds, watches


def number(value: float) -> str:
    """A number as people write it."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _description(watch: Watch, threshold: float) -> str:
    concern = watch.concern
    how = "below" if concern.comparison == LESS else "at or above"
    minutes = concern.period * concern.periods // 60
    return f"{concern.title} of {watch.who} is {how} {number(threshold)} {concern.unit} for {minutes} minutes. {concern.advice}"


def stack_alarms(watched: Watched, given: dict[str, Any], topics: list[str]) -> list[alarms.Alarm]:
    """Alarms in the form of ``alarms.normal``, sorted by name; ``topics`` are told when one is raised and when it is over."""
    usual = thresholds(given, watched)
    made = []
    for watch in watches(watched):
        concern = watch.concern
        threshold = usual[concern.name]
        made.append(
            alarms.normal(
                {
                    "name": watch.alarm_name(watched["stack"]),
                    "description": _description(watch, threshold),
                    "namespace": watch.namespace,
                    "metric_name": concern.metric,
                    "dimensions": watch.dimensions,
                    "statistic": concern.statistic,
                    "comparison_operator": concern.comparison,
                    "threshold": threshold * concern.factor,
                    "period": concern.period,
                    "evaluation_periods": concern.periods,
                    "treat_missing_data": concern.missing,
                    "alarm_actions": topics,
                    "ok_actions": topics,
                }
            )
        )
    return sorted(made, key=lambda alarm: alarm["name"])
