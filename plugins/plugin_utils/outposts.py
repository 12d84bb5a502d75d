# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules on servers: the exchange of a run, and what of a command of Ansible's it can have run for it."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.plugin_utils import exchange
from ansible_collections.railyard.aws.plugins.plugin_utils.preloaded import NotBegun

#: That of this run; the processes of its tasks inherit it.
current: Exchange | None = None

#: Hundredths of a second until it has to listen.
_PATIENCE = 1000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_PYTHON = re.compile(r"/[A-Za-z0-9_./-]*/python[0-9.]*")
_BECOME = re.compile(r"echo BECOME-SUCCESS-[a-z]+ ; (.*)", re.DOTALL)


@dataclass
class Exchange:
    """A process with a socket in a directory that nobody else can enter."""

    process: subprocess.Popen[bytes]
    directory: Path
    #: Logins of another epoch are made anew, as what a play changed may be of their environment.
    epoch: int = field(default=0)

    @classmethod
    def begin(cls) -> Exchange:
        """Start one. Raises OSError."""
        directory = Path(tempfile.mkdtemp(prefix="railyard-exchange-"))
        words = [sys.executable, "-P", exchange.__file__, str(directory / "way")]
        return cls(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL), directory)

    def end(self) -> None:
        """Let it end."""
        if self.process.stdin:
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, way: Sequence[str], environment: Mapping[str, str], program: bytes) -> tuple[int, bytes, bytes]:
        """Run a program of Python at the end of a way: exit status, standard output and error. Raises NotBegun.

        A way is an ssh that starts an outpost. Where the connection broke, the program may have begun, as with any ssh.
        """
        request = {"way": list(way), "epoch": self.epoch, "environment": dict(environment), "length": len(program)}
        told, said = self._ask(request, program)
        if "status" not in told:
            raise NotBegun(told.get("reason") or "the exchange ended")
        return told["status"], said[: told["out"]], said[told["out"] :]

    def forget(self, way: Sequence[str]) -> None:
        """End the ways that begin so."""
        with contextlib.suppress(NotBegun):
            self._ask({"forget": list(way)})

    def _ask(self, request: Mapping[str, object], program: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """The answer to a request. Raises NotBegun."""
        with socket.socket(socket.AF_UNIX) as connection:
            self._reach(connection)
            try:
                connection.sendall(json.dumps(request).encode() + b"\n" + program)
                with connection.makefile("rb") as answer:
                    head, said = answer.readline(), answer.read()
            except OSError as error:
                raise NotBegun(str(error)) from error
        return (json.loads(head) if head else {}), said

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


def taken_apart(command: str) -> tuple[str, dict[str, str]] | None:
    """The command that starts an outpost where this one would start a module's Python, and the variables of the module.

    Such a command is ``/bin/sh -c 'NAME=value /usr/bin/python3 && sleep 0'``, or, where one becomes somebody,
    ``/bin/sh -c 'sudo ... -u root /bin/sh -c '"'"'echo BECOME-SUCCESS-... ; NAME=value /usr/bin/python3'"'"' && sleep 0'``.
    None: it does something else.
    """
    try:
        outer = shlex.split(command)
        if outer[1:2] != ["-c"] or len(outer) != 3:
            return None
        words = shlex.split(outer[2])
        if words[-3:] == ["&&", "sleep", "0"]:
            words = words[:-3]
        becoming: list[str] = []
        if words[:1] == ["sudo"]:
            inner = _BECOME.fullmatch(words[-1])
            if inner is None or words[-2] != "-c":
                return None
            becoming, words = words[:-1], shlex.split(inner[1])
    except (ValueError, IndexError):
        return None
    given = {}
    while words and _VARIABLE.fullmatch(words[0]):
        name, _equal, value = words.pop(0).partition("=")
        given[name] = value
    if len(words) != 1 or not _PYTHON.fullmatch(words[0]):
        return None
    start = f"exec {shlex.quote(words[0])} -c {shlex.quote('exec(input())')}"
    if becoming:
        start = f"exec {shlex.join([*becoming, start])}"
    return shlex.join([outer[0], "-c", start]), given
