"""Tells when a process of the world ends, so that nobody has to wait for the next look at it.

A thread waits on descriptors of the processes (``pidfd``); it costs nothing until one ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Iterable


class Deaths:
    """Calls ``ended`` from a thread of its own whenever a watched process is gone."""

    def __init__(self, ended: Callable[[], object]) -> None:
        self._ended = ended
        self._watched: dict[int, int] = {}  # process id → descriptor
        self._gone: set[int] = set()  # told of already: who names one still has not looked since
        self._poll = select.epoll()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def watch(self, pids: Iterable[int]) -> None:
        """Watch these processes and no others; one that is gone already is told of at once."""
        wanted = {pid for pid in pids if pid > 0}
        with self._lock:
            if self._closed:
                return
            for pid in set(self._watched) - wanted:
                self._forget(pid)
            self._gone &= wanted
            gone = {pid for pid in wanted - set(self._watched) - self._gone if not self._add(pid)}
            self._gone |= gone
            if self._watched and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deaths", daemon=True)
                self._thread.start()
        if gone:
            self._ended()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for pid in list(self._watched):
                self._forget(pid)
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._poll.close()

    def _add(self, pid: int) -> bool:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        self._watched[pid] = descriptor
        # Once: an ended process stays so until the layer has looked.
        self._poll.register(descriptor, select.EPOLLIN | select.EPOLLONESHOT)
        return True

    def _forget(self, pid: int) -> None:
        descriptor = self._watched.pop(pid)
        with contextlib.suppress(OSError):
            self._poll.unregister(descriptor)
        os.close(descriptor)

    def _run(self) -> None:
        while not self._closed:
            # A process added meanwhile is waited for too; the limit is for `close`.
            if self._poll.poll(0.5) and not self._closed:
                self._ended()
