"""The reusable workflow and how a repository calls it: each script is there, and no more is allowed than needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.ci.__main__ import VERBS
from tools.ci.login import _KEPT_BACK

PROJECT = Path(__file__).resolve().parents[3]
REUSABLE = PROJECT / ".github/workflows/railyard.yml"
CALLING = PROJECT / "examples/ci/railyard.yml"
#: What each verb's token of GitHub is for, beside the identity token and the checkout.
WRITES = {"plan": {"pull-requests"}, "deploy": set(), "drift": {"issues"}}


def read(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    (found,) = read(REUSABLE)["jobs"].values()
    return found


def test_each_step_runs_a_script_that_is_there(job: dict[str, Any]) -> None:
    commands = [step["run"].split() for step in job["steps"] if "run" in step]
    assert commands == [
        ["make", "-C", "railyard", "setup"],
        ["exec", "railyard/tools/ci/run", '"$VERB"', "application", '"$VARIABLES"'],
    ]
    assert re.search(r"^setup:", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    script = PROJECT / "tools/ci/run"
    assert script.stat().st_mode & 0o111 and "exec python -m tools.ci" in script.read_text("utf-8")


def test_nothing_that_somebody_else_words_gets_into_a_shell(job: dict[str, Any]) -> None:
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_actions_are_pinned_to_a_commit_and_leave_no_credentials_behind(job: dict[str, Any]) -> None:
    used = [step for step in job["steps"] if "uses" in step]
    assert len(used) == 2
    for step in used:
        assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", step["uses"])
        assert step["with"]["persist-credentials"] is False
    # The version beside the commit is what people and bots read.
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", REUSABLE.read_text("utf-8"), re.MULTILINE)) == 2


def test_a_pull_request_from_a_fork_is_left_alone(job: dict[str, Any]) -> None:
    assert "head.repo.full_name == github.repository" in job["if"]


def test_what_the_run_gets_of_github_goes_no_further(job: dict[str, Any]) -> None:
    given = [name for step in job["steps"] for name, value in step.get("env", {}).items() if "token" in str(value)]
    assert given == ["GITHUB_TOKEN"] and set(given) <= set(_KEPT_BACK)
    assert "secrets." not in REUSABLE.read_text("utf-8")


def test_a_stack_is_changed_by_one_run_at_a_time_and_none_is_broken_off(job: dict[str, Any]) -> None:
    concurrency = job["concurrency"]
    assert "inputs.verb == 'plan' && github.ref || 'changes'" in concurrency["group"]
    assert all(f"inputs.{name}" in concurrency["group"] for name in ("region", "stack", "environment"))
    assert concurrency["cancel-in-progress"] == "${{ inputs.verb == 'plan' }}"


def test_inputs_are_used_and_those_that_are_used_are_declared() -> None:
    text = REUSABLE.read_text("utf-8")
    declared = read(REUSABLE)["on"]["workflow_call"]["inputs"]
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(declared)
    assert all(one["description"] and one["type"] == "string" for one in declared.values())


@pytest.mark.parametrize("name", WRITES)
def test_a_calling_job_allows_what_its_verb_needs(name: str) -> None:
    calling, inputs = read(CALLING), read(REUSABLE)["on"]["workflow_call"]["inputs"]
    assert calling["permissions"] == {}
    job = calling["jobs"][name]
    assert job["permissions"] == {"contents": "read", "id-token": "write"} | dict.fromkeys(WRITES[name], "write")
    assert job["uses"].startswith("railyard/railyard.aws/.github/workflows/railyard.yml@")
    given = job["with"]
    assert set(given) <= set(inputs) and {key for key, one in inputs.items() if one.get("required")} <= set(given)
    assert given["verb"] == name in VERBS
    assert given["role"].endswith("-ci-deploy" if name == "deploy" else "-ci-plan")


def test_only_a_merge_deploys_and_it_is_asked_for_approval() -> None:
    jobs = read(CALLING)["jobs"]
    assert {name: job["if"] for name, job in jobs.items()} == {
        "plan": "github.event_name == 'pull_request'",
        "deploy": "github.event_name == 'push'",
        "drift": "github.event_name == 'schedule'",
    }
    assert [name for name, job in jobs.items() if "github-environment" in job["with"]] == ["deploy"]
    settings = read(PROJECT / "examples/ci/settings.yml")
    assert settings["railyard_ci_environments"] == [jobs["deploy"]["with"]["github-environment"]]
