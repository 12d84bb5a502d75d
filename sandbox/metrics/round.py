"""What gatherers are given: the account's resources, and the processes behind them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.hosts.engine import Engine
from sandbox.metrics.counters import Counters
from sandbox.services.picture import Picture


@dataclass(frozen=True)
class Round:
    """One look at everything."""

    picture: Picture
    engine: Engine
    #: Name of a container → process id of its first process; those that run.
    pids: Mapping[str, int]
    #: Since the last round; 0 in the first.
    seconds: float
    counters: Counters = field(default_factory=Counters)
    cpus: int = os.cpu_count() or 1

    def container(self, resource_id: str) -> str:
        return f"{self.engine.settings.prefix}-{resource_id}"

    def pid(self, resource_id: str) -> int:
        """The first process behind a resource; 0 where none runs."""
        return self.pids.get(self.container(resource_id), 0)

    def percent(self, key: object, cpu_seconds: float) -> float | None:
        """CPU time that was used since the last round, as a share of the machine's; None while there is no last."""
        grown = self.counters.grown(("cpu", key), cpu_seconds)
        if grown is None or self.seconds <= 0:
            return None
        return min(100.0, 100.0 * grown / self.seconds / self.cpus)
