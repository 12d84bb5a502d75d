# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A process on a server that has imported already what modules import, and runs each of them in a child of its own.

As ``nursery.py`` does it on the controller; but a server has no Ansible. What it imports comes with it: ``SOURCES`` are the texts
of ``ansible.module_utils`` and of ``nursed.py`` by their path, and stay in memory. Requests come by standard input and answers
go by standard output, as ``exchange.py`` says. Ends with its standard input; programs that it runs go on.
Python 3.9 and newer.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import selectors
import signal
import sys
from collections.abc import Iterator
from importlib.util import spec_from_loader
from typing import Any

#: Given by who starts this.
SOURCES: dict[str, str] = globals().get("SOURCES", {})
#: What is said once requests can come.
READY = b"railyard-outpost\n"
#: What modules import, if it is here.
LIBRARIES = (
    "ansible.module_utils.basic",
    "ansible.module_utils._internal._ansiballz._loader",
    "ansible.module_utils.common.file",
    "ansible.module_utils.common.respawn",
    "ansible.module_utils.service",
    "ansible.module_utils.urls",
    "zipfile",
    "apt",
    "apt_pkg",
)


class Beneath:
    """A package's search path: the directory of that name beneath whatever ``sys.path`` has when it is looked at.

    A module's own archive comes to that path after the package was imported from memory.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __iter__(self) -> Iterator[str]:
        return iter([os.path.join(entry, self.name) for entry in sys.path])


class FromMemory(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Imports what ``SOURCES`` has."""

    def _path(self, name: str) -> str:
        path = name.replace(".", "/")
        return next((one for one in (f"{path}/__init__.py", f"{path}.py") if one in SOURCES), "")

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if not self._path(fullname):
            return None
        found = spec_from_loader(fullname, self)
        if found and self.is_package(fullname):
            found.submodule_search_locations = Beneath(fullname.replace(".", "/"))  # type: ignore[assignment]
        return found

    def is_package(self, fullname: str) -> bool:
        return self._path(fullname).endswith("/__init__.py")

    def get_filename(self, fullname: str) -> str:
        return f"<railyard>/{self._path(fullname)}"

    def get_source(self, fullname: str) -> str:
        return SOURCES[self._path(fullname)]


class Child:
    """A program that runs."""

    def __init__(self, number: int, process: int, out: int, error: int) -> None:
        self.number, self.process = number, process
        self.ended = os.pidfd_open(process)
        self.said = {out: b"", error: b""}
        for file in self.said:
            os.set_blocking(file, False)

    def hear(self, file: int) -> bool:
        """Take what it has said by now. False: it says nothing more there."""
        try:
            more = os.read(file, 1 << 16)
        except BlockingIOError:
            return True
        self.said[file] += more
        return bool(more)

    def reap(self) -> bytes:
        """The answer, once it has ended. What it left running may keep its output open, and is not waited for."""
        _process, status = os.waitpid(self.process, 0)
        os.close(self.ended)
        for file in list(self.said):
            length = -1
            while length != len(self.said[file]):
                length = len(self.said[file])
                self.hear(file)
            os.close(file)
        out, error = self.said.values()
        # As a shell tells of one that was killed.
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return b"%d %d %d %d\n" % (self.number, code, len(out), len(error)) + out + error


def start(number: int, environment: dict[str, str], program: bytes) -> Child:
    """Fork a child for a program."""
    (out, out_end), (error, error_end) = os.pipe(), os.pipe()
    process = os.fork()
    if process:
        os.close(out_end)
        os.close(error_end)
        return Child(number, process, out, error)
    status = 1
    try:
        nursed = sys.modules["nursed"]
        os.dup2(out_end, 1)
        os.dup2(error_end, 2)
        for file in (out, out_end, error, error_end):
            os.close(file)
        os.environ.update(environment)
        status = nursed.run(program)
        nursed.leave()
    finally:
        os._exit(status)


def write(data: bytes) -> None:
    """Say all of it."""
    while data:
        data = data[os.write(1, data) :]


def requests(received: bytes) -> Any:
    """The whole requests of what was received, and the rest."""
    whole = []
    while b"\n" in received:
        head, _newline, body = received.partition(b"\n")
        number, described, length = (int(word) for word in head.split())
        if len(body) < described + length:
            break
        whole.append((number, json.loads(body[:described]), body[described : described + length]))
        received = body[described + length :]
    return whole, received


def serve() -> None:
    """Answer until standard input ends."""
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    received = b""
    while True:
        for key, _events in selector.select():
            child = key.data
            if child is None:
                more = os.read(0, 1 << 20)
                if not more:
                    return
                whole, received = requests(received + more)
                for request in whole:
                    begun = start(*request)
                    for file in (begun.ended, *begun.said):
                        selector.register(file, selectors.EVENT_READ, begun)
            elif key.fd != child.ended:
                if key.fd in selector.get_map() and not child.hear(key.fd):
                    selector.unregister(key.fd)
            else:
                for file in (child.ended, *child.said):
                    if file in selector.get_map():
                        selector.unregister(file)
                write(child.reap())


def main() -> None:
    """Import, say that it is ready, and serve."""
    # A module would take this for the controller where Ansible is installed too.
    sys.modules["ansible._internal"] = None  # type: ignore[assignment]
    sys.meta_path.insert(0, FromMemory())
    importlib.import_module("nursed")
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.freeze()
    write(READY)
    serve()


if SOURCES:
    main()
