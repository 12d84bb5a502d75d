"""The tags by which a stack finds its own are on everything, whatever railyard_tags says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.stack_tags import FilterModule
from ansible_collections.railyard.aws.plugins.module_utils._inventory.stack_tags import OWN, tags_problems

PROJECT = Path(__file__).resolve().parents[3]
stack_tags = FilterModule().filters()["stack_tags"]
TAGGING = sorted(
    path.parents[1]
    for path in (PROJECT / "roles").glob("*/defaults/main.yml")
    if f"{path.parents[1].name}_tags" in yaml.safe_load(path.read_text()) and path.parents[1].name != "validate"
)
THEIRS = {"Stack": "t", "ManagedBy": "railyard.aws", "Role": "vpc"}


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({}, {}),
        (None, {}),
        ({"CostCenter": 4711}, {"CostCenter": "4711"}),
        (dict.fromkeys(OWN, "elsewhere"), {}),
        ({"stack": "other"}, {"stack": "other"}),
    ],
)
def test_own_tags_win(given, more):
    assert stack_tags(given, "t", "vpc") == {**more, **THEIRS}


@pytest.mark.parametrize("key", OWN)
def test_own_tags_are_refused_as_input(key):
    (problem,) = tags_problems({"railyard_stack": "t", "railyard_tags": {key: "elsewhere", "CostCenter": "1"}})
    assert f"railyard_tags has {key}: 'elsewhere'" in problem
    assert f"take {key} out" in problem


@pytest.mark.parametrize("tags", [{}, None, {"CostCenter": "1"}, {"Stack": "t", "ManagedBy": "railyard.aws"}])
def test_other_tags_are_fine(tags):
    assert tags_problems({"railyard_stack": "t", "railyard_tags": tags}) == []


@pytest.mark.parametrize("tags", ["CostCenter=1", ["CostCenter"], 5])
def test_what_is_no_tags_is_refused(tags):
    (problem,) = tags_problems({"railyard_stack": "t", "railyard_tags": tags})
    assert str(tags) in problem.replace("'", "") or str(tags) in problem


def test_there_are_roles_that_tag():
    assert len(TAGGING) >= 12


@pytest.mark.parametrize("where", [*TAGGING, PROJECT / "playbooks"], ids=lambda path: path.name)
def test_every_use_of_a_persons_tags_adds_the_stacks_own(where):
    name = "railyard_tags" if where.name == "playbooks" else f"{where.name}_tags"
    files = [path for path in where.rglob("*.yml") if path.parent.name not in ("defaults", "meta")]
    lines = [line.strip() for path in files for line in path.read_text().splitlines()]
    uses = [line for line in lines if re.search(rf"(?<!\w){name}(?!\w)", line)]
    assert uses, f"nothing uses {name}"
    assert [line for line in uses if f"{name} | railyard.aws.stack_tags(" not in line] == []
