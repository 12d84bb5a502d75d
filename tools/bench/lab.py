"""A sandbox for one measurement."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.e2e.lab import Lab, temporary

NAME = "bench"
PORT = 5191


def lab(**environment: str) -> AbstractContextManager[Lab]:
    """A sandbox that is not up yet, with more in its environment; it is gone with everything of it afterwards."""
    return temporary(NAME, PORT, **environment)
