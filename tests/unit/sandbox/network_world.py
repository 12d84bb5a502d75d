"""A network layer, a namespace in place of the internet, and probes from all that is in it: for tests of packets."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from network_pictures import BALANCER_A, BALANCER_C, JUMP, WEB1, WEB2

from sandbox.core.settings import CONTROLLER_ADDRESS, Settings
from sandbox.network import command, nat, netns
from sandbox.network.layer import NetworkLayer
from sandbox.services.picture import Picture

OUTSIDE = "203.0.113.10"
CONTROLLER = ("vpc-1", CONTROLLER_ADDRESS)
PLACES = {
    "jump": ("i-jump", JUMP),
    "web1": ("i-web1", WEB1),
    "web2": ("i-web2", WEB2),
    "alb-a": ("lb-abc1", BALANCER_A),
    "alb-c": ("lb-abc1", BALANCER_C),
    "controller": CONTROLLER,
}


class World:
    """A network layer, with a namespace in place of the internet behind the NAT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.layer = NetworkLayer(settings)
        self.internet = f"{settings.prefix}-internet"
        self.nat: int | None = None

    def start_nat(self, namespace: str, cidr: str, mtu: int, log: object) -> int:
        netns.create(self.internet)
        gateway, link = (cidr.replace(".0/24", f".{last}/24") for last in (2, 100))
        command.run(["ip", "-n", namespace, "link", "add", "tap0", "type", "veth", "peer", "name", "tap0",
                     "netns", self.internet])  # fmt: skip
        for place, lines in (
            (namespace, [f"address add {link} dev tap0", "link set tap0 up",
                         f"route add default via {gateway.split('/')[0]}"]),
            (self.internet, [f"address add {gateway} dev tap0", "link set tap0 up",
                             *(f"address add {a}/32 dev lo" for a in (OUTSIDE, "172.16.0.1", "192.0.2.200"))]),
        ):  # fmt: skip
            command.run(["ip", "-n", place, "-batch", "-"], stdin="\n".join(lines) + "\n")
        self.nat = os.getpid()
        return self.nat

    def stop_nat(self, pid: int) -> None:
        self.nat = None
        netns.delete(self.internet)

    def reaches(self, source: str, address: str, port: int) -> bool:
        resource, own = PLACES[source]
        with netns.socket_in(self.settings.netns(resource)) as probe:
            probe.settimeout(0.25)
            probe.bind((own, 0))
            try:
                probe.connect((address, port))
            except ConnectionRefusedError:
                return True
            except OSError:
                return False
        raise AssertionError(f"somebody listens at {address}:{port}")


@contextlib.contextmanager
def made_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(Settings(f"t{uuid.uuid4().hex[:6]}", folder, 0, "ap-northeast-1"))
    router = made.settings.netns("vpc-1")
    monkeypatch.setattr(nat, "find", lambda namespace: made.nat if namespace == router else None)
    monkeypatch.setattr(nat, "start", made.start_nat)
    monkeypatch.setattr(nat, "stop", made.stop_nat)
    yield made
    made.layer.destroy()
    netns.delete(made.internet)
    assert not [name for name in netns.names() if name.startswith(made.settings.prefix)]


def judge(world: World, asked: Picture, expected: dict[tuple[str, str, int], bool]) -> None:
    world.layer.converge(asked)
    seen = {question: world.reaches(*question) for question in expected}
    assert seen == expected
