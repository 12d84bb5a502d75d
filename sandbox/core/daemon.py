"""One process per sandbox: its lock, its id, its log."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.core.settings import Settings


def pid_file(settings: Settings) -> Path:
    """Holds the daemon's process id, and a lock for as long as it lives."""
    return settings.home / "daemon.pid"


def log_file(settings: Settings) -> Path:
    return settings.home / "sandbox.log"


def running_pid(settings: Settings) -> int | None:
    """Process id of the living daemon. The lock decides, not the number, which may be another's by now."""
    try:
        handle = pid_file(settings).open("r+")
    except FileNotFoundError:
        return None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = handle.read().strip()
            return int(text) if text.isdigit() else None
    return None


class AlreadyRunning(Exception):
    """Another daemon of this sandbox lives."""


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock and show the process id.

    :raises AlreadyRunning: when another process holds it
    """
    settings.make_home()
    with pid_file(settings).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"a daemon of sandbox {settings.name} runs already") from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def memory(pid: int | str = "self") -> int:
    """Resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
