# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nursery of a run: started by the callback ``preloaded``, asked by the connection of that name."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.railyard.aws.plugins.plugin_utils import nursery

#: That of this run; the processes of its tasks inherit it.
current: Nursery | None = None

#: Hundredths of a second until it has to listen.
_PATIENCE = 1000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)


class NotBegun(Exception):
    """A program was not run; it can be run another way."""


@dataclass(frozen=True)
class Nursery:
    """A process with a socket in a directory that nobody else can enter."""

    process: subprocess.Popen[bytes]
    directory: Path

    @classmethod
    def begin(cls) -> Nursery:
        """Start one. It is asked before it is ready: who asks then waits for it. Raises OSError."""
        directory = Path(tempfile.mkdtemp(prefix="railyard-nursery-"))
        words = [sys.executable, "-P", nursery.__file__, str(directory / "way")]
        return cls(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL), directory)

    def end(self) -> None:
        """Let it end. Programs that it runs go on to their end."""
        if self.process.stdin:
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, program: bytes, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        """Run a program of Python in a child: exit status, standard output and error. Raises NotBegun."""
        umask = os.umask(0o077)
        os.umask(umask)
        circumstances = {"environment": dict(environment), "umask": umask, "directory": os.getcwd()}
        body = json.dumps(circumstances).encode() + b"\n" + program
        with socket.socket(socket.AF_UNIX) as connection:
            self._reach(connection)
            (out, out_end), (error, error_end) = os.pipe(), os.pipe()
            try:
                socket.send_fds(connection, [b"%0*d" % (nursery.DIGITS, len(body))], [out_end, error_end])
            finally:
                os.close(out_end)
                os.close(error_end)
            try:
                connection.sendall(body)
                said, complained = _read(out, error)
            finally:
                os.close(out)
                os.close(error)
            status = connection.recv(1)
        # A child that was killed says nothing.
        return (status[0] if status else 255), said, complained

    def _reach(self, connection: socket.socket) -> None:
        """Connect to the process, which may have been started a moment ago."""
        for _attempt in range(_PATIENCE):
            try:
                connection.connect(str(self.directory / "way"))
            except OSError as error:
                if self.process.poll() is not None:
                    raise NotBegun(f"it ended with {self.process.returncode}") from error
                time.sleep(0.01)
            else:
                return
        raise NotBegun("it does not answer")


def _read(*files: int) -> list[bytes]:
    """All that comes from the files."""
    said: dict[int, list[bytes]] = {file: [] for file in files}
    with selectors.DefaultSelector() as selector:
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        while selector.get_map():
            for key, _events in selector.select():
                data = os.read(key.fd, 1 << 16)
                said[key.fd].append(data)
                if not data:
                    selector.unregister(key.fd)
    return [b"".join(said[file]) for file in files]


def variables(command: str, shell: str, python: str) -> dict[str, str] | None:
    """The variables that a command of Ansible's sets for Python, which reads a module from its input. None: it does something else.

    Such a command is ``/bin/sh -c 'NAME=value ... /path/to/python && sleep 0'``.
    """
    try:
        outer = shlex.split(command)
        words = shlex.split(outer[2]) if outer[:2] == [shell, "-c"] and len(outer) == 3 else []
    except ValueError:
        return None
    given = []
    while words and _VARIABLE.fullmatch(words[0]):
        given.append(words.pop(0))
    if words not in ([python], [python, "&&", "sleep", "0"]):
        return None
    return dict(one.split("=", 1) for one in given)
