"""What is killed under load comes back by itself: visitors notice it for a moment, if at all, and no run is needed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.e2e.lab import Lab, until
from tests.e2e.load import RATE, Load

#: Seconds within which all is well again on a busy machine, and for which it has to stay so.
SOON, WELL = 45, 4
#: As many requests come in fifteen seconds.
MANY = int(RATE * 15)


def kill(server: str, unit: str) -> Callable[[Lab], object]:
    return lambda stack: stack.on(server, f"sudo systemctl kill --signal=KILL {unit}")


def restart_database(stack: Lab) -> object:
    instance = stack.account().database()["DBInstanceIdentifier"]
    return stack.account().client("rds").reboot_db_instance(DBInstanceIdentifier=instance)


@pytest.mark.parametrize(
    ("what", "act"),
    [
        ("nginx killed on web01", kill("web01", "nginx")),
        ("puma killed on web02", kill("web02", "puma")),
        ("database restarted", restart_database),
    ],
)
def test_it_comes_back_and_requests_hardly_notice(
    stack: Lab, capsys: pytest.CaptureFixture[str], what: str, act: Callable[[Lab], object]
) -> None:
    load = Load(lambda: stack.page(timeout=20))
    with load:
        act(stack)
        began, failed = time.monotonic(), 0
        while (lasted := time.monotonic() - began) < SOON:
            time.sleep(WELL)
            # The first look may come before anybody has noticed.
            if lasted > WELL and len(load.failures) == failed:
                break
            failed = len(load.failures)
    with capsys.disabled():
        print(f"\n{what}: {load}")
    assert len(load.failures) == failed, load.failures[-3:]
    assert failed < MANY, f"{failed} of {len(load.seconds)}: {load.failures[:3]}"
    states = stack.account().target_states
    until("both servers are healthy", lambda: list(states().values()) == ["healthy"] * 2, SOON)
    until("both serve", lambda: {stack.page()[1] for _request in range(4)} == {"web01", "web02"}, SOON)
