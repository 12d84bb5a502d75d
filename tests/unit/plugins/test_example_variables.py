"""The files of variables that the README names are whole: validate accepts them, and references lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.app_environment import app_environment

from tests.unit.plugins import inputs_lab as lab
from tests.unit.plugins.test_app_environment import KNOWN

PROJECT = Path(__file__).resolve().parents[3]
FILES = sorted((PROJECT / "examples/variables").glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_validate_accepts_it(file: Path) -> None:
    assert lab.problems(**yaml.safe_load(file.read_text("utf-8"))) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_variable_of_its_environment_gets_a_value(file: Path) -> None:
    given = yaml.safe_load(file.read_text("utf-8")).get("app_environment", {})
    found = app_environment(KNOWN, "rails", given, {"/forum/payment": '{"private": "s"}'})
    assert set(given) <= set(found)


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_the_readme_names_each(readme: str) -> None:
    text = (PROJECT / readme).read_text("utf-8")
    assert len(FILES) == 3
    assert [file.name for file in FILES if f"(examples/variables/{file.name})" not in text] == []
