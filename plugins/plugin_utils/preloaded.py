# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nursery of a run: started by the callback ``preloaded``, asked by the connection of that name."""

from __future__ import annotations

import json
import os
import selectors
import shlex
import socket
from collections.abc import Mapping
from types import ModuleType
from typing import ClassVar

from ansible_collections.railyard.aws.plugins.plugin_utils import nursery
from ansible_collections.railyard.aws.plugins.plugin_utils.commands import assigned
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import Companion

#: That of this run; the processes of its tasks inherit it.
current: Nursery | None = None


class Nursery(Companion):
    """Runs modules on the controller."""

    program: ClassVar[ModuleType] = nursery

    def run(self, program: bytes, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        """Run a program of Python in a child: exit status, standard output and error. Raises NotBegun."""
        umask = os.umask(0o077)
        os.umask(umask)
        circumstances = {"environment": dict(environment), "umask": umask, "directory": os.getcwd()}
        body = json.dumps(circumstances).encode() + b"\n" + program
        with self.connection() as connection:
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
    given, words = assigned(words)
    return given if words in ([python], [python, "&&", "sleep", "0"]) else None
