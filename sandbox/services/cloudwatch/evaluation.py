"""Which state the numbers of a metric give an alarm. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and, beside it,
``alarms-and-missing-data.html``, whose tables the tests have.
"""

from __future__ import annotations

import datetime
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": math.fsum,
    "SampleCount": len,
    "Average": lambda values: math.fsum(values) / len(values),
}
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)", re.ASCII)
#: Periods that are looked at beyond those of the alarm, as numbers may come late: AWS documents five for three.
_BEYOND = 2


@dataclass(frozen=True)
class Rule:
    """What an alarm asks of its metric, in AWS's words."""

    statistic: str
    comparison: str
    threshold: float
    period: int  # seconds
    periods: int
    datapoints: int
    missing: str = "missing"

    @property
    def known(self) -> bool:
        """Whether this can be evaluated: bands of expected values cannot."""
        return self.comparison in _COMPARED and (
            self.statistic in _STATISTICS or _PERCENTILE.fullmatch(self.statistic) is not None
        )

    def breaches(self, value: float) -> bool:
        return _COMPARED[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Datapoint:
    """One period's statistic."""

    begin: datetime.datetime
    value: float


@dataclass(frozen=True)
class Verdict:
    state: str
    reason: str


def statistic(name: str, values: Sequence[float]) -> float:
    """A statistic of at least one value; a percentile is the smallest value that so many are not above."""
    if name in _STATISTICS:
        return float(_STATISTICS[name](values))
    found = _PERCENTILE.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no statistic")
    rank = math.ceil(float(found[1]) / 100 * len(values))
    return sorted(values)[max(0, rank - 1)]


def datapoints(
    rule: Rule, numbers: Sequence[tuple[datetime.datetime, float]], now: datetime.datetime
) -> list[Datapoint | None]:
    """The evaluation range, the newest period first, counted back from now; None for one without numbers."""
    period = datetime.timedelta(seconds=rule.period)
    values: list[list[float]] = [[] for _unused in range(rule.periods + _BEYOND)]
    for at, value in numbers:
        number = math.floor((now - at) / period)
        if 0 <= number < len(values):
            values[number].append(value)
    return [
        Datapoint(now - (number + 1) * period, statistic(rule.statistic, its)) if its else None
        for number, its in enumerate(values)
    ]


def evaluate(rule: Rule, points: Sequence[Datapoint | None], state: str) -> Verdict | None:
    """What an alarm in ``state`` comes to; None where it stays as it is."""
    # What is there counts first, also that of before the periods proper: missing periods are filled in last.
    real = [point for point in points if point is not None][: rule.periods]
    breaching = [point for point in real if rule.breaches(point.value)]
    filled = rule.periods - len(real)
    if filled and rule.missing in ("breaching", "notBreaching"):
        count = len(breaching) + (filled if rule.missing == "breaching" else 0)
        return _crossed(rule, real, filled, count >= rule.datapoints)
    if len(breaching) >= rule.datapoints:
        return _crossed(rule, real, 0, True)
    if not filled or len(real) > len(breaching):
        return _crossed(rule, real, 0, False)
    if rule.missing == "ignore":
        return None
    if not real:
        plural = "datapoint was" if rule.periods == 1 else "datapoints were"
        return Verdict(INSUFFICIENT_DATA, f"Insufficient Data: {rule.periods} {plural} unknown.")
    # Some breach and none does not: an alarm once the first of them is so old that it would have been one.
    ages = [age for age, point in enumerate(points[: rule.periods], 1) if point is not None]
    if ages and max(ages) >= rule.datapoints:
        return _crossed(rule, real, 0, True)
    return None


def _crossed(rule: Rule, real: Sequence[Datapoint], filled: int, alarm: bool) -> Verdict:
    if not real:
        treated = "Breaching" if rule.missing == "breaching" else "NonBreaching"
        periods = f"{filled} period{'' if filled == 1 else 's'}"
        points = f"{filled} missing datapoint{' was' if filled == 1 else 's were'}"
        reason = f"no datapoints were received for {periods} and {points} treated as [{treated}]."
        return Verdict(ALARM if alarm else OK, f"Threshold Crossed: {reason}")
    telling = [point for point in real if rule.breaches(point.value) is alarm] or list(real)
    listed = ", ".join(f"{point.value} ({point.begin:%d/%m/%y %H:%M:%S})" for point in telling)
    needed = rule.datapoints if alarm else rule.periods - rule.datapoints + 1
    return Verdict(
        ALARM if alarm else OK,
        f"Threshold Crossed: {len(telling)} out of the last {len(real)} datapoints [{listed}] "
        f"{'was' if len(telling) == 1 else 'were'} {'' if alarm else 'not '}{_WORDS[rule.comparison]} the threshold "
        f"({rule.threshold}) (minimum {needed} datapoint{'' if needed == 1 else 's'} for "
        f"{'OK -> ALARM' if alarm else 'ALARM -> OK'} transition).",
    )
