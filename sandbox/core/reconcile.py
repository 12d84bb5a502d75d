"""The loop that keeps the world as the API says: read, then let each layer converge."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sandbox.core.deaths import Deaths
from sandbox.core.layers import Layer

log = logging.getLogger(__name__)

P = TypeVar("P")

#: Seconds between rounds when nothing wakes the loop, and at least between two rounds when something does.
PERIOD, DEBOUNCE = 2.0, 0.3
#: Seconds after which the account is read again though no request changed it.
REREAD = 30.0
#: Longest pause of a failing layer, in seconds, while the picture stays the same.
LONGEST_PAUSE = 30.0


@dataclass
class LayerStatus:
    """How one layer fares."""

    layer: Layer[Any]
    error: str | None = None
    failures: int = 0  # in a row
    not_before: float = 0.0  # monotonic time of the next try
    generation: int = -1  # of the last picture it converged to
    seconds: float = 0.0  # of the last converge


class Reconciler(Generic[P]):
    """Level-triggered: every round looks at all that should be, never at what happened."""

    def __init__(
        self,
        read_picture: Callable[[], P],
        layers: Sequence[Layer[Any]],
        clock: Callable[[], float] = time.monotonic,
        became_ready: Callable[[], bool] = lambda: False,
        watch: Callable[[Callable[[], object]], Deaths] = Deaths,
    ) -> None:
        """
        :param read_picture: asks the API; called only when a request changed something, or now and then
        :param clock: seconds, monotonic
        :param became_ready: whether the account changed by the clock alone since it was last asked
        :param watch: makes what tells of processes that ended; it is told what to call then
        """
        self.picture: P | None = None  # until the account was read
        self.rounds = 0
        self.read_error: str | None = None
        self._read = read_picture
        self._layers = [LayerStatus(layer) for layer in layers]
        self._clock = clock
        self._became_ready = became_ready
        self._stale = False  # the account changed by the clock and was not read since
        self._wake = threading.Event()
        self._deaths = watch(self._died)
        self._death = False  # a process ended since the last round began
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._asked = 0  # generation of the account, counted in changing requests
        self._seen = -1  # generation that the picture shows
        self._read_at = 0.0

    def wake(self) -> None:
        """A request may have changed the account: read it again, now."""
        with self._lock:
            self._asked += 1
        self._wake.set()

    def _died(self) -> None:
        """A process of the world ended: let the layers look. The account is what it was and is not read again."""
        self._death = True
        self._wake.set()

    def stop(self) -> None:
        """Let ``run`` end after the layer at work."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Go round until stopped."""
        while not self._stop.is_set():
            self._wake.clear()
            self.round()
            if self._wake.wait(PERIOD) and not self._stop.is_set():
                # Requests come in bursts; let the burst go on before reading again.
                self._stop.wait(DEBOUNCE)

    def round(self) -> None:
        """Read the account if it may have changed, then let every layer converge that is not pausing."""
        if not self._look():
            return
        death, self._death = self._death, False
        for status in self._layers:
            if self._stop.is_set():
                return
            # What failed for the first time may have failed of it, while it was at work.
            self._converge(status, at_once=death and status.failures == 1)
        self.rounds += 1
        self._deaths.watch(pid for status in self._layers for pid in _processes(status.layer))

    def converged(self) -> bool:
        """Whether every layer has converged to the account as it is now."""
        return self.rounds > 0 and all(
            status.error is None and status.generation == self._asked for status in self._layers
        )

    def close(self) -> None:
        """Close the layers, last first; what one raises does not keep the others open."""
        self._deaths.close()
        for status in reversed(self._layers):
            try:
                status.layer.close()
            except Exception:
                log.exception("layer %s could not be closed", status.layer.name)

    def status(self) -> list[dict[str, Any]]:
        """One entry per layer: name, error, seconds of its last converge, details."""
        return [
            {
                "name": status.layer.name,
                "error": status.error,
                "failures": status.failures,
                "seconds": round(status.seconds, 3),
                "details": self._details(status.layer),
            }
            for status in self._layers
        ]

    def _look(self) -> bool:
        with self._lock:
            asked = self._asked
        self._stale = self._became_ready() or self._stale
        if asked == self._seen and not self._stale and self._clock() - self._read_at < REREAD:
            return True
        try:
            self.picture = self._read()
        except Exception as error:
            self.read_error = f"{type(error).__name__}: {error}"
            log.exception("could not read the account")
            return False
        self.read_error = None
        self._seen, self._read_at, self._stale = asked, self._clock(), False
        return True

    def _converge(self, status: LayerStatus, at_once: bool = False) -> None:
        begin = self._clock()
        fresh = status.generation != self._seen
        if status.failures and not fresh and not at_once and begin < status.not_before:
            return
        try:
            status.layer.converge(self.picture)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            if message != status.error:
                log.exception("layer %s failed", status.layer.name)
            status.error = message
            status.failures += 1
            status.not_before = self._clock() + min(LONGEST_PAUSE, PERIOD * 2 ** (status.failures - 1))
        else:
            if status.error:
                log.info("layer %s works again", status.layer.name)
            status.error, status.failures = None, 0
        status.generation = self._seen
        status.seconds = self._clock() - begin

    @staticmethod
    def _details(layer: Layer[Any]) -> object:
        try:
            return layer.status()
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}


def _processes(layer: Layer[Any]) -> Iterable[int]:
    """Processes without which a layer's world is not as it should be; most layers have none of their own."""
    processes: Callable[[], Iterable[int]] = getattr(layer, "processes", tuple)
    return list(processes())
