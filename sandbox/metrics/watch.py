"""Measures everything now and then, in a thread of its own, and lets alarms follow."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sandbox.core.settings import Settings
from sandbox.hosts.engine import Engine
from sandbox.metrics.counters import Counters
from sandbox.metrics.measurements import Measurement, Measurements, registry
from sandbox.metrics.round import Round
from sandbox.services.ec2 import metrics as ec2
from sandbox.services.elasticache import metrics as elasticache
from sandbox.services.elbv2 import metrics as elbv2
from sandbox.services.picture import Picture
from sandbox.services.rds import metrics as rds

_log = logging.getLogger(__name__)

Gatherer = Callable[[Round], Iterable[Measurement]]
#: By service.
GATHERERS: Mapping[str, Gatherer] = {
    "ec2": ec2.gather,
    "elbv2": elbv2.gather,
    "rds": rds.gather,
    "elasticache": elasticache.gather,
}
#: What was not heard of for so long is gone.
_GONE = datetime.timedelta(hours=6)


class Watch:
    """Requests to the API go on while it measures: only the look at alarms is one among them."""

    def __init__(
        self,
        settings: Settings,
        picture: Callable[[], Picture | None],
        request: Callable[[], AbstractContextManager[None]],
        settle: Callable[[], int],
        changed: Callable[[], None],
        *,
        engine: Engine | None = None,
        gatherers: Mapping[str, Gatherer] | None = None,
        measured: Measurements = registry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        :param picture: the account as it was last read; None before
        :param request: keeps the state from being saved meanwhile
        :param settle: brings alarms into their states; returns how many changed
        :param changed: told when some did, so that the state is saved
        """
        self._settings = settings
        self._picture, self._request, self._settle, self._changed = picture, request, settle, changed
        self._engine = engine or Engine(settings)
        self._gatherers = GATHERERS if gatherers is None else gatherers
        self._measured = measured
        self._clock = clock
        self._counters = Counters()
        self._last: float | None = None
        self._seconds = 0.0
        self._errors: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        """Nothing where the setting says so."""
        if self._settings.metrics > 0:
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._measured.live = False
        if self._thread.is_alive():
            # A command that it waits for has a limit of its own, and the process need not see its end.
            self._thread.join(timeout=5)

    def status(self) -> dict[str, Any]:
        """How it fares, as plain data."""
        return {
            "interval": self._settings.metrics,
            "metrics": len(self._measured),
            "seconds": round(self._seconds, 3),
            "errors": dict(self._errors),
        }

    def round(self) -> None:
        """Measure everything once, then let alarms follow. What one service raises costs its own metrics alone."""
        picture = self._picture()
        if picture is None:
            return
        begin = self._clock()
        try:
            pids = {one.name: one.pid for one in self._engine.containers() if one.running} if _any(picture) else {}
        except (OSError, RuntimeError, ValueError) as error:
            self._failed("containers", error)
            return
        self._errors.pop("containers", None)
        self._counters.begin()
        first = self._last is None
        seconds = 0.0 if self._last is None else begin - self._last
        self._last = begin
        look = Round(picture, self._engine, pids, seconds, self._counters)
        found: list[Measurement] = []
        for name, gather in self._gatherers.items():
            try:
                found += gather(look)
            except Exception as error:
                self._failed(name, error)
            else:
                self._errors.pop(name, None)
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self._measured.put(found, now)
        self._measured.forget_before(now - _GONE)
        # What is counted between two rounds is not missing after one: a new daemon's alarms stay as they were.
        self._measured.live = not first and not self._stop.is_set()
        with self._request():
            changes = self._settle()
        if changes:
            self._changed()
        self._seconds = self._clock() - begin

    def _failed(self, name: str, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if self._errors.get(name) != text:
            _log.error("metrics of %s: %s", name, text, exc_info=error)
        self._errors[name] = text

    def _run(self) -> None:
        pause = min(1.0, self._settings.metrics)
        while not self._stop.wait(pause):
            try:
                self.round()
            except Exception as error:
                self._failed("alarms", error)
            else:
                self._errors.pop("alarms", None)
            # Until the account was read there is nothing to measure.
            pause = self._settings.metrics if self._last is not None else min(1.0, self._settings.metrics)


def _any(picture: Picture) -> bool:
    """Whether the account has anything that runs: an empty one costs no command."""
    return bool(picture.instances or picture.load_balancers or picture.databases or picture.replication_groups)
