"""Counters that only grow, read now and then: how much they grew."""

from __future__ import annotations

from collections.abc import Hashable


class Counters:
    """Not safe between threads."""

    def __init__(self) -> None:
        self._before: dict[Hashable, float] = {}
        self._now: dict[Hashable, float] = {}

    def begin(self) -> None:
        """A round begins: what was not read in the last one is forgotten."""
        self._before, self._now = self._now, {}

    def grown(self, key: Hashable, value: float) -> float | None:
        """By how much since the last round; None of one that is new.

        A counter that is smaller than before began again, with its process, and grew by all that it shows.
        """
        before = self._before.get(key)
        self._now[key] = value
        if before is None:
            return None
        return value - before if value >= before else value
