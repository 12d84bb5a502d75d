"""Directories of a server: nothing that another user planted leads root elsewhere."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import PathError, trusted_directory
from ansible_collections.railyard.aws.plugins.modules import directories

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving things to others takes root")

OTHER = pwd.getpwnam("nobody")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory of root's, beside a file and a directory that nobody may touch."""
    tmp_path.chmod(0o755)
    (tmp_path / "canary").write_text("root's\n")
    (tmp_path / "canary").chmod(0o600)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    return tmp_path


def owner(path: Path) -> tuple[int, int]:
    info = path.lstat()
    return info.st_uid, stat.S_IMODE(info.st_mode)


def keep(*entries: dict, check: bool = False, files: tuple[Path, ...] = ()) -> directories.Tree:
    tree = directories.Tree(check)
    for entry in entries:
        tree.keep(**{"group": "nogroup" if entry.get("owner") else None, **entry, "path": str(entry["path"])})
    for file in files:
        tree.keep_file(str(file))
    return tree


def test_what_is_between_is_roots_and_a_leaf_is_its_owners(root):
    entries = {"path": root / "app"}, {"path": root / "app/shared/log", "owner": "nobody"}
    assert len(keep(*entries).after) == 3
    assert owner(root / "app/shared") == (0, 0o755)
    assert owner(root / "app/shared/log") == (OTHER.pw_uid, 0o755)
    assert keep(*entries).after == []


def test_a_plan_names_all_and_makes_nothing(root):
    entries = {"path": root / "app"}, {"path": root / "app/shared/log", "owner": "nobody"}
    assert len(keep(*entries, check=True, files=(root / "app/revisions.log",)).after) == 3
    assert not (root / "app").exists()


@pytest.mark.parametrize("target", ["canary", "elsewhere", "missing"])
def test_a_planted_link_is_moved_aside_and_leads_nowhere(root, target):
    (root / "app").mkdir()
    (root / "app/log").symlink_to(root / target)
    os.lchown(root / "app/log", OTHER.pw_uid, OTHER.pw_gid)
    keep({"path": root / "app"}, {"path": root / "app/log", "owner": "nobody"})
    assert (root / "app/log").is_dir() and not (root / "app/log").is_symlink()
    assert owner(root / "canary") == (0, 0o600) and owner(root / "elsewhere") == (0, 0o700)
    assert [path.name.split(".aside-")[0] for path in (root / "app").glob("*.aside-*")] == ["log"]


def test_a_tree_that_was_anothers_becomes_roots_from_the_top(root):
    for path in ("app", "app/shared", "app/shared/log"):
        (root / path).mkdir()
        os.chown(root / path, OTHER.pw_uid, OTHER.pw_gid)
    keep({"path": root / "app"}, {"path": root / "app/shared/log", "owner": "nobody"})
    assert owner(root / "app") == owner(root / "app/shared") == (0, 0o755)


def test_below_a_leaf_nothing_is_made(root):
    with pytest.raises(PathError, match="app/log can be changed by others than root.*chown root:"):
        keep(
            {"path": root / "app"},
            {"path": root / "app/log", "owner": "nobody"},
            {"path": root / "app/log/deep", "owner": "nobody"},
        )


def test_a_link_that_root_made_to_a_disk_of_its_own_is_kept(root):
    (root / "disk").mkdir(mode=0o755)
    (root / "app").symlink_to(root / "disk")
    keep({"path": root / "app"}, {"path": root / "app/log", "owner": "nobody"})
    assert (root / "app").is_symlink() and owner(root / "disk/log")[0] == OTHER.pw_uid


@pytest.mark.parametrize("planted", ["link", "hard link", "fifo", "anothers"])
def test_a_file_of_roots_is_a_file_of_its_own(root, planted):
    file = root / "revisions.log"
    match planted:
        case "link":
            file.symlink_to(root / "canary")
        case "hard link":
            file.hardlink_to(root / "canary")
        case "fifo":
            os.mkfifo(file)
        case "anothers":
            file.write_text("mine\n")
            os.chown(file, OTHER.pw_uid, OTHER.pw_gid)
    # In a plan its directory may still be another's.
    os.chown(root, OTHER.pw_uid, OTHER.pw_gid)
    assert len(keep({"path": root}, check=True, files=(file,)).after) == 2
    os.chown(root, 0, 0)
    assert len(keep(files=(file,)).after) == 1
    assert owner(root / "canary") == (0, 0o600)
    assert keep(files=(file,)).after == []
    if planted == "anothers":
        assert owner(file) == (0, 0o644)
    else:
        assert not file.exists()


def test_what_is_made_in_a_readable_directory_can_be_read_whatever_the_umask(root):
    entries = {"path": root / "log", "owner": "nobody", "readable": True}, {"path": root / "pids", "owner": "nobody"}
    keep(*entries)
    assert keep(*entries).after == []
    before = os.umask(0o027)
    try:
        (root / "log/production.log").write_text("")
        (root / "pids/puma.pid").write_text("")
    finally:
        os.umask(before)
    assert owner(root / "log/production.log")[1] == 0o644
    assert owner(root / "pids/puma.pid")[1] == 0o640


def test_a_user_who_is_not_there_is_named(root):
    with pytest.raises(PathError, match="There is no user 'nobody-here'; run the role that makes it"):
        keep({"path": root / "log", "owner": "nobody-here"})


def test_a_circle_of_links_ends(root):
    (root / "one").symlink_to(root / "two")
    (root / "two").symlink_to(root / "one")
    with pytest.raises(PathError, match="is no directory"):
        trusted_directory(str(root / "one"))
