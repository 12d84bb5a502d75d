"""Which state numbers give an alarm: the cases that AWS documents, and the words of the reasons."""

from __future__ import annotations

import datetime

import pytest

from sandbox.services.cloudwatch.evaluation import Datapoint, Rule, datapoints, evaluate, statistic

NOW = datetime.datetime(2026, 11, 28, 12, 0, 0)
MINUTE = datetime.timedelta(minutes=1)


def rule(**changed) -> Rule:
    its = {"statistic": "Maximum", "comparison": "GreaterThanOrEqualToThreshold", "threshold": 1.0}
    return Rule(**{**its, "period": 60, "periods": 3, "datapoints": 3, **changed})


def points(drawn: str) -> list[Datapoint | None]:
    """As AWS draws them, the newest last: 0 does not breach, X does, - is missing."""
    found = []
    for age, sign in enumerate(reversed(drawn.split()), 1):
        found.append(None if sign == "-" else Datapoint(NOW - age * MINUTE, 1.0 if sign == "X" else 0.0))
    return found


def state(asked: Rule, drawn: str, before: str = "before") -> str:
    verdict = evaluate(asked, points(drawn), before)
    return verdict.state if verdict else before


KINDS = ("missing", "ignore", "breaching", "notBreaching")
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, in its order of columns;
#: "before" is where the alarm keeps the state that it has.
THREE_OF_THREE = [
    ("0 - X - X", ("OK", "OK", "OK", "OK")),
    ("0 - - - -", ("OK", "OK", "OK", "OK")),
    ("- - - - -", ("INSUFFICIENT_DATA", "before", "ALARM", "OK")),
    ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("- - X - -", ("ALARM", "before", "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
    ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
    ("- - - X -", ("ALARM", "before", "ALARM", "OK")),
]
CASES = [
    (datapoints_to_alarm, drawn, kind, wanted)
    for datapoints_to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for drawn, states in table
    for kind, wanted in zip(KINDS, states, strict=True)
]


@pytest.mark.parametrize(("needed", "drawn", "kind", "wanted"), CASES)
def test_missing_data_counts_as_aws_documents_it(needed, drawn, kind, wanted):
    assert state(rule(datapoints=needed, missing=kind), drawn) == wanted


@pytest.mark.parametrize(
    ("drawn", "wanted"),
    [("0 0 0 0 0", "OK"), ("0 0 X X X", "ALARM"), ("X X X X 0", "OK"), ("X X 0 X X", "OK"), ("0 0 0 0 X", "OK")],
)
def test_with_all_data_the_newest_periods_decide(drawn, wanted):
    assert state(rule(), drawn) == wanted


def test_a_first_breaching_number_is_no_alarm_yet():
    assert state(rule(), "- - - - X", "OK") == "OK"
    assert state(rule(), "- - - X X", "INSUFFICIENT_DATA") == "INSUFFICIENT_DATA"
    assert state(rule(), "- - X X X", "OK") == "ALARM"


@pytest.mark.parametrize(
    ("comparison", "values"),
    [
        ("GreaterThanOrEqualToThreshold", (False, True, True)),
        ("GreaterThanThreshold", (False, False, True)),
        ("LessThanOrEqualToThreshold", (True, True, False)),
        ("LessThanThreshold", (True, False, False)),
    ],
)
def test_every_comparison(comparison, values):
    asked = rule(comparison=comparison, threshold=5.0)
    assert tuple(asked.breaches(value) for value in (4.0, 5.0, 6.0)) == values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 55.0),
        ("Average", 5.5),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("SampleCount", 10.0),
        ("p95", 10.0),
        ("p50", 5.0),
        ("p0", 1.0),
        ("p99.9", 10.0),
    ],
)
def test_every_statistic(name, value):
    assert statistic(name, [float(number) for number in range(10, 0, -1)]) == value


def test_what_is_no_statistic_is_not_evaluated():
    assert not rule(statistic="IQM").known
    assert not rule(comparison="LessThanLowerOrGreaterThanUpperThreshold").known
    with pytest.raises(ValueError, match="'IQM' is no statistic"):
        statistic("IQM", [1.0])


def test_numbers_fall_into_periods_counted_back_from_now():
    seconds = [(0, 1.0), (59, 2.0), (60, 4.0), (299, 8.0), (300, 16.0), (-1, 32.0)]
    numbers = [(NOW - datetime.timedelta(seconds=age), value) for age, value in seconds]
    found = datapoints(rule(statistic="Sum"), numbers, NOW)
    assert [point and point.value for point in found] == [3.0, 4.0, None, None, 8.0]
    assert found[1].begin == NOW - 2 * MINUTE


@pytest.mark.parametrize(
    ("changed", "drawn", "reason"),
    [
        (
            {},
            "0 0 X X X",
            "Threshold Crossed: 3 out of the last 3 datapoints [1.0 (28/11/26 11:59:00), 1.0 (28/11/26 11:58:00), "
            "1.0 (28/11/26 11:57:00)] were greater than or equal to the threshold (1.0) "
            "(minimum 3 datapoints for OK -> ALARM transition).",
        ),
        (
            {},
            "X X X X 0",
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (28/11/26 11:59:00)] was not greater than or equal "
            "to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        ({}, "- - - - -", "Insufficient Data: 3 datapoints were unknown."),
        ({"periods": 1, "datapoints": 1}, "- - -", "Insufficient Data: 1 datapoint was unknown."),
        (
            {"missing": "breaching"},
            "- - - - -",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[Breaching].",
        ),
        (
            {"missing": "notBreaching", "periods": 1, "datapoints": 1},
            "- - -",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
    ],
)
def test_reasons_are_in_the_words_of_aws(changed, drawn, reason):
    assert evaluate(rule(**changed), points(drawn), "OK").reason == reason
