"""A server that was killed comes back, and one more comes, by one run; one less goes. Nothing else moves."""

from __future__ import annotations

from typing import Any

from tests.e2e.lab import Lab, until
from tests.e2e.test_2_built import digest

#: What comes and goes with a server, or names servers: compared by their own tests.
OF_SERVERS = ("i-", "vol-", "eni-", "arn:aws:cloudwatch:")


def rest(stack: Lab) -> dict[str, dict[str, Any]]:
    """The stack without its servers and their parts, and without what follows them or the clock."""
    moving = (
        "AvailableIpAddressCount",
        "LatestRestorableTime",
        "ResourceRecordSetCount",
        "storedBytes",
        "LastAccessedDate",
    )
    return {
        key: {name: value for name, value in one.items() if name not in moving}
        for key, one in stack.account().belongings().items()
        if not key.startswith(OF_SERVERS)
    }


def started(stack: Lab, host: str) -> str:
    """When puma of a server was started."""
    asked = "systemctl show puma.service --property ActiveEnterTimestampMonotonic,MainPID"
    return stack.on(host, asked).split("\n", 1)[1]


def serving(stack: Lab, *servers: str) -> None:
    """Wait until exactly these servers have the page."""
    rounds = range(3 * len(servers))
    until(f"{servers} serve", lambda: {stack.page()[1] for _request in rounds} == set(servers), 60)


def test_killed_server_comes_back_and_another_comes(stack: Lab) -> None:
    account = stack.account()
    others, before, untouched = rest(stack), account.servers(), started(stack, "web01")
    account.ec2.terminate_instances(InstanceIds=[before["web02"]["InstanceId"]])
    until("web02 is gone", lambda: "web02" not in account.servers(), 60)

    run = stack.playbook("killed-and-three", "site.yml", "-e", '{"railyard_web_count": 3}')
    three = account.servers()
    assert sorted(three) == ["jump01", "web01", "web02", "web03"]
    assert three["web02"]["InstanceId"] != before["web02"]["InstanceId"]
    assert {three[name]["InstanceId"] for name in ("jump01", "web01")} == {
        before[name]["InstanceId"] for name in ("jump01", "web01")
    }
    assert started(stack, "web01") == untouched, "the server that was well went on"
    assert rest(stack) == others
    serving(stack, "web01", "web02", "web03")
    release = stack.on("web03", "basename $(readlink /var/www/aws-intro-sample)").split()[-1]
    assert release in stack.on("web01", "basename $(readlink /var/www/aws-intro-sample)"), "the release that is current"
    assert [task for task in run.changed_tasks() if ": Compile the assets =>" in task] == [], (
        "they unpack what web01 built"
    )
    assert len({digest(stack, host) for host in ("web01", "web02", "web03")}) == 1


def test_one_server_less(stack: Lab) -> None:
    others, before = rest(stack), stack.account().servers()
    stack.playbook("two", "site.yml")
    assert {name: server["InstanceId"] for name, server in stack.account().servers().items()} == {
        name: server["InstanceId"] for name, server in before.items() if name != "web03"
    }
    assert rest(stack) == others
    assert sorted(stack.account().target_states()) == sorted(before[name]["InstanceId"] for name in ("web01", "web02"))
    serving(stack, "web01", "web02")
