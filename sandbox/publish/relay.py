"""Relays TCP connections from listening sockets to sockets in other network namespaces: one thread, one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from sandbox.network.command import CommandError

_log = logging.getLogger(__name__)

#: Seconds a connection inside the VPC may take; dropped packets answer nothing.
CONNECT_TIMEOUT = 10.0
#: Bytes under way per direction: reading stops when the other side does not take them.
_CHUNK = 64 * 1024
#: Connections at once per relay; more wait in the listening sockets' queues.
_CONNECTIONS = 512

#: Makes a connected-to-be socket for one inner connection, with the address to connect it to, in order of preference.
Dial = Callable[[], list[tuple[socket.socket, tuple[str, int]]]]


class Relay:
    """Starts its thread at once; ``listen`` and ``forget`` may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._accepting: dict[socket.socket, asyncio.Task[None]] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_CONNECTIONS)
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()

    def listen(self, address: str, dial: Dial, port: int = 0) -> socket.socket:
        """Listen on a port of ``address``, an ephemeral one unless named; raises ``OSError`` when it cannot be had."""
        listening = socket.create_server((address, port), backlog=128)
        listening.setblocking(False)
        self._call(self._start(listening, dial))
        return listening

    def forget(self, listening: socket.socket) -> None:
        """Stop listening; connections under way go on."""
        self._call(self._end(listening))

    def close(self) -> None:
        """End every connection and the thread."""
        if not self._thread.is_alive():
            return
        self._call(self._end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def count(self) -> int:
        """Connections under way."""
        return len(self._connections)

    def _call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    async def _start(self, listening: socket.socket, dial: Dial) -> None:
        self._accepting[listening] = self._loop.create_task(self._accept(listening, dial))

    async def _end(self, listening: socket.socket) -> None:
        task = self._accepting.pop(listening, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        listening.close()

    async def _end_all(self) -> None:
        for listening in list(self._accepting):
            await self._end(listening)
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)

    async def _accept(self, listening: socket.socket, dial: Dial) -> None:
        while True:
            await self._room.acquire()
            try:
                outer, _unused = await self._loop.sock_accept(listening)
            except OSError as error:
                self._room.release()
                _log.warning("a connection could not be accepted: %s", error)
                await asyncio.sleep(0.5)
                continue
            except asyncio.CancelledError:
                self._room.release()
                raise
            task = self._loop.create_task(self._serve(outer, dial))
            self._connections.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        self._room.release()

    async def _serve(self, outer: socket.socket, dial: Dial) -> None:
        outer.setblocking(False)
        inner = None
        try:
            inner = await self._connect(dial)
            if inner is None:
                _reset(outer)
                return
            for each in (outer, inner):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                each.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await self._join(outer, inner)
        finally:
            outer.close()
            if inner is not None:
                inner.close()

    async def _connect(self, dial: Dial) -> socket.socket | None:
        """First inner connection that comes about; None when no target lets one in."""
        try:
            choices = await self._loop.run_in_executor(None, dial)
        except (OSError, CommandError) as error:
            _log.info("no socket inside the VPC: %s", error)
            return None
        chosen = None
        deadline = self._loop.time() + CONNECT_TIMEOUT
        for inner, target in choices:
            if chosen is None and self._loop.time() < deadline:
                with contextlib.suppress(OSError, TimeoutError):
                    inner.setblocking(False)
                    async with asyncio.timeout_at(deadline):
                        await self._loop.sock_connect(inner, target)
                    chosen = inner
                    continue
            inner.close()
        return chosen

    async def _join(self, one: socket.socket, other: socket.socket) -> None:
        """Copy both ways until both have ended; an error on one side resets the other."""
        copies = [self._loop.create_task(self._copy(one, other)), self._loop.create_task(self._copy(other, one))]
        try:
            await asyncio.gather(*copies)
        except OSError:
            _reset(one)
            _reset(other)
        finally:
            for task in copies:
                task.cancel()
            await asyncio.gather(*copies, return_exceptions=True)

    async def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        buffer = bytearray(_CHUNK)
        view = memoryview(buffer)
        while count := await self._loop.sock_recv_into(source, buffer):
            await self._loop.sock_sendall(sink, view[:count])
        # the source has said all it will; the sink may still answer
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    """Let ``close`` send RST instead of FIN: the peer sees a refusal, not an empty answer."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
