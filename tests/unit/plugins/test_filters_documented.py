"""ansible-doc says of each filter what that filter does, and not what its neighbour in the file does."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
FILTERS = {
    name: function
    for file in sorted((PROJECT / "plugins" / "filter").glob("*.py"))
    for name, function in importlib.import_module(f"ansible_collections.railyard.aws.plugins.filter.{file.stem}")
    .FilterModule()
    .filters()
    .items()
}


@pytest.fixture(scope="module")
def documented() -> dict[str, dict]:
    """What ansible-doc says of every filter of the collection."""
    names = [f"railyard.aws.{name}" for name in FILTERS]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-doc")), "--type", "filter", "--json", *names],
        env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name.rsplit(".", 1)[1]: entry for name, entry in json.loads(done.stdout).items()}


def test_there_are_filters_and_each_is_documented(documented: dict[str, dict]) -> None:
    assert {"stack_alarms", "cache_nodes", "surplus_servers", "agent_config_problems"} <= set(FILTERS)
    assert set(documented) == set(FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_s_documentation_is_its_own(name: str, documented: dict[str, dict]) -> None:
    entry = documented[name]
    assert entry["doc"]["name"] == name
    assert f"railyard.aws.{name}" in entry["examples"]
    _input, *others = inspect.signature(FILTERS[name]).parameters
    assert set(entry["doc"]["options"]) == {"_input", *others}


def test_no_two_filters_say_the_same(documented: dict[str, dict]) -> None:
    said = [entry["doc"]["short_description"] for entry in documented.values()]
    assert len(set(said)) == len(said)
