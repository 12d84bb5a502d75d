"""A resource with an odd value costs itself alone, and is told of."""

from __future__ import annotations

import logging
from typing import Literal

import pytest

from sandbox.core.fields import Address, Line, OddValue, Port, check
from sandbox.core.intake import Intake, Strict


def fail(error: Exception):
    def make():
        raise error

    return make


@pytest.fixture
def take():
    return Intake()


def test_stays_as_it_last_was_good_until_it_is_gone(take):
    take.begin()
    assert take.whole("VPC", "vpc-1", lambda: "good") == "good"
    assert take.end() == ()
    take.begin()
    assert take.whole("VPC", "vpc-1", fail(OddValue("its range"))) == "good"
    assert take.end() == ("VPC vpc-1: its range; it stays as it was",)
    take.begin()
    take.end()
    take.begin()
    assert take.whole("VPC", "vpc-1", fail(OddValue("its range"))) is None
    assert take.end() == ("VPC vpc-1: its range; it is left out",)


def test_a_missing_value_is_as_odd_as_a_wrong_one(take):
    take.begin()
    for error in (KeyError("VpcId"), TypeError("no int"), ValueError("5x"), IndexError("0"), AttributeError("get")):
        assert take.whole("VPC", error, fail(error)) is None
    assert len(take.end()) == 5


def test_an_error_of_ours_is_no_odd_value(take):
    with pytest.raises(RuntimeError):
        take.whole("VPC", "vpc-1", fail(RuntimeError("the API is gone")))


def test_parts_are_left_out_one_by_one(take):
    take.begin()
    assert take.parts("rule", "sg-1", [lambda: 1, fail(OddValue("x")), lambda: None, lambda: 3]) == (1, 3)
    assert take.end() == ("rule of sg-1: x; it is left out",)


def test_is_logged_once_and_again_after_it_was_mended(take, caplog):
    caplog.set_level(logging.WARNING)
    for make in (fail(OddValue("x")), fail(OddValue("x")), lambda: 1, fail(OddValue("x"))):
        take.begin()
        take.whole("VPC", "vpc-1", make)
        take.end()
    assert len(caplog.records) == 2


def test_what_is_told_is_one_line_and_not_endless(take):
    take.begin()
    take.whole("VPC", "a\nb", fail(OddValue("y" * 5000)))
    (line,) = take.end()
    assert "\n" not in line and len(line) < 600


def test_strict_lets_errors_out():
    with pytest.raises(OddValue):
        Strict().part("rule", "x", fail(OddValue("x")))


@pytest.mark.parametrize(
    ("kind", "good", "odd"),
    [
        (Address, "10.0.0.1", ["10.0.0.01", "10.0.0.1/32", "10.0.0.1\n", "::1", 1, None]),
        (Port, 80, [0, 65536, "80", True, None]),
        (Line, 'any "thing" {', ["a\nb", "a\x00", "a\u2028b", 1]),
        (Literal["a", "b"], "a", ["c", "a\n", 1]),
        (Address | None, None, ["x", ""]),
        (tuple[Port, ...], (1, 2), [(1, "2"), [1], 1]),
        (tuple[Line, Port], ("a", 1), [("a",), ("a", 1, 1), (1, "a")]),
    ],
)
def test_kinds(kind, good, odd):
    assert check(kind, good, "x") == good
    for value in odd:
        with pytest.raises(OddValue, match="x is "):
            check(kind, value, "x")


def test_a_text_of_no_kind_is_a_mistake_of_the_programmer():
    with pytest.raises(TypeError, match=r"sandbox/core/fields\.py"):
        check(str, "x", "x")
