"""Questions that only the machine's own resolvers can answer, asked from the controller's namespace."""

from __future__ import annotations

import socket

_TIMEOUT = 3.0


def ask(query: bytes, over_tcp: bool, servers: list[str]) -> bytes | None:
    """Answer of the first resolver that gives one within 3 s each; None when none does."""
    for server in servers:
        try:
            answer = _tcp(query, server) if over_tcp else _udp(query, server)
        except OSError:
            continue
        if answer[:2] == query[:2]:
            return answer
    return None


def _family(server: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in server else socket.AF_INET


def _udp(query: bytes, server: str) -> bytes:
    with socket.socket(_family(server), socket.SOCK_DGRAM) as connection:
        connection.settimeout(_TIMEOUT)
        connection.connect((server, 53))
        connection.send(query)
        return connection.recv(65535)


def _tcp(query: bytes, server: str) -> bytes:
    with socket.create_connection((server, 53), timeout=_TIMEOUT) as connection:
        connection.sendall(len(query).to_bytes(2, "big") + query)
        return read_message(connection)


def read_message(connection: socket.socket) -> bytes:
    """One DNS message of a TCP connection. Raises ``OSError`` when it ends early."""
    return _read(connection, int.from_bytes(_read(connection, 2), "big"))


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("the connection ended inside a message")
        data += part
    return data
