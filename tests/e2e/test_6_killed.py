"""What is killed under load comes back by itself: visitors notice it for a moment, if at all, and no run is needed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.e2e.lab import Lab, until
from tests.e2e.load import RATE, Load

#: Seconds within which all is well again on a busy machine, and for which load goes on before and after.
SOON, WELL = 90, 4
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
    states = stack.account().target_states

    def well() -> bool:
        served = {stack.page()[1] for _request in range(4)}
        return served == {"web01", "web02"} and list(states().values()) == ["healthy"] * 2

    # With the patience of a browser: what comes while puma starts waits for it.
    load = Load(lambda: stack.page(timeout=60))
    with load:
        act(stack)
        time.sleep(WELL)
        until(f"both servers serve again after {what}", well, SOON)
        time.sleep(WELL)
    with capsys.disabled():
        print(f"\n{what}: {load}")
    assert len(load.failures) < MANY, f"{len(load.failures)} of {len(load.seconds)}: {load.failures[:3]}"
