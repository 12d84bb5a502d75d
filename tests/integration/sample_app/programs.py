"""Programs that a test starts, and ends."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what: Callable[[], object], why: Callable[[], str], patience: float = 30) -> object:
    """The first true value of ``what()``; after ``patience`` seconds fails with the words of ``why()``."""
    end = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < end, why()
        time.sleep(0.1)
    return found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One child process with a log of its own."""

    def __init__(self, log: Path, *argv: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None):
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")[-4000:]

    def ready(self, what: Callable[[], object]) -> None:
        """Wait until ``what()`` is true; fails with the log when it does not become so, or when the program ends."""

        def there() -> object:
            assert self._process.poll() is None, self.log()
            return what()

        until(there, self.log)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(15)
