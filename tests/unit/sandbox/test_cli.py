"""The command: what it prints, how it ends, what it leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import assembly
from sandbox.__main__ import main
from sandbox.api.access import access_denied
from sandbox.core import client, command, daemon, doctor, show, teardown
from sandbox.core.doctor import Check
from sandbox.core.exits import FAILED, NOT_UP
from sandbox.core.settings import PROJECT, Settings

GOOD = Check("root", True, "hosts", "yes")
NO_ROOT = Check("root", False, "hosts", "user id 1000", "sudo make sandbox-up")
NO_PORT = Check("port 127.0.0.1:5080", False, "api", "in use", "RAILYARD_SANDBOX_PORT=5081 make sandbox-up")
TIGHT = Check("memory", False, "comfort", "0.4 GiB available", "free 1024 MiB")


@pytest.fixture
def settings(tmp_path, monkeypatch, port):
    """A sandbox of its own, which is not up."""
    found = Settings(name="cli", home=tmp_path / "home", api_port=port, region="ap-northeast-1")
    for name, value in client.environment_of(found).items():
        if name.startswith("RAILYARD_SANDBOX") or name == "AWS_REGION":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_COLOR", "1")
    return found


class FakeLayer:
    def __init__(self, name: str, removed: list[str], fault: Exception | None = None) -> None:
        self.name, self._removed, self._fault = name, removed, fault

    def destroy(self) -> None:
        self._removed.append(self.name)
        if self._fault:
            raise self._fault


def test_env_is_understood_by_a_shell(settings):
    script = f"export AWS_PROFILE=mine AWS_SESSION_TOKEN=x\n{client.shell_lines(settings)}env"
    said = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=True).stdout
    variables = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    assert "AWS_PROFILE" not in variables
    assert "AWS_SESSION_TOKEN" not in variables
    assert {name: variables[name] for name in client.environment_of(settings)} == client.environment_of(settings)
    assert variables["RAILYARD_CHECKIP_URL"] == f"http://127.0.0.1:{settings.api_port}/railyard/checkip"


def test_keys_are_long_enough_for_masking(settings):
    variables = client.environment_of(settings)
    assert len(variables["AWS_ACCESS_KEY_ID"]) >= 20
    assert len(variables["AWS_SECRET_ACCESS_KEY"]) >= 40


@pytest.mark.parametrize(
    ("argv", "code"),
    [(["status"], NOT_UP), (["status", "--json"], NOT_UP), (["env"], NOT_UP), (["logs"], NOT_UP)],
)
def test_verbs_say_that_it_is_not_up(settings, capsys, argv, code):
    assert main(argv) == code
    said = capsys.readouterr()
    assert "not up" in said.err or "There is no log" in said.err or json.loads(said.out)["up"] is False


def test_unknown_verb_is_wrong_usage(settings, capsys):
    with pytest.raises(SystemExit) as end:
        main(["start"])
    assert end.value.code == 2
    assert "up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("checks", "code"), [([GOOD], 0), ([GOOD, TIGHT], 0), ([NO_ROOT], FAILED), ([GOOD, NO_PORT], FAILED)]
)
def test_doctor_fails_only_for_what_is_needed(settings, monkeypatch, capsys, checks, code):
    monkeypatch.setattr(doctor, "run", lambda settings, running=False: checks)
    assert main(["doctor"]) == code
    assert main(["doctor", "--json"]) == code
    said = capsys.readouterr().out
    for check in checks:
        assert check.name in said
        assert check.mend in said


def test_doctor_looks_at_this_machine(settings):
    checks = {check.name: check for check in doctor.run(settings)}
    assert checks["Python package moto"].ok
    assert checks[f"port 127.0.0.1:{settings.api_port}"].ok
    assert all(check.mend for check in checks.values() if not check.ok)


def test_doctor_sees_a_taken_port(settings, api):
    checks = doctor.run(Settings(settings.name, settings.home, api.settings.api_port, settings.region))
    (port,) = [check for check in checks if check.name == f"port 127.0.0.1:{api.settings.api_port}"]
    assert (port.ok, port.detail, port.needed_for) == (False, "in use", "api")


def test_up_refuses_where_hosts_are_required_and_cannot_run(settings, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "run", lambda settings, running=False: [NO_ROOT])
    assert main(["up", "--require-hosts"]) == FAILED
    assert "sudo make sandbox-up" in capsys.readouterr().out
    assert daemon.running_pid(settings) is None


def test_up_falls_back_to_the_api_aloud_and_down_leaves_nothing(settings, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "run", lambda settings, running=False: [NO_ROOT])
    removed: list[str] = []
    monkeypatch.setattr(assembly, "load_layers", lambda settings: [FakeLayer("network", removed)])
    try:
        assert main(["up"]) == 0
        said = capsys.readouterr()
        assert "ONLY THE API WILL RUN" in said.err
        assert "API only" in said.out
        assert main(["up"]) == 0
        assert "Already up" in capsys.readouterr().out
        assert main(["up", "--require-hosts"]) == FAILED
        assert (settings.home / "env").read_text() == client.shell_lines(settings)
        assert main(["status"]) == 0
        assert "API only" in capsys.readouterr().out
    finally:
        assert main(["down"]) == 0
    assert daemon.running_pid(settings) is None
    assert not settings.home.exists()
    assert main(["down"]) == 0
    assert "nothing is left" in capsys.readouterr().out


def test_daemon_that_cannot_start_shows_why(settings, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "run", lambda settings, running=False: [GOOD])
    settings.make_home()
    (settings.home / "state.pickle").write_bytes(b"junk")
    assert main(["up", "--api-only"]) == FAILED
    said = capsys.readouterr()
    assert "is damaged" in said.out
    assert "python -m sandbox down" in said.out


def test_only_one_daemon_holds_a_sandbox(settings):
    with daemon.only_one(settings):
        assert daemon.running_pid(settings) == os.getpid()
        with pytest.raises(daemon.AlreadyRunning), daemon.only_one(settings):
            pass
    assert daemon.running_pid(settings) is None, "the number in the file outlives the lock"


def test_destroy_goes_on_after_a_failure_and_keeps_the_files(settings):
    removed: list[str] = []
    parts = [FakeLayer("network", removed), FakeLayer("hosts", removed, OSError("busy")), FakeLayer("publish", removed)]
    settings.make_home()
    (settings.home / "state.pickle").write_bytes(b"")
    with pytest.raises(teardown.Leftover, match="hosts: OSError: busy"):
        teardown.destroy(settings, parts, lambda text: None)
    assert removed == ["publish", "hosts", "network"]
    assert (settings.home / "state.pickle").exists()


def test_files_of_others_stay_in_the_home(settings):
    settings.make_home()
    (settings.home / "notes.txt").write_text("mine")
    (settings.home / "sandbox.log").write_text("")
    teardown.remove_files(settings, assembly.HOME_NAMES)
    assert [path.name for path in settings.home.iterdir()] == ["notes.txt"]


def test_every_part_of_the_home_that_the_code_names_is_removed(settings):
    sources = "".join(file.read_text() for file in Path(assembly.__file__).parent.rglob("*.py"))
    named = set(re.findall(r'(?<!self\.)home / "([^"]+)"', sources))
    assert {"daemon.pid", "endpoints", "mail"} <= named
    settings.make_home()
    for name in named:
        (settings.home / name).mkdir() if "." not in name and name != "env" else (settings.home / name).touch()
    teardown.remove_files(settings, assembly.HOME_NAMES)
    assert not settings.home.exists()


STATUS = {
    "name": "railyard",
    "mode": "hosts",
    "converged": False,
    "endpoint": "http://127.0.0.1:5080",
    "region": "ap-northeast-1",
    "pid": 42,
    "memory_bytes": 150 * 1024**2,
    "api": {"requests": 7, "errors": 1, "refused": 2},
    "latency": 0.1,
    "read_error": None,
    "state_error": "iam is not saved: TypeError: x",
    "picture": {
        "vpcs": [{"id": "vpc-1", "cidr": "10.0.0.0/16", "subnets": 4, "nat_gateways": 2}],
        "hosts": [
            {"id": "i-1", "name": "web01", "state": "running", "private_ip": "10.0.64.4", "public_ip": None},
        ],
        "load_balancers": [
            {"name": "site", "address": "127.130.1.1", "listeners": ["HTTP:80"], "targets": ["i-1:3000 healthy"]}
        ],
        "caches": [{"name": "site", "endpoint": "clustercfg.site.x", "shards": 3, "nodes": 6, "tls": True}],
        "odd": ["target group web: HealthCheck.codes is 'x', which is not a list of HTTP codes; it stays as it was"],
    },
    "layers": [{"name": "network", "error": "CommandError: nft", "seconds": 0.1}],
}


def test_status_for_people(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    said = show.status(STATUS, assembly.tables)
    expected = ("converging", "150 MiB", "10.0.64.4", "i-1:3000 healthy", "failing: CommandError: nft", "iam is")
    for words in (*expected, "clustercfg.site.x", "target group web: HealthCheck.codes"):
        assert words in said
    assert "\033" not in said


def test_table_is_aligned_and_empty_without_rows():
    assert show.table("Hosts", ("ID",), []) == []
    lines = show.table("Hosts", ("ID", "NAME"), [("i-1", "jump"), ("i-22", None)])
    assert lines[2:] == ["  ID    NAME", "  i-1   jump", "  i-22"]


@pytest.mark.parametrize(
    ("called", "told", "name"),
    [
        ("/usr/local/bin/railyard-sandbox", None, "railyard-sandbox"),
        ("/src/sandbox/__main__.py", None, "python -m sandbox"),
        ("/src/sandbox/daemon.py", "railyard-sandbox", "railyard-sandbox"),
        ("/src/sandbox/daemon.py", "rm -rf", "python -m sandbox"),
    ],
)
def test_hints_name_the_command_that_was_used(settings, monkeypatch, capsys, called, told, name):
    monkeypatch.setattr("sys.argv", [called])
    if told is None:
        monkeypatch.delenv(command.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(command.VARIABLE, told)
    assert main(["env"]) == NOT_UP
    assert f"`{name} up`" in capsys.readouterr().err
    assert f'eval "$({name} env)"' in access_denied.hint()


@pytest.mark.parametrize(
    "name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
)
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_name_of_authorities_does_not_end_the_daemon(name, value):
    script = (
        "import os; from sandbox.api import environment; environment.prepare(); import boto3;"
        "boto3.client('ec2', endpoint_url='https://127.0.0.1:9', region_name='ap-northeast-1');"
        f"assert {name!r} not in os.environ"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("servers", "fine"),
    [
        (["10.0.0.2"], False),
        (["10.0.255.254", "10.0.1.1"], False),
        (["10.0.0.2", "192.0.2.1"], True),
        (["10.1.0.2"], True),
        (["2001:db8::1"], True),
        ([], True),
    ],
)
def test_doctor_sees_that_the_machine_s_name_servers_lie_where_the_stack_will(settings, monkeypatch, servers, fine):
    monkeypatch.setattr(doctor, "nameservers", lambda: servers)
    check = doctor._nameservers()
    assert (check.ok, check.needed_for) == (fine, "comfort")
    if not fine:
        assert all(server in check.detail for server in servers) and "railyard_vpc_cidr" in check.mend
