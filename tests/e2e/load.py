"""Constant load on the site, bounded in rate, count and time."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.e2e.lab import Lab
from tests.e2e.run import Run

#: Requests a second, and the most of them: what is not stopped stops by itself.
RATE, MOST = 10.0, 9000


@dataclass
class Load:
    """Sends requests while it is entered, each in turn and none before its time."""

    request: Callable[[], object]
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        # Two threads: one slow answer does not let the rate drop to nothing.
        self._threads = [threading.Thread(target=self._run, args=(turn,), daemon=True) for turn in range(2)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self, turn: int) -> None:
        begin = time.monotonic() + turn / RATE
        for number in range(MOST // 2):
            if self._stop.wait(max(0.0, begin + number * 2 / RATE - time.monotonic())):
                return
            started = time.monotonic()
            try:
                self.request()
            except OSError as error:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {error}")
            self.seconds.append(time.monotonic() - started)

    @property
    def percentiles(self) -> tuple[float, float]:
        """Median and 99th percentile of the answers' times, in milliseconds."""
        hundredths = statistics.quantiles(self.seconds, n=100)
        return round(hundredths[49] * 1000, 1), round(hundredths[98] * 1000, 1)

    def __str__(self) -> str:
        median, most = self.percentiles
        return f"{len(self.seconds)} requests, {len(self.failures)} failed, p50 {median} ms, p99 {most} ms"


def under_load(
    stack: Lab, capsys: pytest.CaptureFixture[str], what: str, act: Callable[[], Run], more_than: int = 100
) -> Run:
    """The run of a playbook or a verb, while more than so many requests came in, of which each was answered."""
    load = Load(lambda: stack.page(timeout=20))
    with load:
        run = act()
    with capsys.disabled():
        print(f"\n{what} under load, {run.seconds:.0f} s: {load}")
    assert load.failures == []
    assert len(load.seconds) > more_than
    return run
