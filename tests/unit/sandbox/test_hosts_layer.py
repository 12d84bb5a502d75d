"""What the layer of hosts asks of the engine, for each state of an instance and of its container."""

from __future__ import annotations

from dataclasses import replace

import pytest
from network_pictures import instance, picture

from sandbox.core.settings import Settings
from sandbox.hosts import layer as hosts
from sandbox.hosts.engine import INSTANCE_LABEL, Container
from sandbox.hosts.layer import HostLayer
from sandbox.services.ec2.picture import System
from sandbox.services.picture import Picture

NAME = "rlyd-t-i-1"
SUDOERS = "etc/sudoers.d/90-cloud-user"


class FakeEngine:
    """Keeps containers in memory and remembers what it was asked."""

    def __init__(self, root) -> None:
        self.root = root
        self.calls: list[str] = []
        self.kept: dict[str, Container] = {}
        self.pids = iter(range(1000, 2000))
        self.broken: set[str] = set()
        self.booted: list[str] = []
        self.confined: list[list[str]] = []
        self.written: list[str] = []

    def put(self, state: str, exit_code: int = 0, name: str = NAME) -> None:
        pid = next(self.pids) if state == "running" else 0
        instance_id = name.removeprefix("rlyd-t-")
        self.kept[name] = Container("0", name, state, pid, exit_code, {INSTANCE_LABEL: instance_id})

    def containers(self, *labels):
        return list(self.kept.values())

    def leftovers(self):
        return []

    def create_host(self, name, image, namespace, hostname, instance_id, confinement):
        self.confined.append(confinement)
        self.booted.append(image)
        self._note("create", name)
        self.put("created", name=name)

    def start(self, name):
        self._note("start", name)
        self.put("running", name=name)

    def stop(self, name):
        self._note("stop", name)
        self.put("exited", 130, name)

    def remove(self, name):
        self._note("remove", name)
        self.kept.pop(name, None)

    def exec(self, name, argv, stdin=None):
        assert "BEGIN CERTIFICATE" in stdin
        self._note("trust", name)

    def mount(self, name):
        self._note("write", name)
        return self.root

    def unmount(self, name):
        pass

    def _note(self, verb, name):
        if name in self.broken:
            raise RuntimeError(f"{name} is broken")
        self.calls.append(verb if name == NAME else f"{verb} {name}")


@pytest.fixture
def engine(tmp_path):
    return FakeEngine(tmp_path)


@pytest.fixture
def reported():
    return []


@pytest.fixture
def layer(engine, reported, monkeypatch, tmp_path):
    settings = Settings("t", tmp_path, 0, "ap-northeast-1", release="of the setting")
    made = HostLayer(settings, reported.append, lambda line: None)
    made.engine = engine
    monkeypatch.setattr(hosts.netns, "exists", lambda name: True)
    monkeypatch.setattr(hosts.netns, "identity", lambda name: 7)
    monkeypatch.setattr(
        hosts,
        "_namespace_of",
        lambda pid: 7 if any(c.running and c.pid == pid for c in engine.kept.values()) else None,
    )
    monkeypatch.setattr(
        hosts.image, "ensure", lambda settings, report, recipe, release: f"{release} {recipe.files[SUDOERS][1]}"
    )
    monkeypatch.setattr(hosts.confinement, "options", lambda release, directory: [f"as {release}"])
    monkeypatch.setattr(
        hosts.provisioning, "write", lambda root, files: engine.written.extend(file.path for file in files)
    )
    return made


def asked(*states: str) -> Picture:
    """A picture of instances i-1, i-2 ... in these states."""
    vpcs = picture().vpcs
    instances = tuple(
        instance(f"i-{n}", "subnet-priv1", f"10.0.64.{n + 4}", "sg-web", state=state)
        for n, state in enumerate(states, 1)
    )
    return Picture(vpcs, instances)


@pytest.mark.parametrize(
    ("system", "release", "user", "confined"),
    [
        (System(), "of the setting", "ec2-user", ["as of the setting"]),
        (System("bookworm", "admin"), "bookworm", "admin", ["as bookworm"]),
        (System("trixie", "admin"), "trixie", "admin", ["as trixie"]),
    ],
)
def test_server_boots_the_release_of_its_image_as_that_image_promises(layer, engine, system, release, user, confined):
    wanted = asked("running")
    layer.converge(replace(wanted, instances=(replace(wanted.instances[0], system=system),)))
    assert engine.booted == [f"{release} {user} ALL=(ALL) NOPASSWD:ALL\n"]
    assert engine.confined == [confined]
    assert f"home/{user}/.ssh/authorized_keys" in engine.written


def test_only_a_host_that_carries_packets_of_others_may_set_up_a_packet_filter(layer, engine):
    wanted = asked("running", "running")
    router = replace(wanted.instances[1], forwards=True)
    layer.converge(replace(wanted, instances=(wanted.instances[0], router)))
    assert sorted(engine.confined) == [["as of the setting"], ["as of the setting", "--cap-add=NET_ADMIN"]]


def test_image_is_not_asked_for_while_no_server_is_made(layer, engine, monkeypatch):
    monkeypatch.setattr(hosts.image, "ensure", pytest.fail)
    engine.put("exited")
    layer.converge(asked("running"))
    assert engine.calls == ["start", "trust"]


