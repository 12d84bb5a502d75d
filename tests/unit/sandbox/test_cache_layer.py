"""What the layer of caches does with containers, on an engine and a network that only remember."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from cache_pictures import group

from sandbox.core import files
from sandbox.core.settings import Settings
from sandbox.network.command import CommandError
from sandbox.services.elasticache import layer as cache
from sandbox.services.elasticache import node as cache_node
from sandbox.services.elasticache.layer import CacheLayer
from sandbox.services.picture import Picture

PLAIN = group(cluster_mode=False, slots=(), tls=False)


class FakeEngine:
    """Containers by name; a running one has process id 1000 plus its number."""

    def __init__(self) -> None:
        self.running: dict[str, int] = {}
        self.users: set[int] = set()
        self.removed: list[str] = []
        self.started: list[str] = []

    def containers(self, *labels: str) -> list[SimpleNamespace]:
        wanted = labels[0].partition("=")[2]
        found = {name: pid for name, pid in self.running.items() if wanted in ("", name)}
        return [SimpleNamespace(name=name, running=True, pid=pid) for name, pid in found.items()]

    def run_service(self, name: str, image: str, namespace: str, argv, *, user: int, **_unused: object) -> None:
        self.running[name] = 1000 + len(self.started)
        self.started.append(name)
        self.users.add(user)

    def remove(self, name: str) -> None:
        self.running.pop(name, None)
        self.removed.append(name)


class FakeRedis:
    def __init__(self, said: list) -> None:
        self.said = said

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def call(self, *words: str) -> str:
        self.said.append(words)
        return "OK"


@pytest.fixture
def world(monkeypatch, tmp_path):
    """A layer whose nodes run as long as the engine says so."""
    engine, said = FakeEngine(), []
    names = SimpleNamespace(exists=lambda name: True, run=lambda *_: "", identity=lambda name: 7)
    monkeypatch.setattr(cache, "netns", names)
    monkeypatch.setattr(cache_node, "netns", names)
    monkeypatch.setattr(cache_node.cache_image, "ensure", lambda *_unused: "image")
    monkeypatch.setattr(cache_node.Node, "connect", lambda self: FakeRedis(said))
    monkeypatch.setattr(cache_node.Node, "alive", lambda self: self.container in engine.running)
    monkeypatch.setattr(files.os, "fchown", lambda *_: None)
    settings = Settings(name="unit", home=tmp_path, api_port=1, region="ap-northeast-1")
    return SimpleNamespace(layer=CacheLayer(settings, engine), engine=engine, said=said, names=names, settings=settings)


def test_without_caches_nothing_is_made_or_asked(world, monkeypatch):
    monkeypatch.setattr(world.engine, "containers", None)
    world.layer.converge(Picture())
    assert not world.layer.home.exists()
    assert world.layer.status() == []


def test_nodes_are_started_once_and_without_rights(world):
    for _unused in range(2):
        world.layer.converge(Picture(replication_groups=(PLAIN,)))
    assert world.engine.started == ["rlyd-unit-node-1", "rlyd-unit-node-2"]
    assert world.engine.users == {cache_node.USER}
    assert [(row["kind"], row["state"]) for row in world.layer.status()] == [
        ("cache", "running"),
        ("cache node", "running"),
        ("cache node", "running"),
    ]


def test_another_process_adopts_what_runs(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    CacheLayer(world.settings, world.engine).converge(Picture(replication_groups=(PLAIN,)))
    assert len(world.engine.started) == 2


def test_node_that_died_is_started_again(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    del world.engine.running["rlyd-unit-node-1"]
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    assert world.engine.started[2:] == ["rlyd-unit-node-1"]


def test_changed_parameter_is_set_while_the_nodes_run(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    world.said.clear()
    changed = group(cluster_mode=False, slots=(), tls=False, parameters=(("timeout", "30"), ("databases", "16")))
    world.layer.converge(Picture(replication_groups=(changed,)))
    assert world.said == [("CONFIG", "SET", "timeout", "30")] * 2
    assert len(world.engine.started) == 2


def test_transit_encryption_restarts_the_nodes_with_certificates(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    world.layer.converge(Picture(replication_groups=(group(cluster_mode=False, slots=()),)))
    assert len(world.engine.started) == 4
    directory = world.layer.home / "cache-1" / "node-1"
    assert (directory / "ca.pem").read_text() == (world.settings.home / "client" / "ca.pem").read_text()
    for secret in (directory / "node.key", directory / "redis.conf", directory.parent / "secret"):
        assert secret.stat().st_mode & 0o077 == 0


def test_replica_that_the_api_dropped_is_removed(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    world.layer.converge(
        Picture(replication_groups=(group(cluster_mode=False, slots=(), tls=False, nodes=PLAIN.nodes[:1]),))
    )
    assert set(world.engine.running) == {"rlyd-unit-node-1"}
    assert not (world.layer.home / "cache-1" / "node-2").exists()


def test_deleted_group_goes_also_after_a_restart_of_the_daemon(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    CacheLayer(world.settings, world.engine).converge(Picture())
    assert world.engine.running == {}
    assert list(world.layer.home.iterdir()) == []


def test_group_without_its_network_waits(world):
    world.names.exists = lambda name: False
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    assert world.engine.started == []
    assert [row["state"] for row in world.layer.status()] == ["waiting"]


def test_failure_names_the_cache_and_spares_the_others(world, monkeypatch):
    other = group(key="cache-2", id="other", cluster_mode=False, slots=(), tls=False, nodes=PLAIN.nodes[1:])
    broken = group(cluster_mode=False, slots=(), tls=False, nodes=PLAIN.nodes[:1])
    start = world.engine.run_service

    def refuse(name, *arguments, **more):
        if name == "rlyd-unit-node-1":
            raise CommandError(["podman"], 125, "no room")
        start(name, *arguments, **more)

    monkeypatch.setattr(world.engine, "run_service", refuse)
    with pytest.raises(RuntimeError, match="cache site: .*no room"):
        world.layer.converge(Picture(replication_groups=(broken, other)))
    assert world.engine.started == ["rlyd-unit-node-2"]


def test_place_of_a_node_is_kept_for_when_the_api_no_longer_tells(world):
    world.layer.converge(Picture(replication_groups=(PLAIN,)))
    kept = json.loads((world.layer.home / "cache-1" / "node-2" / "place.json").read_text())
    assert kept == {"id": "site-0001-002", "shard": "0001", "primary": False, "address": "10.0.80.22", "port": 6379}
