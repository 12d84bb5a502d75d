"""Whether a release that is not new has migrations that its database lacks: asked by a shell script of the role app."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TASKS = yaml.safe_load((PROJECT / "roles/app/tasks/migrate.yml").read_text("utf-8"))
(TASK,) = (task for task in TASKS if "__app_when_pending" in task.get("vars", {}))
SCRIPT = TASK["vars"]["__app_when_pending"].replace("{{ app_migrate_command }}", "echo == migrating")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    migrations = tmp_path / "db/migrate"
    (migrations / "later").mkdir(parents=True)
    for name in ("001_create_shops.rb", "20240101000000_add_name.rb", "later/20250101000000_add_index.rb", "README.md"):
        (migrations / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("versions", "migrates"),
    [
        # A database that is new, or was restored from before the last migration, under the release that is recorded.
        ([], True),
        (["1", "20240101000000"], True),
        (["1", "20240101000000", "20250101000000"], False),
        (["001", "20240101000000", "20250101000000"], False),
        # One that a later release has migrated has all of this one's.
        (["1", "20240101000000", "20250101000000", "20260101000000"], False),
    ],
)
def test_what_the_database_lacks_is_migrated(release: Path, versions: list[str], migrates: bool) -> None:
    # Several times: which of two programs reads first is decided anew each time.
    for _time in range(5):
        said = subprocess.run(
            ["bash", "-c", SCRIPT], input="\n".join(versions), cwd=release, capture_output=True, text=True, check=True
        )
        assert ("migrating" in said.stdout) == migrates, said


def test_an_application_without_migrations_has_none_pending(tmp_path: Path) -> None:
    said = subprocess.run(["bash", "-c", SCRIPT], input="", cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == said.stderr == ""


def test_the_recorded_release_is_asked_too_and_a_way_back_is_not() -> None:
    assert "__app_is_new or __app_has_database" in TASK["when"]
    assert "not app_release" in TASK["when"]
