"""Each part of the harness "doors" is shown something open of the kind that it looks for, and finds it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from botocore.credentials import Credentials

from tests.resilience.doors import (
    as_somebody,
    hostile,
    local_user,
    probe,
    rules,
    run,
    server_role,
    settings,
    web_page,
)
from tests.resilience.doors.rules import ANSWERS, CLOSED, NOTHING, Place
from tests.unit.resilience import planted

PROJECT = Path(__file__).resolve().parents[3]

# -- ways


def group(*, into: list[dict], out: tuple[dict, ...] = ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},)):
    return {"IpPermissions": into, "IpPermissionsEgress": list(out)}


def tcp(port: int, last: int | None = None, *, cidr: str = "", group: str = "") -> dict:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": last or port,
        "IpRanges": [{"CidrIp": cidr}] if cidr else [],
        "UserIdGroupPairs": [{"GroupId": group}] if group else [],
    }


GROUPS = {
    "sg-jump": group(into=[tcp(22, cidr="198.51.100.1/32")]),
    "sg-web": group(into=[tcp(22, group="sg-jump"), tcp(3000, 3002, cidr="10.0.0.0/20")]),
    "sg-shut": group(
        into=[{**tcp(1, 65535, cidr="0.0.0.0/0"), "IpProtocol": "udp"}],
        out=(tcp(443, cidr="0.0.0.0/0"),),
    ),
}
JUMP, WEB, SHUT = (
    Place(name, (address,), frozenset({f"sg-{name}"}))
    for name, address in (("jump", "10.0.0.5"), ("web", "10.0.64.5"), ("shut", "10.0.0.9"))
)


@pytest.mark.parametrize(
    ("source", "target", "port", "may"),
    [
        (JUMP, WEB, 22, True),
        (WEB, WEB, 22, False),
        (JUMP, WEB, 3001, True),
        (JUMP, WEB, 3003, False),
        (WEB, JUMP, 22, False),
        (SHUT, WEB, 3000, False),  # its own group lets it out to 443 alone
        (JUMP, SHUT, 443, False),  # UDP is no TCP
    ],
)
def test_groups_of_both_ends_decide(source, target, port, may) -> None:
    assert rules.allowed(GROUPS, source, source.addresses[0], target, target.addresses[0], port) is may


def test_ports_of_rules_are_tried_with_their_neighbours() -> None:
    assert rules.ports_of(GROUPS) == {21, 22, 23, 442, 443, 444, 2999, 3000, 3001, 3002, 3003}


MAY = {22: True, 3000: True, 80: False}


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ({22: ANSWERS, 3000: CLOSED, 80: NOTHING}, None),
        ({22: ANSWERS, 3000: CLOSED, 80: CLOSED}, "port 80 closed, and no group lets it through"),
        ({22: ANSWERS, 3000: CLOSED, 80: ANSWERS}, "port 80 answers, and no group lets it through"),
        ({22: CLOSED, 3000: CLOSED, 80: NOTHING}, "port 22 is let through and listened on, and came to closed"),
        ({22: ANSWERS, 3000: NOTHING, 80: NOTHING}, "port 3000 is let through, and nothing came back"),
    ],
)
def test_more_and_less_than_the_groups_say_is_found(seen, says) -> None:
    assert rules.wrong(MAY, {22}, seen) == ([says] if says else [])


def test_a_sweep_tells_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.socket() as two:
        two.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1], two.getsockname()[1]]
        assert list(probe.sweep("", "127.0.0.1", "127.0.0.1", ports).values()) == [ANSWERS, CLOSED]
        assert not probe.says("127.0.0.1", ports[1], 1) and not probe.says("127.0.0.1", ports[0], 0.2)


# -- the servers' role


def test_every_action_of_the_role_is_tried_and_no_other_is_taken_for_allowed() -> None:
    policy = yaml.safe_load((PROJECT / "roles/iam/vars/main.yml").read_text())["__iam_web_statements"]
    documented = {
        action
        for statement in policy
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    rows = yaml.safe_load(server_role.TABLE.read_text())
    assert {row[0] for row in rows["allowed"]} == documented
    assert len(rows["refused"]) > 60


def test_a_refusal_of_what_is_documented_and_a_pass_of_what_is_not_are_found() -> None:
    server_role.passes("s3:GetObject", "NoSuchKey")
    server_role.refused("iam:CreateUser", "AccessDenied")
    for code in ("AccessDenied", "EndpointConnectionError", "NoCredentialsError"):
        with pytest.raises(AssertionError, match="s3:GetObject"):
            server_role.passes("s3:GetObject", code)
    for code in ("", "NoSuchEntity", "InvalidClientTokenId"):
        with pytest.raises(AssertionError, match="not refused"):
            server_role.refused("iam:CreateUser", code)


# -- hostile values


def test_what_ansible_reads_is_what_was_given_and_no_template() -> None:
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    given = hostile.variables("/var/tmp/none")
    loader = DataLoader()
    read = loader.load(hostile.as_yaml({"app_environment": given}))["app_environment"]
    assert {name: str(value) for name, value in read.items()} == given
    assert Templar(loader).template(read) == given


def test_a_value_that_lost_something_is_found() -> None:
    given = hostile.variables("/var/tmp/none")
    entries = "\0".join(f"{name}={value}" for name, value in given.items())
    assert hostile.harmed(given, entries) == []
    assert len(hostile.harmed(given, entries.replace("$(touch", "(touch"))) == 1
    assert len(hostile.harmed(given, "")) == len(given)


def test_a_value_that_was_executed_is_found(tmp_path) -> None:
    canary = tmp_path / "canary"
    settings.not_executed(str(canary))
    subprocess.run(["sh", "-c", f"echo {hostile.forms(str(canary))['command']}"], check=True)
    with pytest.raises(AssertionError, match="was executed"):
        settings.not_executed(str(canary))


class Validating(planted.PlantedLab):
    """Refuses the settings that ``words`` has words for, all others it takes."""

    def __init__(self, root: Path, words: dict[str, str]) -> None:
        super().__init__(root, self.validate)
        self.words = words

    def account(self):
        ec2 = SimpleNamespace(
            describe_vpcs=lambda: {"Vpcs": []}, describe_security_groups=lambda: {"SecurityGroups": []}
        )
        return SimpleNamespace(ec2=ec2)

    def validate(self, name, _playbook, _e, given, **_named):
        text = Path(given[1:]).read_text()
        problems = [words for setting, words in self.words.items() if f"{setting}:" in text]
        if not problems:
            return planted.run()
        said = "\n  - ".join([f"{settings.bad_input.HEAD} and run the same command again:", *problems])
        return planted.run(2, said=f"fatal: [localhost]: FAILED! => {json.dumps({'msg': said})}\n")


VALUES = {"railyard_a": "$(x)", "railyard_b": "$(x)", "railyard_c": "$(x)"}


@pytest.mark.parametrize(
    ("words", "left", "why"),
    [
        ({}, ["railyard_a", "railyard_b", "railyard_c"], []),
        ({"railyard_a": "railyard_a is 'x'; write a name."}, ["railyard_b", "railyard_c"], []),
        ({"railyard_a": "railyard_a is 'x'."}, ["railyard_b", "railyard_c"], ["without a remedy"]),
        ({"railyard_a": f"railyard_a is {'x' * 3000}; write."}, ["railyard_b", "railyard_c"], ["is refused with 30"]),
        ({"railyard_a": "something is wrong; write it."}, [], ["for none of what it was given"]),
    ],
)
def test_a_refusal_without_name_or_remedy_is_found(tmp_path, words, left, why) -> None:
    found = planted.record()
    assert sorted(settings.refused(found, Validating(tmp_path, words), "kind", VALUES)) == left
    failures = [one.why for one in found.trials if one.why]
    assert [word in failure for word, failure in zip(why, failures, strict=True)] == [True] * len(why), failures


# -- another user of the machine

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="to become somebody else takes root")


@ROOT
def test_what_is_open_to_another_user_is_found() -> None:
    local_user.hostile_home(SimpleNamespace(), 65534)


@ROOT
def test_what_is_ones_own_is_not_found(tmp_path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "secret").write_text("x")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "way"))
        one.listen()
        got = as_somebody.tries(65534, places=[tmp_path, Path("/proc/self/environ")], sockets=[str(tmp_path / "way")])
    # Its own environment is the one thing that it may read.
    assert got["taken"] == [] and got["read"] == ["/proc/self/environ"]


#: A process as a run's: its words have a socket's path, its environment the sandbox's name.
LASTING = "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)"


@ROOT
@pytest.mark.parametrize(("mode", "why"), [(0o700, "seen was only"), (0o755, "has mode 0755")])
def test_a_run_whose_sockets_others_reach_is_found(tmp_path_factory, mode, why) -> None:
    with tempfile.TemporaryDirectory(prefix="railyard-exchange-", dir="/tmp") as made:
        Path(made).chmod(mode)
        way = f"{made}/way"
        process = subprocess.Popen(
            [sys.executable, "-c", LASTING, way], env={**os.environ, "RAILYARD_SANDBOX_NAME": "doors-planted"}
        )
        try:
            watch = run.Watch(SimpleNamespace(name="doors-planted"), 65534)
            planted_seen = [watch.look() or watch.seen for _attempt in _until(lambda: Path(way).exists())]
        finally:
            process.kill()
            process.wait()
        assert planted_seen[-1] == {Path(made): "exchange"}
        with pytest.raises(AssertionError, match=why):
            watch.judged()


def _until(look):
    for _attempt in range(200):
        if look():
            yield 1
            return
        time.sleep(0.05)


# -- a web page


class Page:
    """A sandbox that serves all hosts and origins, or none."""

    def __init__(self, status: int, body: str = "", **headers: str) -> None:
        self.answer = (status, body, headers)
        self.settings = SimpleNamespace(api_port=5999)
        self.host = "127.0.0.1:5999"
        self.keys = Credentials("testing0testing0", "testing0testing0testing0")

    def ask(self, *_all: object, **_named: str):
        return self.answer


def test_a_page_that_is_served_is_found() -> None:
    shut, open_ = Page(403, f"{web_page.NO_NAME} {web_page.NO_PAGES}"), Page(200, "<ok/>")
    jobs = [
        partial(web_page.under_a_name, host="evil.example", served=False),
        partial(web_page.from_an_origin, origin="null", method="GET", path="/"),
        web_page.preflight,
        web_page.own_name,
    ]
    for job in jobs:
        job(shut)
        with pytest.raises(AssertionError):
            job(open_)
    with pytest.raises(AssertionError, match="access-control"):
        web_page.from_an_origin(
            Page(403, web_page.NO_PAGES, **{"access-control-allow-origin": "*"}), "null", "GET", "/"
        )
