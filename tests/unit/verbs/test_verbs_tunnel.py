"""tunnel: bytes both ways, of as many connections as there are; a client's command without a password."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from tools.verbs import tunnel
from tools.verbs.trouble import Trouble

DATABASE = {
    "address": "db",
    "port": 3306,
    "engine": "mysql",
    "name": "shop",
    "user": "shop",
    "secret": "/shop/app/database-password",
    "beside": {"queue": "", "cable": "shop_sockets"},
}


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that greets, and sends back what it gets in capitals until there is no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _from = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"hello ")
                    while data := connection.recv(4096):
                        connection.sendall(data.upper())

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_bytes_pass_both_ways_and_the_end_of_each_side_too(echo: int) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", tunnel.RELAY, "127.0.0.1", str(echo)]
    passing = threading.Thread(target=tunnel._pass, args=(theirs, command))
    passing.start()
    with ours:
        ours.settimeout(20)
        # The server speaks first, as databases do.
        assert ours.recv(100) == b"hello "
        payload = bytes(range(97, 123)) * 20000
        threading.Thread(target=lambda: (ours.sendall(payload), ours.shutdown(socket.SHUT_WR)), daemon=True).start()
        got = b""
        while data := ours.recv(65536):
            got += data
    assert got == payload.upper()
    passing.join(20)
    assert not passing.is_alive()


def test_a_port_that_is_taken_is_refused_with_another() -> None:
    with tunnel.listener(0) as taken, pytest.raises(Trouble, match="--port"):
        tunnel.listener(taken.getsockname()[1])


def test_the_port_is_this_machines_alone() -> None:
    with tunnel.listener(0) as local:
        assert local.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("engine", "client"),
    [("mysql", "mysql --host=127.0.0.1 --port=13306"), ("mariadb", "mysql "), ("postgres", "psql ")],
)
def test_the_clients_command_carries_no_password(engine: str, client: str) -> None:
    command = tunnel.client_command({**DATABASE, "engine": engine}, "shop", 13306)
    assert command.startswith(client) and "shop" in command and "password=" not in command


def test_each_of_several_databases_has_a_command() -> None:
    assert tunnel.names(DATABASE) == ["shop", "shop_queue", "shop_sockets"]
