"""One server more and one less: exactly that, and nothing else of the stack moves."""

from __future__ import annotations

from typing import Any

from tests.e2e.lab import Lab, until

#: What comes and goes with a server, or names servers: compared by their own tests.
OF_SERVERS = ("i-", "vol-", "eni-")


def rest(stack: Lab) -> dict[str, dict[str, Any]]:
    """The stack without its servers and their parts, and without the count of addresses that they leave to others."""
    return {
        key: {name: value for name, value in one.items() if name != "AvailableIpAddressCount"}
        for key, one in stack.account().belongings().items()
        if not key.startswith(OF_SERVERS)
    }


def test_one_server_more_and_one_less(stack: Lab) -> None:
    others = rest(stack)
    before = stack.account().servers()

    stack.playbook("three", "site.yml", "-e", '{"railyard_web_count": 3}')
    three = stack.account().servers()
    assert sorted(three.keys() - before.keys()) == ["web03"]
    assert {name: three[name]["InstanceId"] for name in before} == {n: s["InstanceId"] for n, s in before.items()}
    assert rest(stack) == others
    until("three serve", lambda: len({stack.page()[1] for _request in range(6)}) == 3, 60)

    stack.playbook("two", "site.yml")
    assert {n: s["InstanceId"] for n, s in stack.account().servers().items()} == {
        name: server["InstanceId"] for name, server in before.items()
    }
    assert rest(stack) == others
    assert sorted(stack.account().target_states()) == sorted(before[name]["InstanceId"] for name in ("web01", "web02"))
    assert {stack.page()[1] for _request in range(6)} == {"web01", "web02"}
