"""One run at a time changes the stack, and a run that was killed is in nobody's way."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.account import STACK
from tests.e2e.lab import PROJECT, Lab, until

LOCK = f"/railyard.locks/{STACK}"


def is_held(stack: Lab) -> bool:
    ssm = stack.account().client("ssm")
    return bool(ssm.get_parameters(Names=[LOCK])["Parameters"])


@pytest.fixture
def under_way(stack: Lab) -> Iterator[subprocess.Popen[bytes]]:
    """A run of site.yml that has the lock; killed afterwards, as by a machine that goes away."""
    assert not is_held(stack), "the runs before gave it back"
    run = subprocess.Popen(
        ["ansible-playbook", "site.yml"],
        cwd=PROJECT,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until("the run takes the lock", lambda: is_held(stack), 60)
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()


def test_of_two_runs_the_second_is_refused_and_a_killed_one_is_followed(stack: Lab, under_way) -> None:
    refused = stack.playbook("second-at-once", "playbooks/maintenance.yml", "-e", "maintenance=on", fails=True)
    assert under_way.poll() is None, "the first one is still at it"
    for words in ("`ansible-playbook site.yml`", "Nothing was changed", "playbooks/maintenance.yml -e take_lock=true"):
        assert words in refused.text
    os.killpg(under_way.pid, signal.SIGKILL)
    under_way.wait()
    assert is_held(stack)
    after = stack.playbook("after-the-killed", "site.yml", "--tags", "iam")
    assert after.changed == 0 and "came to no end" in after.text
    assert not is_held(stack)
