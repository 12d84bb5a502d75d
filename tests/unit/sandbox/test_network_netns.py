"""Namespaces by name: made, entered by one thread, told apart after they were renewed."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from pathlib import Path

import pytest

from sandbox.network import netns
from sandbox.network.command import CommandError, run

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces take root")


@pytest.fixture
def name():
    made = f"rlyd-t{uuid.uuid4().hex[:6]}-x"
    yield made
    netns.delete(made)
    assert not netns.path(made).exists()


@needs_root
def test_create_and_delete_say_whether_they_did_anything(name):
    assert [netns.create(name), netns.create(name)] == [True, False]
    assert netns.exists(name) and name in netns.names(name[:8])
    assert [netns.delete(name), netns.delete(name)] == [True, False]
    assert not netns.exists(name)


@needs_root
def test_loopback_is_up_and_apart_from_the_machines(name):
    netns.create(name)
    server = netns.socket_in(name)
    server.bind(("127.0.0.1", 0))
    server.listen()
    with server, netns.socket_in(name) as inside:
        inside.connect(server.getsockname())
    with socket.socket() as outside, pytest.raises(ConnectionRefusedError):
        outside.connect(server.getsockname() if server.fileno() >= 0 else ("127.0.0.1", 1))


@needs_root
def test_only_the_entering_thread_moves_and_it_comes_back(name):
    def here() -> int:
        return os.stat("/proc/thread-self/ns/net").st_ino

    netns.create(name)
    home = here()
    seen: list[int] = []
    with pytest.raises(ZeroDivisionError), netns.enter(name):
        other = threading.Thread(target=lambda: seen.append(here()))
        assert here() == netns.identity(name) != home
        other.start()
        other.join()
        raise ZeroDivisionError
    assert here() == home
    # A new thread starts where the thread that made it was.
    assert seen == [netns.identity(name)]


@needs_root
def test_identity_changes_with_renewal(name):
    assert netns.identity(name) is None
    netns.create(name)
    first = netns.identity(name)
    with netns.socket_in(name):
        # The socket keeps the first one alive, so that its number is not given again.
        netns.delete(name)
        netns.create(name)
        assert netns.identity(name) not in (None, first)


@needs_root
def test_leftover_file_is_no_namespace(name):
    netns.DIRECTORY.mkdir(exist_ok=True)
    netns.path(name).touch()
    assert not netns.exists(name) and name not in netns.names()
    assert netns.create(name)


def test_missing_namespace_is_named():
    with pytest.raises(CommandError, match="no network namespace /run/netns/rlyd-none"):
        netns.run("rlyd-none", ["true"])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sh", "-c", "echo oh no >&2; exit 3"], "`sh -c 'echo oh no >&2; exit 3'` ended with 3: oh no"),
        (["rlyd-no-such-command"], "install the package that has rlyd-no-such-command"),
    ],
)
def test_failed_command_says_which_and_why(argv, said):
    with pytest.raises(CommandError) as caught:
        run(argv)
    assert said in str(caught.value)


def test_failed_commands_input_is_shown_with_line_numbers():
    with pytest.raises(CommandError, match="  2 two"):
        run(["false"], stdin="one\ntwo\n")


def test_machine_without_namespaces_has_no_names(monkeypatch):
    monkeypatch.setattr(netns, "DIRECTORY", Path("/nonexistent"))
    assert netns.names() == []
