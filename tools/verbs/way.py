"""A connection of ssh without a command: a way to a server that others take while it stands."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.verbs.stack import Server
from tools.verbs.trouble import Trouble

#: Tenths of a second that ssh may take for it.
_PATIENCE = 300


@contextlib.contextmanager
def _standing(server: Server, options: list[str], stands: Callable[[], bool], otherwise: str) -> Iterator[None]:
    """Keep a connection until the end of the block. Raises Trouble with ``otherwise`` where it does not stand."""
    way = subprocess.Popen(server.connection("-N", *options), stdin=subprocess.DEVNULL)
    try:
        for _attempt in range(_PATIENCE):
            if stands() or way.poll() is not None:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                way.wait(0.1)
        if way.poll() is not None or not stands():
            raise Trouble(otherwise)
        yield
    finally:
        way.terminate()
        try:
            way.wait(5)
        except subprocess.TimeoutExpired:
            way.kill()
            way.wait()


@contextlib.contextmanager
def shared(server: Server, otherwise: str) -> Iterator[list[str]]:
    """ssh's options by which sessions on the server share one connection. Raises Trouble."""
    # Short: a socket's path may have 108 bytes.
    with tempfile.TemporaryDirectory(prefix="rly-", ignore_cleanup_errors=True) as folder:
        options = ["-o", f"ControlPath={folder}/way"]
        with _standing(server, ["-o", "ControlMaster=yes", *options], Path(folder, "way").exists, otherwise):
            yield options


@contextlib.contextmanager
def forwarded(through: Server, address: str, port: int, otherwise: str) -> Iterator[int]:
    """A port of this machine that leads to an address and port, seen from the server ``through``. Raises Trouble."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        local = int(taken.getsockname()[1])

    def stands() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", local), 5):
            return True
        return False

    options = ["-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{local}:{address}:{port}"]
    with _standing(through, options, stands, otherwise):
        yield local
