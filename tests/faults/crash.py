"""A run that ends in the middle: all its processes are killed after the k-th call that changed something."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path


class Crash:
    """Counts the changing calls of all processes of a run, in a directory that they share.

    ``end`` is what happens after the last one, where that is not the end of the run's processes.
    """

    def __init__(self, state: Path, after: int, end: Callable[[], None] | None = None) -> None:
        self.state, self.after = state, after
        self.end = end or (lambda: kill(f"RAILYARD_FAULTS={state}"))
        state.mkdir(parents=True, exist_ok=True)

    def changed(self, service: str, action: str) -> None:
        """One more call was carried out; at the last one this process and the whole run end here."""
        with (self.state / "calls").open("a+") as file:
            # Held until the kill, so that no other process of the run makes one more call and counts it.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            number = len(file.read().splitlines()) + 1
            file.write(f"{service} {action}\n")
            file.flush()
            if number >= self.after:
                self.end()

    def calls(self) -> list[str]:
        """What was called, as ``service Action``."""
        file = self.state / "calls"
        return file.read_text().splitlines() if file.exists() else []


def kill(marker: str) -> None:
    """End every process that has the marker in its environment, as by a machine that goes away; this one last."""
    own = os.getpid()
    # The oldest first: who started the others is not to see them end.
    while found := [pid for pid in marked(marker) if pid != own]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    os.kill(own, signal.SIGKILL)


def marked(marker: str) -> list[int]:
    """Processes with the marker in the environment that they were started with, those that have ended left out."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if marker.encode() in Path(entry.path, "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return sorted(found)
