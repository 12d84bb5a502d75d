"""What the load balancers think of their targets: written by the balancer layer, read by the emulated API.

Both live in the daemon's process, so this is a dictionary behind a lock and nothing more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: (ARN of the target group, instance id or address, port)
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Health:
    """One target's health, in the words of ``describe_target_health``."""

    state: str  # initial | healthy | unhealthy | unused | draining
    reason: str | None = None
    description: str | None = None


INITIAL = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = Health("healthy")
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")


class TargetHealth:
    """Thread-safe. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._health: dict[Key, Health] = {}
        self._draining: dict[Key, float] = {}

    def put(self, key: Key, health: Health) -> None:
        """Note what the load balancer saw of a registered target."""
        with self._lock:
            self._health[key] = health

    def get(self, key: Key) -> Health | None:
        """Last known health of a registered target; None when no load balancer has looked yet."""
        with self._lock:
            return self._health.get(key)

    def forget(self, key: Key) -> None:
        """No load balancer looks at the target any more."""
        with self._lock:
            self._health.pop(key, None)

    def register(self, key: Key) -> None:
        """A target was (again) registered: it drains no longer and starts unknown."""
        with self._lock:
            if self._draining.pop(key, None) is not None:
                self._health.pop(key, None)

    def deregister(self, key: Key, delay: float) -> None:
        """A target was deregistered: it drains for ``delay`` seconds."""
        with self._lock:
            self._health.pop(key, None)
            if delay > 0:
                self._draining[key] = self._clock() + delay

    def draining(self, target_group_arn: str) -> list[tuple[str, int]]:
        """Targets (id, port) of the group whose deregistration delay still runs."""
        with self._lock:
            now = self._clock()
            self._draining = {key: end for key, end in self._draining.items() if end > now}
            return sorted((key[1], key[2]) for key in self._draining if key[0] == target_group_arn)

    def forget_group(self, target_group_arn: str) -> None:
        """The target group was deleted."""
        with self._lock:
            for table in (self._health, self._draining):
                for key in [key for key in table if key[0] == target_group_arn]:
                    del table[key]


#: The daemon's one registry.
registry = TargetHealth()
