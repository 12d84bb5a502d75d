"""release_link: which release is current, who made it so, and which ones go."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.modules import release_link

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="what is root's takes root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A stack's releases a to e, a the oldest, and the first one current."""
    tmp_path.chmod(0o755)
    (tmp_path / "app.d" / "releases").mkdir(parents=True)
    for age, name in enumerate("edcba"):
        release = tmp_path / "app.d" / "releases" / name
        release.mkdir()
        os.utime(release, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "app").symlink_to(tmp_path / "app.d" / "releases" / "a")
    return tmp_path


@pytest.fixture
def make_current(run_module, root: Path):
    def make_current(name: str, **arguments: Any) -> dict[str, Any]:
        base = root / "app.d"
        usual = {"path": str(root / "app"), "releases": str(base / "releases"), "log": str(base / "revisions.log")}
        said = {"name": name, "entry": f"kim release {name}\nof\tshop"}
        return run_module(release_link, **{**usual, **said, **arguments})

    return make_current


def left(root: Path) -> str:
    return "".join(sorted(entry.name for entry in (root / "app.d" / "releases").iterdir()))


def test_the_link_leads_to_it_and_the_log_says_who(make_current, root: Path) -> None:
    result = make_current("e")
    assert result["changed"] and result["before"].endswith("/a") and os.readlink(root / "app").endswith("/releases/e")
    log = (root / "app.d" / "revisions.log").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ kim release e of shop\n", log)
    assert f"{root}/app.d/releases/e" in result["diff"]["after"] and left(root) == "abcde"
    assert not os.path.lexists(root / "app.new")


def test_what_is_current_stays_and_leaves_no_line(make_current, root: Path) -> None:
    make_current("e")
    log = (root / "app.d" / "revisions.log").read_text()
    result = make_current("e")
    assert not result["changed"] and (root / "app.d" / "revisions.log").read_text() == log


def test_the_oldest_go_that_nobody_remembers(make_current, root: Path) -> None:
    result = make_current("e", remembered=["b"], keep=3)
    assert sorted(result["removed"]) == ["c", "d"] and left(root) == "abe"


def test_more_are_remembered_than_kept(make_current, root: Path) -> None:
    make_current("e", remembered=["a", "b", "c"], keep=2)
    assert left(root) == "abce"


def test_the_release_before_stays_as_visitors_have_it_until_puma_changes(make_current, root: Path) -> None:
    """A run that was killed before it recorded its release leaves one current that nobody remembers."""
    result = make_current("e", remembered=["b", "c", "d"], keep=2)
    assert result["removed"] == [] and left(root) == "abcde"
    assert make_current("b", remembered=["e", "c", "d"], keep=2)["removed"] == ["a"]


def test_where_nothing_changes_nothing_goes(make_current, root: Path) -> None:
    """Once a release is recorded, the record has forgotten the oldest: that is no change of a run."""
    make_current("e", remembered=["a", "b", "c", "d"], keep=4)
    result = make_current("e", remembered=["e", "a", "b", "c"], keep=4)
    assert not result["changed"] and left(root) == "abcde"
    assert not make_current("e", remembered=["e", "a", "b", "c"], keep=4, check=True)["changed"]


def test_a_plan_changes_nothing_and_may_name_what_is_not_there_yet(make_current, root: Path) -> None:
    result = make_current("f", keep=2, check=True)
    assert result["changed"] and sorted(result["removed"]) == ["b", "c", "d", "e"]
    assert left(root) == "abcde" and os.readlink(root / "app").endswith("/a")


def test_a_release_that_is_missing_is_not_made_current(make_current, root: Path) -> None:
    assert "is missing; bring the release" in make_current("f")["msg"]
    assert os.readlink(root / "app").endswith("/a") and not (root / "app.d" / "revisions.log").exists()


def test_a_directory_in_the_place_of_the_link_is_left(make_current, root: Path) -> None:
    (root / "app").unlink()
    (root / "app").mkdir()
    assert "move it away" in make_current("e")["msg"] and (root / "app").is_dir() and left(root) == "abcde"


def test_a_link_that_somebody_else_made_becomes_roots(make_current, root: Path) -> None:
    os.lchown(root / "app", 65534, 65534)
    assert make_current("a")["changed"] and (root / "app").lstat().st_uid == 0


def test_links_of_a_release_are_not_followed_when_it_goes(make_current, root: Path) -> None:
    (root / "canary").mkdir()
    (root / "canary" / "file").write_text("root's\n")
    (root / "app.d" / "releases" / "b" / "storage").symlink_to(root / "canary")
    (root / "app.d" / "releases" / "linked").symlink_to(root / "canary")
    make_current("e", keep=1)
    assert (root / "canary" / "file").exists() and left(root) == "aelinked"


def test_a_log_that_is_a_link_is_not_written_through(make_current, root: Path) -> None:
    (root / "canary").write_text("root's\n")
    (root / "app.d" / "revisions.log").symlink_to(root / "canary")
    assert "cannot lead to" in make_current("e")["msg"]
    assert (root / "canary").read_text() == "root's\n" and os.readlink(root / "app").endswith("/a")
