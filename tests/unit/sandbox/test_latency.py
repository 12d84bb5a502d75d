"""The model of how long resources are on their way, by a clock that only moves when told."""

from __future__ import annotations

import pickle

import pytest

from sandbox.api.latency import SECONDS, Latency
from sandbox.core.settings import Settings


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Thing:
    """Stands for an object of the emulator."""


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("kind", sorted(SECONDS))
@pytest.mark.parametrize("factor", [1.0, 0.1])
def test_ready_when_its_time_is_over(clock, kind, factor):
    latency, thing = Latency(factor, clock), Thing()
    latency.began(thing, kind)
    assert latency.pending(thing)
    clock.now += SECONDS[kind] * factor - 0.01
    assert latency.pending(thing)
    clock.now += 0.02
    assert not latency.pending(thing)


def test_at_once_with_the_factor_zero(clock):
    latency, thing = Latency(0, clock), Thing()
    latency.began(thing, "cache")
    assert not latency.pending(thing)
    assert not latency.passed()


def test_what_never_began_is_there(clock):
    assert not Latency(1, clock).pending(Thing())


def test_time_goes_on_while_nobody_looks(clock):
    thing = Thing()
    Latency(1, clock).began(thing, "database")
    thing = pickle.loads(pickle.dumps(thing))
    clock.now += SECONDS["database"] / 2
    later = Latency(1, clock)
    assert later.pending(thing), "a daemon that was started again knows how long it took so far"
    clock.now += SECONDS["database"] / 2
    assert not later.pending(thing)


def test_loop_is_told_once_when_something_became_ready(clock):
    latency, one, other = Latency(1, clock), Thing(), Thing()
    latency.began(one, "instance")
    latency.began(other, "cache")
    assert latency.pending(one) and latency.pending(other)
    assert not latency.passed()
    clock.now += SECONDS["instance"]
    assert [latency.passed(), latency.passed()] == [True, False]
    clock.now += SECONDS["cache"]
    assert [latency.passed(), latency.passed()] == [True, False]


@pytest.mark.parametrize(("text", "factor"), [(None, 0.0), ("", 0.0), ("0", 0.0), ("1", 1.0), ("0.05", 0.05)])
def test_factor_of_the_environment(text, factor):
    assert Settings.from_environment({} if text is None else {"RAILYARD_SANDBOX_TIMES": text}).latency == factor


@pytest.mark.parametrize("text", ["fast", "-1", "inf", "nan"])
def test_factor_that_is_none(text):
    with pytest.raises(ValueError, match="RAILYARD_SANDBOX_TIMES is .*; write 0 for at once"):
        Settings.from_environment({"RAILYARD_SANDBOX_TIMES": text})
