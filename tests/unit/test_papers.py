"""docs/fidelity.md and docs/reliability.md name services, files, targets and settings that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
FIDELITY, RELIABILITY = "docs/fidelity.md", "docs/reliability.md"


def read(path: str) -> str:
    """A file of the project, by its path from the root."""
    return (PROJECT / path).read_text("utf-8")


def rows(path: str) -> list[list[str]]:
    """Cells of the rows of a paper's tables, headings left out."""
    lines = read(path).splitlines()
    kept = [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if line[:2] == "| " and after[:4] != "|---"
    ]
    return [[cell.strip(" |") for cell in line.strip("|").split(" | ")] for line in kept]


def quoted(path: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", read(path))


def settings() -> set[str]:
    """Names that group_vars and roles give a default."""
    files = [*(PROJECT / "group_vars").rglob("*.yml"), *(PROJECT / "roles").glob("*/defaults/main.yml")]
    return {name for file in files for name in yaml.safe_load(file.read_text("utf-8")) or {}}


def test_every_service_of_the_sandbox_has_its_row_and_no_other() -> None:
    folders = {path.parent.name for path in (PROJECT / "sandbox/services").glob("*/__init__.py")}
    named = [row[0].strip("`") for row in rows(FIDELITY)]
    assert len(folders) >= 13
    assert sorted(named) == sorted(folders)


@pytest.mark.parametrize("path", [FIDELITY, RELIABILITY])
def test_every_row_says_something_in_every_cell(path: str) -> None:
    width = {FIDELITY: 5, RELIABILITY: 4}[path]
    assert [row for row in rows(path) if len(row) != width] == []
    assert [row[0] for row in rows(path) if not row[-1] or not row[1]] == []


@pytest.mark.parametrize("path", [FIDELITY, RELIABILITY])
def test_files_and_folders_that_are_named_exist(path: str) -> None:
    files = [word for word in quoted(path) if re.fullmatch(r"[a-z0-9_./-]+/[a-z0-9_./-]+\.(py|yml|md)", word)]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", read(path)) if "://" not in link]
    assert files and links
    assert [name for name in files if not (PROJECT / name).is_file()] == []
    assert [link for link in links if not (PROJECT / "docs" / link).exists()] == []


@pytest.mark.parametrize("path", [FIDELITY, RELIABILITY])
def test_targets_and_settings_that_are_named_exist(path: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))
    made = {word.split()[1] for word in quoted(path) if word.startswith("make ")}
    assert made and made <= targets
    known = settings()
    variables = {
        word.split(":")[0] for word in quoted(path) if re.match(r"(railyard|vpc|rds|elasticache)_[a-z_]+(:|$)", word)
    }
    given = {name for word in quoted(path) for name in re.findall(r"-e ([a-z_]+)=", word)}
    assert variables | given - {"take_lock"} <= known, sorted((variables | given) - known)
    sandbox = {word.split("=")[0] for word in quoted(path) if word.startswith("RAILYARD_SANDBOX_")}
    assert [name for name in sandbox if f"`{name}`" not in read("sandbox/README.md")] == []


def test_a_row_that_has_no_test_says_so() -> None:
    without = [row[0] for row in rows(RELIABILITY) if ".py" not in row[3] and ".yml" not in row[3]]
    assert [
        name for name in without if "no test" not in next(row[3] for row in rows(RELIABILITY) if row[0] == name)
    ] == []
    # Somebody who adds the test finds the row by this list.
    assert without == ["the controller is lost"]
