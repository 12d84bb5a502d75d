"""Public addresses: loopback addresses of the controller that lead into the VPCs through the security groups.

Listening sockets are on ephemeral ports and an nftables table redirects the published port to them, so that nothing
clashes with the machine's own services that listen on every address. Only 127.0.0.1, where names below ``localhost``
lead, is the machine's own: there the port itself is taken, and left alone where somebody has it already.
"""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Callable
from typing import Any

from sandbox.core.settings import CONTROLLER_ADDRESS, Settings
from sandbox.network import netns
from sandbox.network.command import run
from sandbox.publish.addresses import LOCALHOST, Published, local_sites, published, redirections
from sandbox.publish.relay import Relay
from sandbox.services.picture import Picture


class PublishLayer:
    """Converges listening sockets and redirections of one sandbox."""

    name = "publish"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.table = f"{settings.guard_table}_publish"
        self._relay: Relay | None = None
        self._listening: dict[Published, socket.socket] = {}
        self._taken: list[Published] = []
        self._script: str | None = None

    def converge(self, picture: Picture) -> None:
        """Listen on what the picture publishes and on nothing else. Raises ``OSError``, ``CommandError``."""
        wanted = {*published(picture), *local_sites(picture)}
        gone = [entry for entry in self._listening if entry not in wanted]
        # A load balancer that takes another's place takes its port.
        for entry in [entry for entry in gone if entry.address == LOCALHOST]:
            self._forget(entry)
        self._taken = []
        for entry in sorted(wanted - set(self._listening)):
            self._listen(entry)
        redirected = {entry for entry in wanted & set(self._listening) if entry.address != LOCALHOST}
        self._redirect({(e.address, e.port): self._listening[e].getsockname()[1] for e in redirected})
        for entry in [entry for entry in gone if entry.address != LOCALHOST]:
            self._forget(entry)

    def _listen(self, entry: Published) -> None:
        self._relay = self._relay or Relay()
        port = entry.port if entry.address == LOCALHOST else 0
        try:
            self._listening[entry] = self._relay.listen(entry.address, self._dial(entry), port)
        except OSError as error:
            if entry.address != LOCALHOST or error.errno != errno.EADDRINUSE:
                raise
            self._taken.append(entry)

    def _forget(self, entry: Published) -> None:
        if self._relay is not None:
            self._relay.forget(self._listening.pop(entry))

    def status(self) -> list[dict[str, Any]]:
        """One row per published port, and per port of 127.0.0.1 that somebody else has."""
        taken = [
            {
                "kind": "published port",
                "name": f"{entry.address}:{entry.port}",
                "state": "taken",
                "detail": "another program, or another sandbox, listens there: names below localhost lead to it",
            }
            for entry in list(self._taken)
        ]
        return taken + [
            {
                "kind": "published port",
                "name": f"{entry.address}:{entry.port}",
                "state": "listening",
                "detail": f"{', '.join(entry.targets)} in {entry.vpc_id}",
            }
            for entry in sorted(self._listening)
        ]

    def close(self) -> None:
        """Stop listening; without listeners the redirections would lead nowhere, so they go too."""
        if self._relay is not None:
            self._relay.close()
            self._relay = None
        self._listening.clear()
        self._taken = []
        self._remove_table()

    def destroy(self) -> None:
        """Remove the redirections, those of an earlier process included."""
        self.close()
        self._remove_table()

    def _dial(self, entry: Published) -> Callable[[], list[tuple[socket.socket, tuple[str, int]]]]:
        namespace = self.settings.netns(entry.vpc_id)
        turn = 0

        def dial() -> list[tuple[socket.socket, tuple[str, int]]]:
            nonlocal turn
            if not netns.exists(namespace):
                raise ConnectionRefusedError(f"{entry.vpc_id} has no network yet")
            # a name with two addresses is answered in turn, as DNS does
            turn = (turn + 1) % len(entry.targets)
            choices = []
            for target in entry.targets[turn:] + entry.targets[:turn]:
                inner = netns.socket_in(namespace)
                choices.append((inner, (target, entry.port)))
                inner.bind((CONTROLLER_ADDRESS, 0))
            return choices

        return dial

    def _redirect(self, ports: dict[tuple[str, int], int]) -> None:
        script = redirections(self.table, ports)
        if script != self._script:
            run(["nft", "-f", "-"], stdin=script)
            self._script = script

    def _remove_table(self) -> None:
        if shutil.which("nft"):
            run(["nft", "-f", "-"], stdin=f"table ip {self.table} {{}}\ndelete table ip {self.table}\n")
        self._script = None
