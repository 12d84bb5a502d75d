"""What modules are packed as is kept as long as no file of theirs changed, and nothing of it comes from elsewhere."""

from __future__ import annotations

import base64
import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.plugin_utils import payloads

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
PROJECT = Path(__file__).resolve().parents[3]
TASKS: list[dict[str, object]] = [
    {"ansible.builtin.stat": {"path": "/"}},
    {"railyard.aws.stack_lock": {"name": "/a/lock", "state": "surprising"}, "ignore_errors": True},
    {"amazon.aws.aws_caller_info": {"region": []}, "ignore_errors": True},
    {"community.aws.ses_rule_set": {"nothing": 1}, "ignore_errors": True},
]


def run(where: Path, kept: Path | str, *names: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook in a directory, with what it keeps in another."""
    (where / "play.yml").write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": TASKS}]))
    return subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            where / "play.yml",
            "-i",
            PROJECT / "inventory/localhost.yml",
            *names,
        ],
        cwd=PROJECT,
        env={
            **{"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": os.environ["PATH"], "HOME": str(where)},
            **{"RAILYARD_PAYLOADS": str(kept), "ANSIBLE_DEBUG": "true", "AWS_REGION": "eu-west-1"},
            **{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"},
        },
        capture_output=True,
        text=True,
        check=True,
    )


def packed(done: subprocess.CompletedProcess[str]) -> int:
    """How many modules a run has packed."""
    return done.stdout.count("ANSIBALLZ: Creating module")


def test_a_second_run_packs_nothing_and_says_the_same(tmp_path: Path) -> None:
    first, second = run(tmp_path, tmp_path / "kept"), run(tmp_path, tmp_path / "kept")
    assert (packed(first), packed(second)) == (4, 0)
    assert first.stdout.count("fatal:") == second.stdout.count("fatal:") == 3
    (place,) = (tmp_path / "kept").iterdir()
    assert place.stat().st_mode & 0o777 == 0o700
    # All that went in is of what the place's name was made of.
    own = ("ansible/", *(f"ansible_collections/{one.replace('.', '/')}/" for one in payloads.COLLECTIONS))
    for one in place.iterdir():
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(pickle.loads(one.read_bytes()).zip_data))) as archive:
            names = [name for name in archive.namelist() if name.count("/") > 2 or name.startswith("ansible/")]
        assert names and [name for name in names if not name.startswith(own)] == [], one.name


def test_what_is_kept_is_its_users_alone(tmp_path: Path) -> None:
    payloads.bring(tmp_path / ".cache/railyard/payloads/0123", tmp_path / "run")
    made = (".cache", ".cache/railyard", ".cache/railyard/payloads", ".cache/railyard/payloads/0123")
    assert [(tmp_path / one).stat().st_mode & 0o077 for one in made] == [0] * 4


def test_nothing_is_kept_where_that_is_not_wanted(tmp_path: Path) -> None:
    assert packed(run(tmp_path, "")) == 4
    assert not (tmp_path / ".cache").exists()


def test_nothing_is_kept_where_modules_may_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    run(tmp_path, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_what_others_may_write_is_not_read(tmp_path: Path) -> None:
    run(tmp_path, tmp_path / "kept")
    (place,) = (tmp_path / "kept").iterdir()
    place.chmod(0o770)
    done = run(tmp_path, tmp_path / "kept", "-vvv")
    assert packed(done) == 4 and "is not this user's alone" in done.stdout


@pytest.mark.parametrize("change", ["content", "time", "new", "gone"])
def test_a_change_of_any_file_is_another_place(tmp_path: Path, change: str) -> None:
    path = tmp_path / "plugins/module_utils/sub/one.py"
    path.parent.mkdir(parents=True)
    path.write_text("1")
    before = payloads.fingerprint([tmp_path])
    assert payloads.fingerprint([tmp_path]) == before
    if change == "content":
        kept = path.stat()
        path.write_text("22")
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    elif change == "time":
        os.utime(path, (1, 1))
    elif change == "new":
        (path.parent / "two.py").write_text("")
    else:
        path.unlink()
    assert payloads.fingerprint([tmp_path]) != before


def test_all_collections_that_are_kept_are_found() -> None:
    found = payloads.trees()
    assert {"ansible", "ansible_collections.railyard.aws", "ansible_collections.amazon.aws"} <= {*found}
    assert all((path / "plugins/modules").is_dir() or (path / "modules").is_dir() for path in found.values())


def test_what_nobody_used_for_a_week_goes(tmp_path: Path) -> None:
    for name, age in (("old", 8), ("young", 6)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("")
        os.utime(tmp_path / name, ((tmp_path / name).stat().st_mtime - age * 86400,) * 2)
    payloads.forget(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["young"]
