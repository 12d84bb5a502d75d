"""A server that stops leaves the rotation and returns, and requests hardly notice."""

from __future__ import annotations

import time

from tests.e2e.lab import Lab, until


def test_stopped_server_leaves_the_rotation_and_returns(stack: Lab) -> None:
    account = stack.account()
    instance = account.servers()["web02"]["InstanceId"]
    interval = account.target_group()["HealthCheckIntervalSeconds"]
    until("both healthy", lambda: list(account.target_states().values()) == ["healthy"] * 2, 60)

    account.ec2.stop_instances(InstanceIds=[instance])
    started = time.monotonic()
    failures: list[float] = []
    asked = 0
    while account.target_states()[instance] == "healthy" or asked < 20:
        asked += 1
        try:
            stack.page(timeout=10)
        except OSError:
            failures.append(time.monotonic() - started)
        assert time.monotonic() - started < 120, f"web02 is still {account.target_states()[instance]}"
        time.sleep(0.2)
    allowed = 1 + int((time.monotonic() - started) // interval)
    assert len(failures) <= allowed, f"{len(failures)} of {asked} requests failed, at {failures}"
    assert {stack.page()[1] for _request in range(6)} == {"web01"}

    account.ec2.start_instances(InstanceIds=[instance])
    until("web02 is healthy again", lambda: account.target_states()[instance] == "healthy", 120)
    until("web02 serves again", lambda: {stack.page()[1] for _request in range(4)} == {"web01", "web02"}, 30)
