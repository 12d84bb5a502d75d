"""What the layer of load balancers does with containers, on an engine and a network that only remember."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from sandbox.core import files
from sandbox.core.settings import Settings
from sandbox.hosts import engine as engine_module
from sandbox.network.command import CommandError
from sandbox.services.elbv2 import layer as module
from sandbox.services.elbv2.layer import USER, BalancerLayer
from sandbox.services.elbv2.picture import Listener, ListenerRule, LoadBalancer
from sandbox.services.elbv2.target_health import TargetHealth
from sandbox.services.picture import Picture

FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "first"}}


def picture(body: str = "first") -> Picture:
    action = {**FIXED, "FixedResponseConfig": {"StatusCode": "200", "MessageBody": body}}
    listener = Listener("arn:aws:l", "HTTP", 80, (ListenerRule("default", (), (action,)),))
    return Picture(
        load_balancers=(
            LoadBalancer(
                "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/site/1", "site", "vpc-1", "internal", (),
                (("subnet-1", "10.0.0.9"),), None, (listener,),
            ),
        )
    )  # fmt: skip


class FakeEngine:
    def __init__(self) -> None:
        self.refuses = ""
        self.served: list[str] = []  # configuration of each container that was started
        self.options: dict = {}
        self.running = False

    def containers(self, *labels):
        return [SimpleNamespace(name="rlyd-unit-lb-1", running=True, pid=os.getpid())] if self.running else []

    def remove(self, name):
        self.running = False

    def run_once(self, image, argv, *, user, mounts):
        ((directory, _inside),) = mounts.items()
        if self.refuses and self.refuses in (directory / argv[-1].rsplit("/", 1)[1]).read_text():
            raise CommandError(argv, 1, "[ALERT] unknown keyword")
        assert user == USER

    def run_service(self, name, image, namespace, argv, **options):
        self.running, self.options = True, options
        (directory,) = options["mounts"]
        self.served.append((directory / "haproxy.cfg").read_text())


@pytest.fixture
def world(monkeypatch, tmp_path):
    own = os.stat(f"/proc/{os.getpid()}/ns/net")
    path = SimpleNamespace(stat=lambda: own)
    monkeypatch.setattr(module, "netns", SimpleNamespace(exists=lambda name: True, path=lambda name: path))
    monkeypatch.setattr(module.image, "ensure", lambda settings, *, release: "image")
    kernel: dict[str, str] = {}
    monkeypatch.setattr(module.plumbing, "configure", lambda namespace, values: kernel.update(values))
    monkeypatch.setattr(files.os, "fchown", lambda *_: None)
    engine = FakeEngine()
    settings = Settings(name="unit", home=tmp_path, api_port=1, region="ap-northeast-1")
    layer = BalancerLayer(settings, engine, TargetHealth())
    monkeypatch.setattr(layer, "_poll", lambda: None)
    return SimpleNamespace(layer=layer, engine=engine, kernel=kernel)


def test_proxy_reads_its_configuration_and_writes_one_directory_as_nobody(world):
    world.layer.converge(picture())
    (directory,) = world.engine.options["mounts"]
    assert list(world.engine.options["writable"]) == [directory / "run"]
    assert world.engine.options["user"] == USER > 1000
    assert world.kernel == {"net/ipv4/ip_unprivileged_port_start": "0"}
    assert [each.stat().st_mode & 0o077 for each in (world.layer.home, directory, *directory.iterdir())] == [0] * 6


def test_configuration_is_tried_before_the_first_start(world):
    world.engine.refuses = "second"
    with pytest.raises(RuntimeError, match="load balancer site: .*unknown keyword"):
        world.layer.converge(picture("second"))
    assert world.engine.served == []
    world.layer.converge(picture())
    assert len(world.engine.served) == 1


def test_a_proxy_that_ended_comes_back_with_what_it_had_when_the_new_is_refused(world):
    world.layer.converge(picture())
    world.engine.running, world.engine.refuses = False, "second"
    world.layer._running["lb-1"].pid = 0
    with pytest.raises(RuntimeError, match="unknown keyword"):
        world.layer.converge(picture("second"))
    assert world.engine.served[0] == world.engine.served[1] and len(world.engine.served) == 2
    (directory,) = world.engine.options["mounts"]
    assert not (directory / "haproxy.cfg.new").exists()


def test_a_service_is_never_roots_and_mounts_nothing_that_podman_reads_otherwise(tmp_path):
    with pytest.raises(ValueError, match="user of its own"):
        engine_module._confined(0)
    with pytest.raises(ValueError, match="colon"):
        engine_module._confined(7, {tmp_path / "a:b": "/data"})
    words = engine_module._confined(7, {tmp_path: "/conf"}, {tmp_path: "/data"})
    assert {"--user=7:7", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"} <= set(words)
    assert f"--volume={tmp_path}:/conf:ro" in words and f"--volume={tmp_path}:/data:rw" in words
