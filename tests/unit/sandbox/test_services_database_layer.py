"""The database layer with an engine that only notes what it was told."""

from __future__ import annotations

import dataclasses
import os

import pytest

from sandbox.core.settings import Settings
from sandbox.hosts.engine import Container
from sandbox.services.picture import Picture
from sandbox.services.rds import layer as layer_module
from sandbox.services.rds import server as database_server
from sandbox.services.rds.layer import DatabaseLayer
from sandbox.services.rds.picture import DatabaseSnapshot
from sandbox.services.rds.private import Private
from sandbox.services.rds.registry import DatabaseRegistry
from tests.unit.sandbox.database_pictures import DATABASE

CANARY = "canary-password"


class Engine:
    """One container at most per name; ``refuse`` holds words of statements that fail."""

    def __init__(self) -> None:
        self.running: dict[str, Container] = {}
        self.statements: list[str] = []
        self.removed: list[str] = []
        self.refuse: dict[str, str] = {}

    def containers(self, *labels):
        return list(self.running.values())

    def run_service(self, name, image, namespace, argv, *, user, writable, labels):
        (directory,) = writable
        (directory / "data").mkdir(exist_ok=True)
        self.running[name] = Container(name, name, "running", os.getpid(), 0, labels)

    def podman(self, *argv, stdin=None, timeout=0):
        for word, error in self.refuse.items():
            if word in (stdin or ""):
                raise layer_module.CommandError(argv, 1, error, stdin)
        if "mariadb-dump" in " ".join(argv):
            (self.directory / "run" / "dump.sql").write_text("the dump")
        self.statements.append(stdin or argv[-1])
        return ""

    def stop(self, name):
        self.running[name] = dataclasses.replace(self.running[name], state="exited", pid=0)

    def remove(self, name):
        self.running.pop(name, None)
        self.removed.append(name)

    def logs(self, name, lines):
        return "[ERROR] unknown option"


@pytest.fixture
def world(tmp_path, monkeypatch):
    engine = Engine()
    settings = Settings("t", tmp_path / "home", 0, "ap-northeast-1")
    private = {"site": Private(CANARY, 0, None)}
    made = DatabaseLayer(settings, engine, DatabaseRegistry(), private.get)
    engine.directory = made.home / DATABASE.id
    monkeypatch.setattr(layer_module.netns, "exists", lambda name: True)
    monkeypatch.setattr(database_server.netns, "identity", lambda name: os.stat(f"/proc/{os.getpid()}/ns/net").st_ino)
    monkeypatch.setattr(layer_module.database_image, "ensure", lambda *_: "image")
    monkeypatch.setattr("sandbox.core.authority.os.fchown", lambda *_: None)
    made.told = private
    return made


def converge(layer, *databases, snapshots=(), rounds=2):
    for _unused in range(rounds):
        layer.converge(Picture(databases=databases, database_snapshots=tuple(snapshots)))


def test_without_a_database_it_does_nothing(world):
    converge(world)
    assert not world.settings.home.exists()
    assert world.status() == []


def test_state_is_available_once_the_master_can_come(world):
    assert world.states.state(DATABASE.id) == "creating"
    converge(world, DATABASE, rounds=1)
    assert world.states.state(DATABASE.id) == "creating"
    converge(world, DATABASE, rounds=1)
    assert world.states.state(DATABASE.id) == "available"
    assert [row["state"] for row in world.status()] == ["running"]
    assert any("CREATE USER IF NOT EXISTS 'admin'@'%'" in text for text in world.engine.statements)
    assert not any(CANARY in text for text in world.engine.statements)


def test_key_and_data_are_for_their_owner_only(world):
    converge(world, DATABASE)
    directory = world.home / DATABASE.id
    modes = {path.name: path.stat().st_mode & 0o777 for path in (directory, directory / "tls/server-key.pem")}
    assert modes == {DATABASE.id: 0o700, "server-key.pem": 0o600}
    assert (world.settings.home / "authority/ca-key.pem").stat().st_mode & 0o777 == 0o600
    assert world.settings.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE")


