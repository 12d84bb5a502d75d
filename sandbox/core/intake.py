"""Takes what the API says into a picture, resource by resource: an odd one costs itself and no other.

AWS would have refused the value where it was given. Here the resource stays as it last was good; one that never was is
left out. Either is said in the log, once, and in the status for as long as it is so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: What reading an answer raises when a value is missing, is of another type or is no such thing.
_ODD = (ValueError, KeyError, IndexError, TypeError, AttributeError)


class Intake:
    """One reader's memory of what was good. Not safe between threads."""

    def __init__(self) -> None:
        self._good: dict[tuple[str, str], Any] = {}
        self._seen: set[tuple[str, str]] = set()
        self._odd: list[str] = []
        self._told: frozenset[str] = frozenset()

    def begin(self) -> None:
        """A new reading of the account."""
        self._seen, self._odd = set(), []

    def end(self) -> tuple[str, ...]:
        """Forget what is gone from the account; what is odd about the rest, for people."""
        self._good = {key: value for key, value in self._good.items() if key in self._seen}
        for line in self._odd:
            if line not in self._told:
                _log.warning("%s", line)
        self._told = frozenset(self._odd)
        return tuple(self._odd)

    def whole(self, kind: str, identifier: Any, make: Callable[[], T]) -> T | None:
        """A resource with an identifier: what ``make`` returns, or what it last did without an error."""
        key = (kind, str(identifier))
        self._seen.add(key)
        try:
            self._good[key] = made = make()
        except _ODD as error:
            kept = key in self._good
            self._tell(kind, identifier, error, "it stays as it was" if kept else "it is left out")
            return self._good.get(key)
        return made

    def part(self, kind: str, identifier: Any, make: Callable[[], T]) -> T | None:
        """A part of a resource that means nothing by itself; an odd one is left out."""
        try:
            return make()
        except _ODD as error:
            self._tell(kind, identifier, error, "it is left out")
            return None

    def parts(self, kind: str, owner: Any, makes: Iterable[Callable[[], T | None]]) -> tuple[T, ...]:
        """Parts of a resource, without those that are odd or that make nothing."""
        made = (self.part(kind, f"of {owner}", make) for make in makes)
        return tuple(part for part in made if part is not None)

    def _tell(self, kind: str, identifier: Any, error: Exception, outcome: str) -> None:
        what = f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        line = f"{kind} {_shown(str(identifier))}: {_shown(what)}; {outcome}"
        if line not in self._odd:
            self._odd.append(line)


class Strict(Intake):
    """Lets every error out: for answers that are known to be good."""

    def whole(self, kind: str, identifier: Any, make: Callable[[], T]) -> T:
        return make()

    def part(self, kind: str, identifier: Any, make: Callable[[], T]) -> T:
        return make()


def _shown(text: str) -> str:
    """On one line, whatever it holds, and not longer than a screen."""
    plain = text if text.isprintable() else repr(text)[1:-1]
    return plain if len(plain) <= 400 else plain[:400] + "..."
