"""stack_await: what it waits for, what it shows meanwhile, and when it gives up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.railyard.aws.plugins.action import stack_await
from ansible_collections.railyard.aws.plugins.module_utils._inventory import waiting

GATEWAY = {"id": "nat-1", "name": "railyard-1", "exists": True}


def stack(*states: str, balancer: str | None = None) -> dict:
    """A look that shows NAT gateways in these states, and a load balancer."""
    kinds = {
        "nat_gateways": {
            f"railyard-{n}": {**GATEWAY, "name": f"railyard-{n}", "state": state} for n, state in enumerate(states)
        }
    }
    if balancer:
        kinds["load_balancers"] = {"railyard": {"id": "arn", "name": "railyard", "exists": True, "state": balancer}}
    return kinds


@pytest.fixture
def wait(monkeypatch):
    """``wait(looks, **arguments)`` runs the action on looks that follow one another; returns result and shown lines."""
    clock = SimpleNamespace(now=0.0)
    lines: list[str] = []
    monkeypatch.setattr(stack_await.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(stack_await.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    monkeypatch.setattr(stack_await.display, "display", lines.append)

    def run(looks: list[dict], check: bool = False, **arguments):
        action = object.__new__(stack_await.ActionModule)
        action._task = SimpleNamespace(check_mode=check, args={}, async_val=0)
        given = {
            "stack": "railyard",
            "region": "ap-northeast-1",
            "kinds": ["nat_gateways"],
            "timeout": 60,
            "interval": 5,
        }
        action.validate_argument_spec = lambda spec: (None, given | arguments)
        answers = iter(looks)
        action._execute_module = lambda **_arguments: next(answers)
        monkeypatch.setattr(stack_await.ActionBase, "run", lambda *_unused: {})
        return action.run(task_vars={}), lines

    return run


def look(*states: str, **more: str) -> dict:
    return {"stack": stack(*states, **more)}


def test_nothing_to_wait_for_returns_at_once(wait):
    result, lines = wait([look("available")])
    assert result == {"changed": False, "stack": stack("available"), "waited": 0.0}
    assert lines == []


def test_waits_until_the_last_one_is_there_and_says_for_what(wait):
    result, lines = wait([look("pending", "pending"), look("available", "pending"), look("available", "available")])
    assert result["waited"] == 10.0
    assert lines == [
        "    waiting for NAT gateway railyard-0 (pending, usually 1:45 min), NAT gateway railyard-1 (pending, usually "
        "1:45 min); so far 0 s",
        "    waiting for NAT gateway railyard-1 (pending, usually 1:45 min); so far 5 s",
    ]


def test_the_same_line_is_shown_again_after_a_while_only(wait):
    _unused, lines = wait([look("pending")] * 8 + [look("available")])
    assert [line.rpartition("; ")[2] for line in lines] == ["so far 0 s", "so far 30 s"]


def test_check_mode_waits_for_nothing(wait):
    result, lines = wait([look("pending")], check=True)
    assert (result["waited"], lines) == (0.0, [])


def test_too_slow_names_what_is_missing_and_what_to_do(wait):
    with pytest.raises(
        AnsibleActionFail, match=r"Still not there after 1:00 min: NAT gateway railyard-0 .*same command again"
    ):
        wait([look("pending")] * 20)


def test_what_aws_gave_up_is_not_waited_for(wait):
    with pytest.raises(AnsibleActionFail, match="AWS has given up: Load balancer railyard is failed"):
        wait([look("pending", balancer="failed")], kinds=["nat_gateways", "load_balancers"])


def test_a_look_that_fails_is_the_result(wait):
    result, _unused = wait([{"failed": True, "msg": "no credentials"}])
    assert result == {"failed": True, "msg": "no credentials"}


def test_the_slowest_kind_comes_first():
    found = waiting.pending(stack("pending", balancer="provisioning"), ["nat_gateways", "load_balancers"])
    assert [one.label for one in found] == ["Load balancer", "NAT gateway"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (60, "1:00 min"), (615, "10:15 min")])
def test_durations(seconds, text):
    assert waiting.duration(seconds) == text
