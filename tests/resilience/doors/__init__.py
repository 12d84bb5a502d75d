"""Doors: who gets in where nobody should, on a whole stack with its servers; and whether who should get in does.

Each part is a module of this package with ``SECONDS``, what it takes on two cores, and ``prove(record, lab)``. Without
a limit a part tries all that it has, else what chance takes of it. Their order is of chance, too, so that where time
ends it is another part each time that is left out.
"""

from __future__ import annotations

import importlib
import sys

from tests.e2e.lab import PROJECT
from tests.resilience.doors import stack
from tests.resilience.record import Record

PARTS = ("ways", "metadata", "server_role", "settings", "run", "local_user", "web_page")


def prove(record: Record) -> None:
    # ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
    if str(PROJECT / "collections") not in sys.path:
        sys.path.insert(0, str(PROJECT / "collections"))
    parts = list(PARTS)
    record.random.shuffle(parts)
    with stack.standing(record) as lab:
        for part in parts:
            module = importlib.import_module(f"tests.resilience.doors.{part}")
            if record.trials and not record.time_for(module.SECONDS):
                record.show(f"{record.harness}: {part}: no time for it")
                continue
            try:
                module.prove(record, lab)
            except Exception as error:
                # What a part works with could not be had: that is no trial of it, and not well either.
                record.attempt(f"{part}: prepare", lambda error=error: _again(error))


def _again(error: Exception) -> None:
    raise error
