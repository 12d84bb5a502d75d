"""Servers inside network namespaces that may vanish and come back under the same name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from sandbox.network import netns

_log = logging.getLogger(__name__)


class Server(Protocol):
    """Something that serves in a namespace until closed."""

    def close(self) -> None: ...


class NamespaceServers:
    """Keeps one server per namespace, and makes a new one where the namespace was made anew."""

    def __init__(self, open_server: Callable[[str, str], Server]) -> None:
        """``open_server`` receives the key and the namespace's name; it may raise ``OSError``."""
        self._open = open_server
        self._servers: dict[str, tuple[int, Server]] = {}

    def converge(self, wanted: Iterable[tuple[str, str]]) -> None:
        """``wanted`` are pairs of key and namespace. A namespace that is not there yet is tried the next time.

        Raises the first ``OSError`` of a server that could not open, after all were tried.
        """
        present = {key: name for key, name in wanted if netns.exists(name)}
        inodes = {key: netns.path(name).stat().st_ino for key, name in present.items()}
        for key, (inode, _unused) in list(self._servers.items()):
            if inodes.get(key) != inode:
                self._servers.pop(key)[1].close()
        first: OSError | None = None
        for key, name in present.items():
            if key in self._servers:
                continue
            try:
                self._servers[key] = (inodes[key], self._open(key, name))
            except OSError as error:
                first = first or error
        if first is not None:
            raise first

    def names(self) -> list[str]:
        return sorted(self._servers)

    def close(self) -> None:
        while self._servers:
            self._servers.popitem()[1][1].close()
