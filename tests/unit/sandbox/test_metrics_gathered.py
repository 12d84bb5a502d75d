"""What is measured of each kind of resource, from sources that the tests made up."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from sandbox.core.settings import Settings
from sandbox.metrics import usage
from sandbox.metrics.counters import Counters
from sandbox.metrics.round import Round
from sandbox.network.command import CommandError
from sandbox.services.ec2 import metrics as ec2
from sandbox.services.ec2.picture import Instance
from sandbox.services.elasticache import metrics as elasticache
from sandbox.services.elbv2 import metrics as elbv2
from sandbox.services.elbv2.picture import HealthCheck, Listener, ListenerRule, LoadBalancer, Target, TargetGroup
from sandbox.services.elbv2.target_health import HEALTHY, INITIAL, Health, TargetHealth
from sandbox.services.picture import Picture
from sandbox.services.rds import metrics as rds
from tests.unit.sandbox.cache_pictures import group
from tests.unit.sandbox.database_pictures import DATABASE

LB = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/site/1"
TG = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/web/2"
WHOLE = (("LoadBalancer", "app/site/1"),)
PART = (("LoadBalancer", "app/site/1"), ("TargetGroup", "targetgroup/web/2"))


class Rounds:
    """Looks at one picture, a minute apart, with containers that this process stands for."""

    def __init__(self, home, picture: Picture, *running: str) -> None:
        settings = Settings(name="unit", home=home, api_port=1, region="ap-northeast-1")
        self.engine = SimpleNamespace(settings=settings)
        self.picture, self.counters = picture, Counters()
        self.pids = {f"rlyd-unit-{name}": os.getpid() for name in running}
        self.seconds = 0.0

    def next(self, gather, *sources) -> dict[tuple[str, tuple], list[tuple[float, str]]]:
        self.counters.begin()
        look = Round(self.picture, self.engine, self.pids, self.seconds, self.counters, cpus=2)
        self.seconds = 60.0
        found: dict = {}
        for one in gather(look, *sources):
            found.setdefault((one.name, one.dimensions), []).append((one.value, one.unit))
        return found


@pytest.fixture
def kernel(monkeypatch):
    """What the kernel says of every process; tests change it."""
    said = SimpleNamespace(cpu=10.0, memory=512, traffic=usage.Traffic(1000, 500), disk=40.0)
    monkeypatch.setattr(usage, "cpu_seconds", lambda pid: said.cpu)
    monkeypatch.setattr(usage, "memory_bytes", lambda pid: said.memory)
    monkeypatch.setattr(usage, "traffic", lambda pid: said.traffic)
    monkeypatch.setattr(usage, "disk_used_percent", lambda pid: said.disk)
    monkeypatch.setattr(usage, "machine", lambda: usage.Machine(1024, 256))
    return said


def instance(state: str = "running") -> Instance:
    return Instance(
        id="i-1", vpc_id="vpc-1", subnet_id="subnet-1", state=state, private_ip="10.0.0.4", public_ip=None,
        group_ids=(), mac="02:00:00:00:00:01", image_id="ami-1", instance_type="t3.micro", zone="ap-northeast-1a",
        public_key=None, key_name=None, user_data=None, profile_arn=None,
    )  # fmt: skip


def test_an_instance_that_runs(tmp_path, kernel):
    rounds, its = Rounds(tmp_path, Picture(instances=(instance(),)), "i-1"), (("InstanceId", "i-1"),)
    first = rounds.next(ec2.gather)
    assert first["StatusCheckFailed", its] == [(0.0, "Count")]
    assert first["mem_used_percent", its] == [(50.0, "Percent")]
    assert first["disk_used_percent", (("InstanceId", "i-1"), ("path", "/"))] == [(40.0, "Percent")]
    assert ("CPUUtilization", its) not in first and ("NetworkOut", its) not in first
    kernel.cpu, kernel.traffic = 40.0, usage.Traffic(1700, 600)
    second = rounds.next(ec2.gather)
    # Half a minute's work in a minute of two processors.
    assert second["CPUUtilization", its] == [(25.0, "Percent")]
    assert second["NetworkIn", its] == [(700, "Bytes")] and second["NetworkOut", its] == [(100, "Bytes")]


def test_an_instance_without_its_system_fails_its_check_and_a_stopped_one_says_nothing(tmp_path, kernel):
    dead = Rounds(tmp_path, Picture(instances=(instance(),))).next(ec2.gather)
    assert dead["StatusCheckFailed", (("InstanceId", "i-1"),)] == [(1.0, "Count")]
    assert {name for name, _its in dead} == {
        "StatusCheckFailed",
        "StatusCheckFailed_Instance",
        "StatusCheckFailed_System",
    }
    assert Rounds(tmp_path, Picture(instances=(instance("stopped"),)), "i-1").next(ec2.gather) == {}


def balanced() -> Picture:
    forward = {"Type": "forward", "TargetGroupArn": TG}
    listener = Listener("arn:aws:l", "HTTP", 80, (ListenerRule("default", (), (forward,)),))
    check = HealthCheck("HTTP", "traffic-port", "/", 5, 2, 2, 2, "200")
    return Picture(
        load_balancers=(
            LoadBalancer(LB, "site", "vpc-1", "internal", (), (("subnet-1", "10.0.0.9"),), None, (listener,)),
        ),
        target_groups=(
            TargetGroup(TG, "web", "HTTP", 80, check, tuple(Target(f"i-{number}", 80) for number in range(4))),
        ),
    )


def stat(clients_5xx: int, *servers: tuple[str, str, int, int, int]) -> str:
    """``show stat``: what clients got, and of servers their section, name, requests, errors and milliseconds."""
    rows = [f"port80,FRONTEND,9,{clients_5xx},,", "web_2,BACKEND,9,9,9,"]
    rows += [f"{section},{name},{requests},{errors},{rtime}," for section, name, requests, errors, rtime in servers]
    return "\n".join(["# pxname,svname,stot,hrsp_5xx,rtime,", *rows]) + "\n"


def test_a_load_balancer_counts_what_was_since_the_last_round(tmp_path):
    answers = iter(
        [
            stat(5, ("web_2", "a", 100, 3, 20), ("web_2_all", "a", 0, 0, 0)),
            stat(12, ("web_2", "a", 130, 5, 40), ("web_2_all", "a", 10, 1, 60)),
            stat(12, ("web_2", "a", 130, 5, 40), ("web_2_all", "a", 10, 1, 60)),
        ]
    )
    health = TargetHealth()
    for number, found in enumerate((HEALTHY, Health("unhealthy"), INITIAL)):
        health.put((TG, f"i-{number}", 80), found)
    rounds = Rounds(tmp_path, balanced(), "lb-1")
    sources = (lambda home, identifier: next(answers), health)
    first = rounds.next(elbv2.gather, *sources)
    assert first["HealthyHostCount", PART] == first["UnHealthyHostCount", PART] == [(1.0, "Count")]
    assert first["RequestCount", WHOLE] == [(0.0, "Count")]
    second = rounds.next(elbv2.gather, *sources)
    for its in (WHOLE, PART):
        assert second["RequestCount", its] == [(40.0, "Count")]
        assert second["HTTPCode_Target_5XX_Count", its] == [(3.0, "Count")]
        assert second["TargetResponseTime", its] == [(0.04, "Seconds"), (0.06, "Seconds")]
    # Seven went to clients, and three of them were the servers' own.
    assert second["HTTPCode_ELB_5XX_Count", WHOLE] == [(4.0, "Count")]
    third = rounds.next(elbv2.gather, *sources)
    # As AWS documents it, errors and times are told where there are any.
    assert {name for name, _its in third} == {"HealthyHostCount", "UnHealthyHostCount", "RequestCount"}


def test_a_proxy_that_does_not_answer_costs_its_traffic_alone(tmp_path):
    def silent(home, identifier):
        raise ConnectionRefusedError

    found = Rounds(tmp_path, balanced(), "lb-1").next(elbv2.gather, silent, TargetHealth())
    assert {name for name, _its in found} == {"HealthyHostCount", "UnHealthyHostCount"}


def test_a_database_tells_its_connections_and_what_is_free(tmp_path, kernel):
    data = tmp_path / "databases" / "db-ABC" / "data"
    data.mkdir(parents=True)
    (data / "table").write_bytes(b"x" * 8192)
    rounds, its = (
        Rounds(tmp_path, Picture(databases=(DATABASE,)), "db-ABC"),
        (("DBInstanceIdentifier", "site"),),
    )
    found = rounds.next(rds.gather, lambda look, database: 7)
    assert found["DatabaseConnections", its] == [(7.0, "Count")]
    assert found["FreeableMemory", its] == [(256.0, "Bytes")]
    ((free, unit),) = found["FreeStorageSpace", its]
    assert unit == "Bytes" and 0 < free < 20 * 2**30
    kernel.cpu = 22.0
    assert rounds.next(rds.gather, lambda look, database: 7)["CPUUtilization", its] == [(10.0, "Percent")]


def test_a_database_that_does_not_answer_costs_its_connections_alone(tmp_path, kernel):
    (tmp_path / "databases" / "db-ABC" / "data").mkdir(parents=True)

    def silent(look, database):
        raise CommandError(["podman"], "no answer", "stopped after 10 s")

    found = Rounds(tmp_path, Picture(databases=(DATABASE,)), "db-ABC").next(rds.gather, silent)
    assert {name for name, _its in found} == {"FreeableMemory", "FreeStorageSpace"}


@pytest.mark.parametrize(
    ("engine", "said", "count"), [("mysql", "Threads_connected\t4\n", 3), ("postgres", "4\n", 3), ("mysql", "x\t0", 0)]
)
def test_whoever_asks_is_no_connection_of_the_database(tmp_path, engine, said, count):
    asked = []

    def podman(*argv, stdin, timeout):
        asked.append((argv, stdin, timeout))
        return said

    look = Rounds(tmp_path, Picture())
    look.engine.podman = podman
    database = SimpleNamespace(id="db-ABC", engine=engine)
    assert rds.ask_server(Round(look.picture, look.engine, {}, 0.0), database) == count
    ((argv, stdin, timeout),) = asked
    assert "rlyd-unit-db-ABC" in argv and timeout <= 10 and stdin.endswith(";\n")


INFO = """\
# Memory
used_memory:50
maxmemory:200
connected_clients:3
evicted_keys:{evicted}
keyspace_hits:10
keyspace_misses:1
used_cpu_sys_main_thread:{cpu}
used_cpu_user_main_thread:1.0
"""


def test_a_cache_node_tells_memory_and_evictions(tmp_path, kernel):
    rounds = Rounds(tmp_path, Picture(replication_groups=(group(),)), "node-1")
    its = (("CacheClusterId", "site-0001-001"),)
    answers = iter([INFO.format(evicted=100, cpu=1.0), INFO.format(evicted=150, cpu=16.0)])
    sources = (lambda look, its_group, node: elasticache.parse(next(answers)),)
    first = rounds.next(elasticache.gather, *sources)
    assert first["DatabaseMemoryUsagePercentage", its] == [(25.0, "Percent")]
    assert first["CurrConnections", its] == [(3.0, "Count")]
    assert ("Evictions", its) not in first
    # Its replica does not run.
    assert {dimensions for _name, dimensions in first} == {its}
    kernel.cpu = 130.0
    second = rounds.next(elasticache.gather, *sources)
    assert second["Evictions", its] == [(50.0, "Count")]
    assert second["EngineCPUUtilization", its] == [(25.0, "Percent")]
    assert second["CPUUtilization", its] == [(100.0, "Percent")]


def test_a_counter_that_began_again_grew_by_what_it_shows():
    counters = Counters()
    grown = []
    for value in (10, 15, 3):
        counters.begin()
        grown.append(counters.grown("requests", value))
    assert grown == [None, 5, 3]
    counters.begin()
    counters.begin()
    assert counters.grown("requests", 4) is None


@pytest.mark.parametrize("hierarchy", ["one for each controller", "one"])
def test_the_kernel_is_read_in_both_hierarchies(tmp_path, hierarchy):
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "7" / "net").mkdir(parents=True)
    if hierarchy == "one":
        (proc / "7" / "cgroup").write_text("0::/libpod/a/init.scope\n")
        files = {
            "libpod/a/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
            "libpod/a/memory.current": "1000\n",
            "libpod/a/memory.stat": "anon 1\ninactive_file 400\n",
        }
    else:
        (proc / "7" / "cgroup").write_text("9:name=systemd:/x/init.scope\n4:memory:/x\n2:cpu,cpuacct:/x\n0::/x\n")
        files = {
            "cpuacct/x/cpuacct.usage": "2500000000\n",
            "memory/x/memory.usage_in_bytes": "1000\n",
            "memory/x/memory.stat": "cache 1\ntotal_inactive_file 400\n",
        }
    for name, text in files.items():
        (cgroup / name).parent.mkdir(parents=True, exist_ok=True)
        (cgroup / name).write_text(text)
    row = "  {}: {} 1 0 0 0 0 0 0 {} 1 0 0 0 0 0 0\n"
    head = "Inter-| Receive\n face |bytes\n"
    (proc / "7" / "net" / "dev").write_text(head + row.format("lo", 5, 5) + row.format("eth0", 70, 30))
    (proc / "meminfo").write_text("MemTotal: 8 kB\nMemFree: 1 kB\nMemAvailable: 2 kB\n")
    assert usage.cpu_seconds(7, proc, cgroup) == 2.5
    assert usage.memory_bytes(7, proc, cgroup) == 600
    assert usage.traffic(7, proc) == usage.Traffic(70, 30)
    assert usage.machine(proc) == usage.Machine(8192, 2048)
    with pytest.raises(OSError):
        usage.cpu_seconds(8, proc, cgroup)


def test_a_disk_is_as_full_as_the_system_says():
    assert 0 < usage.disk_used_percent(os.getpid()) <= 100
