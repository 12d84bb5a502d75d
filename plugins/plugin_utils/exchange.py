# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A process of the run on the controller that keeps the ways to its servers open, and what runs modules at their ends.

Ansible logs in anew for every task and starts a Python there, which reads Ansible's own libraries again. Here the first task of
a login (a server, and who one becomes there) starts ``outpost.py``, and all later ones are handed to it.

Run by itself, ``python exchange.py SOCKET DESCRIPTOR``. Ends when its standard input does, and then the ways end, too.
A request is a line of JSON and a program; the answer is a line of JSON, and what the program said:

- ``{"way": [ssh, ...], "epoch": 1, "environment": {...}, "length": bytes}``: run it. ``{"status": 0, "out": bytes, "error": bytes}``,
  or ``{"reason": text}`` where it could not be handed over, or the connection broke.
- ``{"forget": [ssh, ...]}``: end every way that begins so. ``{}``.

An epoch is a time in which a login stays as it is: in the next one the same server is logged into again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.util
import itertools
import json
import os
import signal
import socket
import sys
import time
import zlib
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

READY = b"railyard-outpost\n"
#: Seconds until an outpost has to be ready; and until one that was not is tried again.
_PATIENCE, _PAUSE = 60, 15


class Lost(Exception):
    """There is no way, or there is none any more."""


def bundle() -> bytes:
    """The line of Python that starts an outpost."""
    found = importlib.util.find_spec("ansible")
    if found is None or not found.submodule_search_locations:
        raise Lost("Ansible is not installed")
    root = Path(found.submodule_search_locations[0])
    files = {path: path.relative_to(root.parent).as_posix() for path in (root / "module_utils").rglob("*.py")}
    here = Path(__file__)
    sources = {name: path.read_text("utf-8") for path, name in files.items()}
    sources |= {"ansible/__init__.py": "", "nursed.py": here.with_name("nursed.py").read_text("utf-8")}
    packed = base64.b64encode(zlib.compress(json.dumps([here.with_name("outpost.py").read_text("utf-8"), sources]).encode(), 1))
    return (
        b"import base64, json, zlib; program, sources = json.loads(zlib.decompress(base64.b64decode('%s'))); "
        b"exec(compile(program, '<railyard>/outpost.py', 'exec'), {'__name__': 'outpost', 'SOURCES': sources})\n"
    ) % packed


class Way:
    """A login to a server, and the outpost at its end."""

    def __init__(self, process: Process, stdin: StreamWriter, stdout: StreamReader, epoch: int) -> None:
        self._process, self._stdin, self._stdout, self.epoch = process, stdin, stdout, epoch
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[tuple[int, bytes, bytes]]] = {}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def begin(cls, words: list[str], epoch: int, line: bytes) -> Way:
        """Log in. Raises Lost."""
        try:
            process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        except OSError as error:
            raise Lost(str(error)) from error
        if process.stdin is None or process.stdout is None:
            raise Lost("it has no pipes")
        way = cls(process, process.stdin, process.stdout, epoch)
        try:
            await way._write(line)
            await asyncio.wait_for(way._greeting(), _PATIENCE)
        except (OSError, ValueError) as error:
            way.end()
            raise Lost("it did not become ready" if isinstance(error, TimeoutError) else "the login ended") from error
        way._reading = asyncio.create_task(way._read())
        return way

    async def _greeting(self) -> None:
        """Skip what the login says. Raises OSError."""
        while (line := await self._stdout.readline()) != READY:
            if not line:
                raise OSError("the login ended")

    async def _write(self, data: bytes) -> None:
        self._stdin.write(data)
        await self._stdin.drain()

    async def _read(self) -> None:
        """Take answers until there are no more."""
        with contextlib.suppress(IncompleteReadError, OSError, ValueError):
            while head := await self._stdout.readline():
                number, status, out, error = (int(word) for word in head.split())
                said = await self._stdout.readexactly(out)
                complained = await self._stdout.readexactly(error)
                waiting = self._waiting.pop(number)
                if not waiting.done():
                    waiting.set_result((status, said, complained))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Lost("the connection broke"))
        self._waiting.clear()

    def open(self) -> bool:
        """Whether it still leads anywhere."""
        return self._reading is not None and not self._reading.done()

    async def run(self, environment: dict[str, str], program: bytes) -> tuple[int, bytes, bytes]:
        """Have a program run. Raises Lost."""
        described, number = json.dumps(environment).encode(), next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._write(b"%d %d %d\n" % (number, len(described), len(program)) + described + program)
        except OSError as error:
            self._waiting.pop(number, None)
            raise Lost(str(error)) from error
        if not self.open():
            self._waiting.pop(number, None)
            raise Lost("the connection broke")
        return await answer

    def end(self) -> None:
        """Hang up. Its outpost ends, not what that runs."""
        self._stdin.close()
        if self._reading is None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()


class Exchange:
    """All ways of a run."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, ...], asyncio.Task[Way]] = {}
        self._failed: dict[tuple[str, ...], float] = {}
        self._line = b""

    async def way(self, words: list[str], epoch: int) -> Way:
        """The one that begins with these words, made if there is none. Raises Lost."""
        key = tuple(words)
        if time.monotonic() - self._failed.get(key, -_PAUSE) < _PAUSE:
            raise Lost("it was not to be had a moment ago")
        task = self._ways.get(key)
        if task and task.done() and (task.exception() or not task.result().open() or task.result().epoch != epoch):
            self.forget(words)
            task = None
        if task is None:
            self._line = self._line or bundle()
            task = self._ways[key] = asyncio.create_task(Way.begin(words, epoch, self._line))
        try:
            return await asyncio.shield(task)
        except Lost:
            self._failed[key] = time.monotonic()
            raise

    def forget(self, words: list[str]) -> None:
        """End every way that begins with these words."""
        for key in [key for key in self._ways if list(key[: len(words)]) == words]:
            task = self._ways.pop(key)
            if not task.done():
                task.add_done_callback(lambda done: None if done.exception() else done.result().end())
            elif not task.exception():
                task.result().end()
        for key in [key for key in self._failed if list(key[: len(words)]) == words]:
            del self._failed[key]

    async def answer(self, request: dict[str, Any], program: bytes) -> tuple[dict[str, Any], bytes]:
        """What is said to a request."""
        if "forget" in request:
            self.forget(request["forget"])
            return {}, b""
        try:
            way = await self.way(request["way"], request["epoch"])
            status, out, error = await way.run(request["environment"], program)
        except Lost as lost:
            return {"reason": str(lost)}, b""
        return {"status": status, "out": len(out), "error": len(error)}, out + error

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer one request."""
        with contextlib.suppress(IncompleteReadError, OSError):
            request = json.loads(await reader.readline())
            told, said = await self.answer(request, await reader.readexactly(request.get("length", 0)))
            writer.write(json.dumps(told).encode() + b"\n" + said)
            await writer.drain()
        writer.close()


async def main(path: str, listening: socket.socket) -> None:
    """Serve until standard input ends."""
    # Ctrl-C is Ansible's, which ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening.set_inheritable(False)
    exchange, ended = Exchange(), asyncio.Event()
    server = await asyncio.start_unix_server(exchange.serve, sock=listening, limit=1 << 20)
    asyncio.get_running_loop().add_reader(0, ended.set)
    await ended.wait()
    server.close()
    exchange.forget([])
    # A run that was killed leaves the directory to nobody else.
    for remove in (os.unlink, lambda path: os.rmdir(os.path.dirname(path))):
        with contextlib.suppress(OSError):
            remove(path)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], socket.socket(fileno=int(sys.argv[2]))))
