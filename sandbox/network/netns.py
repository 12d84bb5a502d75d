"""Named network namespaces: made, listed, entered, and used by single commands and sockets."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.network.command import CommandError
from sandbox.network.command import run as run_command

#: Where iproute2 keeps the names.
DIRECTORY = Path("/run/netns")

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def path(name: str) -> Path:
    """File that stands for the namespace, as podman's ``--network ns:`` and slirp4netns want it."""
    return DIRECTORY / name


def exists(name: str) -> bool:
    """Whether the namespace exists; the leftover file of one that is not mounted does not count."""
    return _is_namespace(path(name))


def identity(name: str) -> int | None:
    """Inode of the namespace, another one after it was deleted and made again; None when there is none.

    ``/proc/<pid>/ns/net`` of a process inside has the same inode.
    """
    return path(name).stat().st_ino if exists(name) else None


def names(prefix: str = "") -> list[str]:
    """Names of the namespaces that start with ``prefix``, sorted."""
    try:
        entries = sorted(entry.name for entry in DIRECTORY.iterdir())
    except FileNotFoundError:
        return []
    return [name for name in entries if name.startswith(prefix) and exists(name)]


def create(name: str) -> bool:
    """Make the namespace with ``lo`` up. Returns whether it was missing."""
    if exists(name):
        return False
    path(name).unlink(missing_ok=True)
    run_command(["ip", "netns", "add", name])
    run_command(["ip", "-n", name, "link", "set", "lo", "up"])
    return True


def delete(name: str) -> bool:
    """Remove the name (the kernel keeps the namespace for its last process). Returns whether it existed."""
    if not path(name).exists():
        return False
    if exists(name):
        run_command(["ip", "netns", "delete", name])
    else:
        path(name).unlink(missing_ok=True)
    return True


def run(name: str, argv: Sequence[str], input: str | None = None, timeout: float = 120) -> str:
    """Run a command inside the namespace and return its standard output; raises ``CommandError``."""
    _require(name)
    return run_command(["ip", "netns", "exec", name, *argv], stdin=input, timeout=timeout)


@contextlib.contextmanager
def enter(name: str) -> Iterator[None]:
    """Move the calling thread, and no other, into the namespace for the length of the block.

    Sockets made in the block belong to the namespace for ever. Raises ``CommandError`` when there is no such
    namespace, ``OSError`` when the kernel refuses.
    """
    _require(name)
    with open("/proc/thread-self/ns/net", "rb") as home:
        with path(name).open("rb") as there:
            _setns(there.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def socket_in(
    name: str,
    family: socket.AddressFamily = socket.AF_INET,
    type: socket.SocketKind = socket.SOCK_STREAM,
) -> socket.socket:
    """A new socket that lives in the namespace, whichever thread uses it afterwards."""
    with enter(name):
        return socket.socket(family, type)


def _require(name: str) -> None:
    if not exists(name):
        raise CommandError(["ip", "netns", "exec", name], "not started", f"there is no network namespace {path(name)}")


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def _is_namespace(file: Path) -> bool:
    """A mounted name is on the kernel's nsfs, another device than the directory's tmpfs."""
    try:
        return file.stat().st_dev != DIRECTORY.stat().st_dev
    except FileNotFoundError:
        return False
