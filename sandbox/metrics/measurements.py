"""What was measured of the world, as CloudWatch keeps it: written by the watch, read by the emulated API.

Both live in the daemon's process. Nothing of it is in the saved state: it would be written to disk every minute.
"""

from __future__ import annotations

import datetime
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Names and values, sorted by name: alarms find a metric by all of them.
Dimensions = tuple[tuple[str, str], ...]
_Key = tuple[str, str, Dimensions]

#: Numbers that are kept of one metric: six hours of minutes.
_KEPT = 360


def dimensions(**named: str) -> Dimensions:
    return tuple(sorted(named.items()))


@dataclass(frozen=True)
class Measurement:
    """One number of one metric, with namespace, names and unit as AWS documents them."""

    namespace: str
    name: str
    dimensions: Dimensions
    value: float
    unit: str


@dataclass(frozen=True)
class Measured:
    """A measurement and when it was made, in UTC without a zone, as the emulator has its times."""

    measurement: Measurement
    at: datetime.datetime


class Measurements:
    """Thread-safe; of each metric the newest numbers."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._series: dict[_Key, deque[Measured]] = {}
        #: Whether somebody measures: then a metric without numbers is one that is missing.
        self.live = False

    def put(self, found: Iterable[Measurement], at: datetime.datetime) -> None:
        with self._lock:
            for one in found:
                key = (one.namespace, one.name, one.dimensions)
                self._series.setdefault(key, deque(maxlen=self._kept)).append(Measured(one, at))

    def forget_before(self, moment: datetime.datetime) -> None:
        """Drop metrics of which nothing was heard since: their resources are gone."""
        with self._lock:
            self._series = {key: series for key, series in self._series.items() if series[-1].at >= moment}

    def of(self, namespace: str, name: str, its: Dimensions) -> list[Measured]:
        """Numbers of one metric, the oldest first."""
        with self._lock:
            return list(self._series.get((namespace, name, its), ()))

    def every(self) -> Iterator[Measured]:
        with self._lock:
            found = [one for series in self._series.values() for one in series]
        return iter(found)

    def __len__(self) -> int:
        """How many metrics there are."""
        return len(self._series)


#: The daemon's one registry.
registry = Measurements()
