"""A sandbox for one measurement."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.lab import Lab

NAME = "bench"
PORT = 5191


@contextlib.contextmanager
def lab(**environment: str) -> Iterator[Lab]:
    """A sandbox that is not up yet, with more in its environment; it is gone with everything of it afterwards."""
    root = Path(tempfile.mkdtemp(prefix="rly-"))
    made = Lab(root, NAME, PORT)
    made.environment |= environment
    try:
        yield made
    finally:
        made.sandbox("down")
        shutil.rmtree(root)
