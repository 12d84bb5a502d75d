"""The watch that measures now and then: what it keeps, and what does not stop it."""

from __future__ import annotations

import contextlib
import datetime
import time
from types import SimpleNamespace

import pytest

from sandbox.core.settings import Settings
from sandbox.metrics.measurements import Measurement, Measurements, dimensions
from sandbox.metrics.watch import GATHERERS, Watch
from sandbox.services.picture import Picture
from tests.unit.sandbox.database_pictures import DATABASE

ITS = dimensions(Id="1")
NOW = datetime.datetime(2026, 11, 28)


class World:
    def __init__(self, tmp_path, interval: float = 60.0, **gatherers) -> None:
        self.picture: Picture | None = Picture(databases=(DATABASE,))
        self.asked = self.changes = self.saved = 0
        self.inside = 0
        self.measured = Measurements()
        self.time = 100.0
        settings = Settings("unit", tmp_path, 1, "ap-northeast-1", metrics=interval)
        self.watch = Watch(
            settings, lambda: self.picture, self._request, self._settle, self._saved, engine=self, clock=self._clock,
            gatherers=gatherers, measured=self.measured,
        )  # fmt: skip
        self.settings = settings

    def containers(self):
        self.asked += 1
        return [SimpleNamespace(name="rlyd-unit-db-ABC", running=True, pid=7)]

    @contextlib.contextmanager
    def _request(self):
        self.inside += 1
        yield
        self.inside -= 1

    def _settle(self) -> int:
        assert self.inside == 1
        return self.changes

    def _saved(self) -> None:
        self.saved += 1

    def _clock(self) -> float:
        return self.time


def one(value: float, name: str = "M") -> Measurement:
    return Measurement("N", name, ITS, value, "Count")


def test_numbers_are_kept_by_metric_and_seconds_are_those_since_the_last_round(tmp_path):
    seen = []

    def gather(look):
        seen.append((look.seconds, look.pid("db-ABC")))
        yield one(float(len(seen)))

    world = World(tmp_path, rds=gather)
    assert not world.measured.live
    world.watch.round()
    # What is counted between two rounds would be missing.
    assert not world.measured.live
    world.time += 60
    world.watch.round()
    assert seen == [(0.0, 7), (60.0, 7)]
    assert [found.measurement.value for found in world.measured.of("N", "M", ITS)] == [1.0, 2.0]
    assert world.measured.live and world.saved == 0
    world.changes = 2
    world.watch.round()
    assert world.saved == 1
    world.watch.close()
    assert not world.measured.live


def test_one_service_that_fails_costs_its_own_metrics(tmp_path, caplog):
    def broken(look):
        raise RuntimeError("no such thing")

    world = World(tmp_path, elbv2=broken, rds=lambda look: [one(1.0)])
    world.watch.round()
    world.watch.round()
    assert len(world.measured.of("N", "M", ITS)) == 2
    assert world.watch.status()["errors"] == {"elbv2": "RuntimeError: no such thing"}
    assert caplog.text.count("metrics of elbv2") == 1


def test_an_empty_account_costs_no_command_and_an_unread_one_is_not_measured(tmp_path):
    world = World(tmp_path)
    world.picture = Picture()
    world.watch.round()
    world.watch.round()
    assert world.asked == 0 and world.measured.live
    unread = World(tmp_path)
    unread.picture = None
    unread.watch.round()
    unread.watch.round()
    assert not unread.measured.live


def test_it_measures_in_a_thread_of_its_own_or_not_at_all(tmp_path):
    world = World(tmp_path, interval=0.01, rds=lambda look: [one(1.0)])
    world.watch.start()
    end = time.monotonic() + 10
    while len(world.measured.of("N", "M", ITS)) < 3:
        assert time.monotonic() < end
        time.sleep(0.01)
    world.watch.close()
    off = World(tmp_path, interval=0, rds=lambda look: [one(1.0)])
    off.watch.start()
    off.watch.close()
    assert len(off.measured) == 0


def test_of_each_metric_the_newest_are_kept_and_those_of_what_is_gone_are_not():
    measured = Measurements(kept=2)
    for minute in range(3):
        measured.put([one(float(minute))], NOW + datetime.timedelta(minutes=minute))
    measured.put([one(9.0, "old")], NOW - datetime.timedelta(hours=1))
    assert [found.measurement.value for found in measured.of("N", "M", ITS)] == [1.0, 2.0]
    measured.forget_before(NOW)
    assert {found.measurement.name for found in measured.every()} == {"M"} and len(measured) == 1


def test_every_service_with_something_that_runs_is_measured():
    assert set(GATHERERS) == {"ec2", "elbv2", "rds", "elasticache"}


@pytest.mark.parametrize(("text", "seconds"), [(None, 60.0), ("", 60.0), ("5", 5.0), ("0", 0.0), ("3600", 3600.0)])
def test_the_setting(text, seconds):
    assert Settings.from_environment({} if text is None else {"RAILYARD_SANDBOX_METRICS": text}).metrics == seconds


@pytest.mark.parametrize("text", ["often", "-1", "0.5", "nan", "3601"])
def test_a_setting_that_is_none_says_what_to_write(text):
    with pytest.raises(ValueError, match="RAILYARD_SANDBOX_METRICS is '.*'; write the seconds"):
        Settings.from_environment({"RAILYARD_SANDBOX_METRICS": text})
