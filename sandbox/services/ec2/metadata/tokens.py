"""Session tokens of IMDSv2: each is good for one instance and a limited time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

LONGEST = 21600
#: Live tokens kept per instance; the oldest make room.
_PER_INSTANCE = 256


class Tokens:
    """Thread-safe. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: dict[str, dict[str, float]] = {}

    def issue(self, instance_id: str, seconds: int) -> str:
        """A new token. Raises ``ValueError`` for a life of less than 1 or more than 21600 s."""
        if not 1 <= seconds <= LONGEST:
            raise ValueError(f"a token lives 1 to {LONGEST} seconds, not {seconds}")
        token = secrets.token_urlsafe(40) + "=="
        with self._lock:
            now = self._clock()
            live = {t: end for t, end in self._ends.get(instance_id, {}).items() if end > now}
            while len(live) >= _PER_INSTANCE:
                del live[next(iter(live))]
            live[token] = now + seconds
            self._ends[instance_id] = live
        return token

    def left(self, instance_id: str, token: str) -> int | None:
        """Seconds that the token still lives; None when it is not this instance's or has ended."""
        with self._lock:
            end = self._ends.get(instance_id, {}).get(token, 0.0)
            left = end - self._clock()
            return int(left) + 1 if left > 0 else None
