"""How long resources are on their way, by a model of AWS and a factor.

What a resource is follows from the moment it began and the clock, each time somebody asks: nothing has to happen at
the end of its time, and a daemon that was away makes no difference.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

#: Seconds on AWS, as public logs of applied infrastructure show them.
SECONDS = {
    "nat_gateway": 105.0,
    "load_balancer": 145.0,
    "database": 330.0,
    "cache": 415.0,
    "certificate": 105.0,
    "instance": 60.0,
}

#: Attribute of the emulator's objects: (kind, seconds since the epoch), saved with them.
_BEGUN = "railyard_begun"


class Latency:
    """Thread-safe."""

    def __init__(self, factor: float = 0.0, clock: Callable[[], float] = time.time) -> None:
        """
        :param factor: 0 makes everything ready at once, 1 takes as long as AWS
        :param clock: seconds since the epoch
        """
        self.factor = factor
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: set[float] = set()  # moments at which something asked about becomes ready

    def began(self, thing: Any, kind: str) -> None:
        """The way of a resource begins now; ``kind`` is one of ``SECONDS``."""
        vars(thing)[_BEGUN] = (kind, self._clock())

    def pending(self, thing: Any) -> bool:
        """Whether the resource is still on its way. One that never began is not."""
        kind, begin = vars(thing).get(_BEGUN, (None, 0.0))
        if kind is None or not self.factor:
            return False
        end = begin + SECONDS[kind] * self.factor
        if self._clock() >= end:
            return False
        with self._lock:
            self._ends.add(end)
        return True

    def passed(self) -> bool:
        """Whether something that was on its way when last asked about has become ready since this was last called."""
        now = self._clock()
        with self._lock:
            over = {end for end in self._ends if end <= now}
            self._ends -= over
        return bool(over)


#: The daemon's one model; ``overrides.py`` gives it the factor.
latency = Latency()
