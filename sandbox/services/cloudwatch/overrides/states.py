"""Alarms on metrics that servers put themselves are in the state that those numbers give them.

The emulator keeps numbers and never looks at them. What AWS measures itself (``AWS/EC2`` ...) is not measured here, so
its alarms stay as they are, and so do those of a metric that nobody has put yet. Nobody is told of a change.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatum
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from sandbox.core.settings import Settings

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}
#: What a period without numbers counts as: whether it is breaching.
_MISSING = {"breaching": True, "notBreaching": False}


def state(alarm: Alarm, data: list[Any], now: Any) -> str | None:
    """The state of an alarm by the numbers of all metrics; None where they say nothing of it.

    Periods are counted back from now; AWS begins them at whole minutes.
    """
    compare, statistic = _COMPARED.get(alarm.comparison_operator), _STATISTICS.get(alarm.statistic)
    own = [
        one
        for one in data
        if isinstance(one, MetricDatum)
        and (one.namespace, one.name) == (alarm.namespace, alarm.metric_name)
        and sorted(one.dimensions) == sorted(alarm.dimensions)
    ]
    if not own or compare is None or statistic is None:
        return None
    period, periods = timedelta(seconds=int(alarm.period)), int(alarm.evaluation_periods)
    found = []
    for number in range(periods):
        until = now - number * period
        values = [one.value for one in own if until - period < one.timestamp.replace(tzinfo=None) <= until]
        if values:
            found.append(compare(statistic(values), float(alarm.threshold)))
        elif alarm.treat_missing_data in _MISSING:
            found.append(_MISSING[alarm.treat_missing_data])
    if not found:
        return None if alarm.treat_missing_data == "ignore" else "INSUFFICIENT_DATA"
    return "ALARM" if sum(found) >= int(alarm.datapoints_to_alarm or periods) else "OK"


def apply(settings: Settings) -> None:
    describe = CloudWatchResponse.describe_alarms

    def describe_alarms(self) -> ActionResult:
        backend: CloudWatchBackend = self.cloudwatch_backend
        for alarm in backend.alarms.values():
            found = state(alarm, backend.metric_data, utcnow()) if alarm.metric_name else None
            if found and found != alarm.state_value:
                alarm.update_state(f"{alarm.metric_name} as servers put it", "{}", found)
        return describe(self)

    CloudWatchResponse.describe_alarms = describe_alarms
