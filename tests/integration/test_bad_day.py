"""A first build on a bad day of AWS: each change is carried out and answered with an error, nothing is seen at once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.e2e.lab import LOCK_CALLS, PROJECT, Lab, temporary
from tests.resilience.cloud import PLAYBOOKS, made_twice

#: What a build of the whole stack is at least made of.
CHANGES = 60


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with temporary("bad-day", int(os.environ.get("RAILYARD_BAD_DAY_PORT", "5197"))) as lab:
        lab.up("--api-only")
        yield lab


def test_a_first_build_ends_well_with_everything_made_once(lab: Lab) -> None:
    bad = {
        "PYTHONPATH": str(PROJECT / "tests" / "faults" / "site"),
        "RAILYARD_FAULTS": str(lab.root / "faults"),
        "RAILYARD_FAULTS_LATE": "yes",
    }
    for playbook in PLAYBOOKS:
        lab.playbook("bad-day", playbook, environment=bad, timeout=3000)
    faults = [path for path in (lab.root / "faults").iterdir() if path.is_file()]
    assert len(faults) > CHANGES, sorted(path.name for path in faults)
    assert made_twice(lab) == []
    before = lab.calls()
    for playbook in PLAYBOOKS:
        again = lab.playbook("good-day", playbook)
        assert again.changed == 0, again.changed_tasks()
    assert not set(lab.mutations(before)) - set(LOCK_CALLS)
