"""Faults by chance: a day has the same for the same seed, the SDK gets past them; a run dies after its k-th change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.endpoint
import pytest

from tests.faults.crash import Crash, marked
from tests.faults.day import CHANGING, READING, Day
from tests.faults.executed import Faults, install

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def account(monkeypatch):
    from moto import mock_aws

    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with mock_aws():
        yield


def test_a_seed_gives_each_action_the_same_fault() -> None:
    actions = [f"Create{number}" for number in range(200)]
    first, again, other = (
        [Day(seed).kind("ec2", action, False) for action in actions] for seed in ("1-1", "1-1", "1-2")
    )
    assert first == again != other
    assert set(first) == set(CHANGING)
    assert {Day("1-1").kind("ec2", action, True) for action in actions} == set(READING)


@pytest.mark.parametrize("kind", CHANGING)
def test_the_sdk_gets_past_each_fault(account, tmp_path, monkeypatch, kind) -> None:
    monkeypatch.setattr(Day, "kind", lambda _self, _service, _action, reads: "" if reads else kind)
    faults = Faults(tmp_path, "day", day=Day("1"))
    remove = install(faults, botocore.endpoint)
    try:
        # Its name is what makes it one, however often it is asked for.
        boto3.client("iam").create_group(GroupName="t")
    except boto3.client("iam").exceptions.EntityAlreadyExistsException:
        assert kind in ("answer", "drop"), "what was not carried out cannot be there already"
    finally:
        remove()
    assert faults.seen() == {"iam.CreateGroup"}
    assert [one["GroupName"] for one in boto3.client("iam").list_groups()["Groups"]] == ["t"]


#: Makes groups one after another, in a process of the run and in one that it started.
RUN = """
import sys, time, subprocess
from moto import mock_aws
import boto3
if sys.argv[1] == "child":
    time.sleep(60)
child = subprocess.Popen([sys.executable, "-c", sys.argv[2], "child", ""])
print(child.pid, flush=True)
with mock_aws():
    iam = boto3.client("iam")
    for number in range(9):
        iam.list_groups()
        iam.create_group(GroupName=f"t{number}")
"""


def test_a_run_dies_after_its_kth_change_with_all_its_processes(tmp_path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{PROJECT / 'tests' / 'faults' / 'site'}",
        "AWS_DEFAULT_REGION": "ap-northeast-1",
        "AWS_ACCESS_KEY_ID": "testing0testing0",
        "AWS_SECRET_ACCESS_KEY": "testing0testing0testing0",
        "RAILYARD_FAULTS": str(tmp_path / "state"),
        "RAILYARD_FAULTS_CRASH": "4",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, "run", RUN],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert Crash(tmp_path / "state", 0).calls() == ["iam CreateGroup"] * 4
    assert marked(f"RAILYARD_FAULTS={tmp_path / 'state'}") == []