def test_nothing_is_said_twice_to_a_converged_server(world):
    converge(world, DATABASE)
    before = list(world.engine.statements)
    converge(world, DATABASE)
    assert world.engine.statements == before


def test_new_password_and_new_parameters_reach_the_running_server(world):
    converge(world, DATABASE)
    (before,) = world.engine.running.values()
    world.engine.statements.clear()
    world.told["site"] = Private("another-password", 0, None)
    world.engine.refuse["thread_stack"] = "ERROR 1238 (HY000): Variable 'thread_stack' is a read only variable"
    changed = dataclasses.replace(DATABASE, parameters=(("max_connections", "9"), ("thread_stack", "262144")))
    converge(world, changed)
    assert "SET GLOBAL max_connections = 9;\n" in world.engine.statements
    assert any("ALTER USER" in text for text in world.engine.statements)
    assert "thread_stack: waits for a reboot" in world.status()[0]["detail"]
    assert list(world.engine.running.values()) == [before]


@pytest.mark.parametrize("why", ["reboot", "port"])
def test_what_needs_a_new_server_process(world, why):
    converge(world, DATABASE)
    world.told["site"] = Private(CANARY, 1 if why == "reboot" else 0, None)
    converge(world, dataclasses.replace(DATABASE, port=3307 if why == "port" else 3306), rounds=1)
    assert world.engine.removed == ["rlyd-t-db-ABC"]
    assert world.states.state(DATABASE.id) == "creating"


def test_stopped_keeps_its_data(world):
    converge(world, DATABASE)
    converge(world, dataclasses.replace(DATABASE, state="stopped"))
    assert world.engine.running == {}
    assert (world.home / DATABASE.id / "data").is_dir()


def test_another_process_adopts_it(world):
    converge(world, DATABASE)
    (before,) = world.engine.running.values()
    again = DatabaseLayer(world.settings, world.engine, DatabaseRegistry(), world.told.get)
    converge(again, DATABASE, rounds=1)
    assert list(world.engine.running.values()) == [before]
    assert again.states.state(DATABASE.id) == "available"


def test_deleted_with_a_snapshot_is_dumped_first(world):
    converge(world, DATABASE)
    converge(world, snapshots=[DatabaseSnapshot("final", DATABASE.id)])
    assert (world.snapshots / "final.sql").read_text() == "the dump"
    assert (world.snapshots / "final.sql").stat().st_mode & 0o777 == 0o600
    assert not (world.home / DATABASE.id).exists()
    assert world.states.snapshot_state("final") == "available"
    converge(world)
    assert not world.home.exists()


def test_dump_that_fails_keeps_the_data(world):
    converge(world, DATABASE)
    world.engine.refuse["SELECT 1"] = "gone"
    world.engine.directory = world.home / "elsewhere"
    database_server._START, kept = 0, database_server._START
    try:
        with pytest.raises(RuntimeError, match="database snapshot final"):
            converge(world, snapshots=[DatabaseSnapshot("final", DATABASE.id)])
    finally:
        database_server._START = kept
    assert (world.home / DATABASE.id / "data").is_dir()
    assert world.states.snapshot_state("final") == "creating"


def test_server_that_ends_at_once_is_said_with_its_words(world, monkeypatch):
    converge(world, DATABASE, rounds=1)
    ended = dataclasses.replace(world.engine.running["rlyd-t-db-ABC"], state="exited", pid=0)
    monkeypatch.setattr(world.engine, "containers", lambda *_: [ended])
    world._servers[DATABASE.id].pid = 0
    with pytest.raises(RuntimeError, match="unknown option"):
        converge(world, DATABASE, rounds=3)
    assert world.states.state(DATABASE.id) == "incompatible-parameters"
    assert world.status()[0]["state"] == "failed"


def test_destroy_removes_everything(world):
    converge(world, DATABASE)
    world.destroy()
    assert world.engine.running == {}
    assert not world.home.exists()
