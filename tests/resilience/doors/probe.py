"""Many TCP connections at once, out of a network namespace: which ports of an address answer."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import ssl
import time
from collections.abc import Sequence

from sandbox.network import netns
from tests.resilience.doors.rules import ANSWERS, CLOSED, NOTHING

#: Connections at once, and seconds until one that nothing came back for is given up.
AT_ONCE, PATIENCE = 800, 0.6

_REFUSED = {
    errno.ECONNREFUSED: CLOSED,
    **dict.fromkeys((errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EACCES), NOTHING),
}


def _verdict(code: int) -> str:
    if code and code not in _REFUSED:
        raise OSError(code, os.strerror(code))
    return _REFUSED[code] if code else ANSWERS


def sweep(namespace: str, own: str, address: str, ports: Sequence[int], patience: float = PATIENCE) -> dict[int, str]:
    """What a connection to each port came to; ``namespace`` is empty for the controller's own."""
    found: dict[int, str] = {}
    for first in range(0, len(ports), AT_ONCE):
        found |= _some(namespace, own, address, ports[first : first + AT_ONCE], patience)
    return found


def _some(namespace: str, own: str, address: str, ports: Sequence[int], patience: float) -> dict[int, str]:
    found: dict[int, str] = {}
    with contextlib.ExitStack() as open_, selectors.DefaultSelector() as selector:
        with netns.enter(namespace) if namespace else contextlib.nullcontext():
            sockets = [open_.enter_context(socket.socket()) for _port in ports]
        for port, one in zip(ports, sockets, strict=True):
            one.setblocking(False)
            if own:
                one.bind((own, 0))
            code = one.connect_ex((address, port))
            if code == errno.EINPROGRESS:
                selector.register(one, selectors.EVENT_WRITE, port)
            else:
                found[port] = _verdict(code)
        end = time.monotonic() + patience
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _events in selector.select(left):
                found[key.data] = _verdict(key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))  # type: ignore[union-attr]
                selector.unregister(key.fileobj)
        return found | {key.data: NOTHING for key in selector.get_map().values()}


def says(address: str, port: int, seconds: float) -> bool:
    """Whether somebody answers a word at a port of the controller's, which takes connections before it asks inside."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), seconds) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        if connection.recv(1):
            return True
    # Who speaks TLS takes that for noise, and hangs up. Whose certificate it is does not matter here.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    with (
        contextlib.suppress(OSError),
        socket.create_connection((address, port), seconds) as connection,
        tls.wrap_socket(connection) as spoken,
    ):
        return spoken.version() is not None
    return False
