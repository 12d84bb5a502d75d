# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A process beside a run, which the processes of its tasks ask through a socket."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Self


class NotBegun(Exception):
    """A program was not run; it can be run another way."""


@dataclass
class Companion:
    """A process with a socket in a directory that nobody else can enter."""

    process: subprocess.Popen[bytes]
    directory: Path

    #: What it runs, by itself, with the socket's path and file descriptor; it ends with its standard input, which ends with the run.
    program: ClassVar[ModuleType]

    @classmethod
    def begin(cls) -> Self:
        """Start one. The socket is there at once, and who asks before the process is ready waits for it. Raises OSError.

        The processes of tasks could not tell one that is not ready yet from one that ended: it is not their child.
        """
        file = str(cls.program.__file__)
        directory = Path(tempfile.mkdtemp(prefix=f"railyard-{Path(file).stem}-"))
        way = str(directory / "way")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(way)
            listening.listen(64)
            words = [sys.executable, "-P", file, way, str(listening.fileno())]
            process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listening.fileno()])
        return cls(process, directory)

    def end(self) -> None:
        """Let it end. Programs that it runs go on to their end."""
        if self.process.stdin:
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """A connection to the process. Raises NotBegun where there is none, or none any more: then it has not taken the whole request."""
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self.directory / "way"))
                yield connection
            except OSError as error:
                raise NotBegun(f"it ended with {self.process.poll()}") from error
