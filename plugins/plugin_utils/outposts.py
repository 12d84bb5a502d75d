# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules on servers: the exchange of a run, and what of a command of Ansible's it can have run for it."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

from ansible_collections.railyard.aws.plugins.plugin_utils import exchange
from ansible_collections.railyard.aws.plugins.plugin_utils.commands import assigned
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import Companion, NotBegun

#: That of this run; the processes of its tasks inherit it.
current: Exchange | None = None

_PYTHON = re.compile(r"/[A-Za-z0-9_./-]*/python[0-9.]*")
_BECOME = re.compile(r"echo BECOME-SUCCESS-[a-z]+ ; (.*)", re.DOTALL)


@dataclass
class Exchange(Companion):
    """Reaches servers, and keeps the ways to them."""

    #: Logins of another epoch are made anew, as what a play changed may be of their environment.
    epoch: int = 0

    program: ClassVar[ModuleType] = exchange

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
        with self.connection() as connection:
            connection.sendall(json.dumps(request).encode() + b"\n" + program)
            with connection.makefile("rb") as answer:
                head, said = answer.readline(), answer.read()
        return (json.loads(head) if head else {}), said


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
    given, words = assigned(words)
    if len(words) != 1 or not _PYTHON.fullmatch(words[0]):
        return None
    start = f"exec {shlex.quote(words[0])} -c {shlex.quote('exec(input())')}"
    if becoming:
        start = f"exec {shlex.join([*becoming, start])}"
    return shlex.join([outer[0], "-c", start]), given
