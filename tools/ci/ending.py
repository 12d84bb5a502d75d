"""How CI ends a run: once, and never between the making of something and the words that take it back.

A runner that cancels says SIGINT, some seconds later SIGTERM, and kills what is left.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Ending:
    """What came, and whether it has to wait."""

    came: int | None = None
    held: bool = False


@contextmanager
def once() -> Iterator[None]:
    """In the block the first of the signals raises SystemExit(128 + its number), and those after it do nothing."""
    _Ending.came = None
    # A handler, not SIG_IGN, which the programs that are started would have from us.
    before = {number: signal.signal(number, _end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    if _Ending.came is None:
        _Ending.came = number
        if not _Ending.held:
            raise SystemExit(128 + number)


@contextmanager
def held() -> Iterator[None]:
    """A signal that comes in the block raises when the block is left: what was made there has its name by then."""
    before, _Ending.held = _Ending.came, True
    try:
        yield
    finally:
        _Ending.held = False
    if before is None and _Ending.came is not None:
        raise SystemExit(128 + _Ending.came)
