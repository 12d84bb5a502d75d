"""docs/ARCHITECTURE.md and docs/KINDS.md tell of every kind that stack_info knows, and of what it says about each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tools import kinds
from tools.kinds import KINDS, PROJECT, SERVICES

FOLDER = PROJECT / "plugins" / "module_utils" / "_inventory" / "services"


def table() -> dict[str, str]:
    """Kind → the rest of its row in docs/KINDS.md."""
    return dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", kinds.PAGE.read_text("utf-8"), re.MULTILINE))


def test_the_table_has_every_kind_and_no_other() -> None:
    assert sorted(table()) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_every_field(kind: str) -> None:
    assert set(KINDS[kind].fields) - set(re.findall(r"\w+", table()[kind])) == set()


def test_the_table_is_written_from_the_declarations() -> None:
    assert kinds.PAGE.read_text("utf-8") == kinds.page(), "run `python -m tools.kinds`"


def test_the_architecture_leads_to_the_table() -> None:
    assert "(KINDS.md)" in (PROJECT / "docs" / "ARCHITECTURE.md").read_text("utf-8")


def test_every_service_that_has_a_file_is_looked_at() -> None:
    declaring = {Path(service.__file__).stem for service in SERVICES if service.KINDS}
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == declaring


def roles_of(playbook: str) -> list[tuple[str, str]]:
    """Roles that a playbook imports, each with the file of its tasks, in order."""
    plays = yaml.safe_load((PROJECT / "playbooks" / playbook).read_text("utf-8"))
    tasks = [task for play in plays for task in play.get("tasks", [])]
    imported = [task["ansible.builtin.import_role"] for task in tasks if "ansible.builtin.import_role" in task]
    return [(role["name"], role.get("tasks_from", "main")) for role in imported]


def test_teardown_removes_every_kind_by_the_role_that_makes_it() -> None:
    removing = {role for role, tasks in roles_of("teardown.yml") if tasks == "absent"}
    assert {kind.role for kind in KINDS.values()} - removing == set()


@pytest.mark.parametrize(
    "page",
    [
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/ARCHITECTURE.md",
        *sorted(str(path.relative_to(PROJECT)) for path in (PROJECT / "docs" / "decisions").glob("*.md")),
    ],
)
def test_files_that_pages_for_contributors_name_exist(page: str) -> None:
    """Paths from the root and links; ``<role>`` in one stands for any name."""
    text = (PROJECT / page).read_text("utf-8")
    roots = "|".join(
        re.escape(path.name) for path in PROJECT.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    paths = re.findall(rf"`((?:{roots})/[^` *]*)`", text)
    # Those of a role, such as `meta/argument_specs.yml`, are in every one.
    globs = {path: re.sub("<[^>]+>", "*", path) for path in paths if not path.startswith("build/")}
    missing = [path for path, glob in globs.items() if not [*PROJECT.glob(glob), *PROJECT.glob(f"roles/*/{glob}")]]
    links = [
        link
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not (PROJECT / page).parent.joinpath(link).exists()
    ]
    assert missing + links == []


def test_every_decision_is_in_the_list() -> None:
    folder = PROJECT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for name in listed:
        headings = re.findall(r"^## (.+)$", (folder / name).read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequence"], name
