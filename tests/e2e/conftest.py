"""One sandbox and one stack for the whole session: the tests share expensive states in the order of their files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.canaries import ProcessWatch
from tests.e2e.lab import LOGS, PROJECT, Lab
from tests.e2e.run import Run

# ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
sys.path.insert(0, str(PROJECT / "collections"))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A sandbox that is up; gone with everything of it afterwards."""
    shutil.rmtree(LOGS, ignore_errors=True)
    # Short, because ssh's sockets live below it and their paths may have 108 bytes.
    root = Path(tempfile.mkdtemp(prefix="rly-"))
    lab = Lab(
        root,
        os.environ.get("RAILYARD_E2E_NAME", "e2e"),
        int(os.environ.get("RAILYARD_E2E_PORT", "5190")),
    )
    try:
        lab.up()
        yield lab
    finally:
        LOGS.mkdir(parents=True, exist_ok=True)
        logs = lab.command("python", "-m", "sandbox", "logs", timeout=60)
        (LOGS / "sandbox.log").write_text(logs.stdout)
        lab.sandbox("down")
        shutil.rmtree(root)


@pytest.fixture
def empty(lab: Lab) -> Lab:
    """The sandbox while nothing is built in it."""
    assert not lab.account().belongings(), "tests on an empty account belong in the first file"
    return lab


@pytest.fixture(scope="session")
def first_run(lab: Lab) -> Run:
    """The run of site.yml that made the stack, told to say everything and watched for secrets."""
    with ProcessWatch() as watch:
        run = lab.playbook("first", "site.yml", "-vvv")
    lab.processes_seen = watch.seen
    return run


@pytest.fixture(scope="session")
def stack(lab: Lab, first_run: Run) -> Lab:
    """The sandbox with the whole stack in it."""
    return lab
