"""Secrets are where they belong and nowhere else: what the first run, told to say everything, let slip is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import canaries
from tests.e2e.lab import LOGS, PROJECT, Lab
from tests.e2e.run import Run


@pytest.fixture(scope="module")
def values(stack: Lab) -> dict[str, str]:
    """The secrets of the account; there are some, or the search proves nothing."""
    found = canaries.secrets(stack)
    assert len(found) >= 4, sorted(found.values())
    return found


def test_no_secret_in_what_the_first_run_said(stack: Lab, first_run: Run, values: dict[str, str]) -> None:
    assert "invocation" in first_run.text, "the run was told to say everything"
    assert sorted({name for value, name in values.items() if value in first_run.text}) == []


def test_no_secret_in_a_command_line(stack: Lab, values: dict[str, str]) -> None:
    assert any(b"site.yml" in line for line in stack.processes_seen), "the watch saw the run"
    seen = b"\n".join(stack.processes_seen)
    assert sorted({name for value, name in values.items() if value.encode() in seen}) == []


def test_no_secret_in_files_of_the_controller(stack: Lab, values: dict[str, str]) -> None:
    places = (stack.root / "facts", stack.home, PROJECT / ".cache", LOGS, Path(stack.environment["RAILYARD_STATE_DIR"]))
    files = (file for place in places if place.exists() for file in place.rglob("*") if file.is_file())
    assert canaries.holding(files, values) == {}


def test_no_secret_in_files_of_servers_that_others_can_read(stack: Lab, values: dict[str, str]) -> None:
    assert canaries.on_servers(stack, values) == {}


def test_no_secret_in_the_journals(stack: Lab, values: dict[str, str]) -> None:
    for host in stack.account().servers():
        journal = stack.sandbox("logs", host, "--lines", "100000")
        assert sorted({name for value, name in values.items() if value in journal}) == [], host