@pytest.mark.parametrize(
    ("state", "container", "calls"),
    [
        ("pending", None, ["create", "write", "start"]),
        ("running", None, ["create", "write", "start"]),
        ("running", "created", ["write", "start"]),
        ("running", "exited", ["start", "trust"]),
        ("running", "running", ["trust"]),
        ("stopping", "running", ["stop"]),
        ("stopped", "running", ["stop"]),
        ("stopped", "exited", []),
        ("stopped", None, []),
        ("shutting-down", "running", ["remove"]),
        ("terminated", "exited", ["remove"]),
        ("terminated", None, []),
    ],
)
def test_states(layer, engine, reported, state, container, calls):
    if container:
        engine.put(container)
    layer.converge(asked(state))
    assert engine.calls == calls
    assert reported == []
    layer.converge(asked(state))
    assert engine.calls == calls, "a second converge does nothing"


def test_host_that_the_api_does_not_know_is_removed(layer, engine):
    engine.put("running")
    layer.converge(Picture())
    assert engine.calls == ["remove"]


def test_stop_and_start_keep_the_container(layer, engine):
    for state in ("running", "stopped", "running"):
        layer.converge(asked(state))
    assert engine.calls == ["create", "write", "start", "stop", "start"]


def test_system_that_shut_down_is_reported_and_not_started(layer, engine, reported):
    layer.converge(asked("running"))
    engine.put("exited", 130)
    layer.converge(asked("running"))
    assert reported == ["i-1"]
    assert engine.calls[-1:] == ["start"] and len(engine.calls) == 3
    layer.converge(asked("stopped"))
    layer.converge(asked("running"))
    assert engine.calls[3:] == ["start"], "started through the API afterwards"


def test_system_that_reboots_is_started_again(layer, engine, reported):
    layer.converge(asked("running"))
    engine.put("exited", 129)
    layer.converge(asked("running"))
    assert reported == [] and engine.calls[3:] == ["start"]


def test_report_that_fails_is_repeated(layer, engine):
    layer.converge(asked("running"))
    engine.put("exited", 130)

    def refuse(instance_id):
        raise ConnectionError("the API is away")

    heard = []
    layer._stop_instance = refuse
    with pytest.raises(ConnectionError):
        layer.converge(asked("running"))
    layer._stop_instance = heard.append
    layer.converge(asked("running"))
    assert heard == ["i-1"] and len(engine.calls) == 3


def test_host_in_a_namespace_of_the_past_is_moved(layer, engine, monkeypatch):
    layer.converge(asked("running"))
    monkeypatch.setattr(hosts.netns, "identity", lambda name: 8)
    layer.converge(asked("running"))
    assert engine.calls[3:] == ["stop", "start"]


def test_system_that_ended_a_moment_ago_is_looked_at_again_first(layer, engine, reported, monkeypatch):
    layer.converge(asked("running"))
    calls = len(engine.calls)
    monkeypatch.setattr(hosts, "_namespace_of", lambda pid: None)
    layer.converge(asked("running"))
    assert engine.calls[calls:] == []  # for the engine it still runs: how it ended is not known yet
    engine.put("exited", 0)
    layer.converge(asked("running"))
    assert reported == ["i-1"]


def test_host_that_the_engine_takes_for_running_for_good_is_started_again(layer, engine, monkeypatch):
    layer.converge(asked("running"))
    calls = len(engine.calls)
    monkeypatch.setattr(hosts, "_namespace_of", lambda pid: None)
    layer.converge(asked("running"))
    layer.converge(asked("running"))
    assert engine.calls[calls:] == ["stop", "start"]


def test_missing_namespace_is_named(layer, monkeypatch):
    monkeypatch.setattr(hosts.netns, "exists", lambda name: False)
    with pytest.raises(RuntimeError, match="i-1 cannot boot: its network namespace rlyd-t-i-1 is missing"):
        layer.converge(asked("running"))


def test_broken_host_does_not_keep_the_others_from_booting(layer, engine):
    engine.broken = {NAME}
    for _unused in range(2):
        with pytest.raises(RuntimeError, match="rlyd-t-i-1 is broken"):
            layer.converge(asked("running", "running"))
    assert engine.kept["rlyd-t-i-2"].running
    engine.broken = set()
    layer.converge(asked("running", "running"))
    assert engine.kept[NAME].running


def test_several_errors_are_all_told(layer, engine):
    engine.broken = {NAME, "rlyd-t-i-2"}
    with pytest.raises(ExceptionGroup) as caught:
        layer.converge(asked("running", "running"))
    assert len(caught.value.exceptions) == 2


def test_new_address_of_the_same_picture_changes_nothing(layer, engine):
    layer.converge(asked("running"))
    usual = asked("running")
    layer.converge(replace(usual, instances=(replace(usual.instances[0], public_ip="127.1.1.1"),)))
    assert len(engine.calls) == 3


def test_status_and_destroy(layer, engine):
    layer.converge(asked("running", "running"))
    assert [(row["kind"], row["id"], row["state"]) for row in layer.status()] == [
        ("host", "i-1", "running"),
        ("host", "i-2", "running"),
    ]
    layer.destroy()
    assert layer.status() == []
