"""A server to which the last release does not come back: the others get it all the same, and the end says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PLAYBOOKS = PROJECT / "playbooks"
DEPLOY = yaml.safe_load((PLAYBOOKS / "deploy.yml").read_text("utf-8"))

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the link is root's")


def play(name: str) -> dict[str, Any]:
    return next(one for one in DEPLOY if one["name"] == name)


@pytest.fixture
def run(tmp_path: Path):
    """``run(islnk)`` restores two servers, one after the other, and ends as a deployment does; what Ansible says."""

    def run(islnk: bool, begun: tuple[str, ...] = ()) -> str:
        link = {"stat": {"exists": islnk, "islnk": islnk, "lnk_source": str(tmp_path / "gone")}}
        restoring = {
            "hosts": "web",
            "gather_facts": False,
            "serial": 1,
            "vars": {
                "__app_link": link,
                "deploy_problem": "web01: it does not start",
                "railyard_app_path": str(tmp_path / "app"),
                "app_by": "kim",
                "deploy_begun": [{"name": name} for name in begun],
            },
            "tasks": [{"ansible.builtin.include_tasks": str(PLAYBOOKS / "tasks" / "restore.yml")}],
        }
        end = play("End")
        ending = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {
                **play("Begin")["vars"],
                "app_by": "kim",
                "deploy_begun": [{"name": "old"}],
                "deploy_problems": ["web01: it does not start"],
            },
            "tasks": [task for task in end["tasks"] if task["name"] == "Report what failed"],
        }
        (tmp_path / "play.yml").write_text(yaml.safe_dump([restoring, ending]))
        (tmp_path / "hosts.yml").write_text(
            yaml.safe_dump({"web": {"hosts": {"web01": {}, "web02": {}}, "vars": {"ansible_connection": "local"}}})
        )
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), tmp_path / "play.yml", "-i", tmp_path / "hosts.yml"],
            cwd=PROJECT,
            env={"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        return " ".join((done.stdout + done.stderr).split())

    return run


def test_one_that_does_not_come_back_leaves_no_other_without_its_release(run) -> None:
    said = run(islnk=True)
    for server in ("web01", "web02"):
        assert f"{server}: Set the link back: " in said, said
    assert "did not come back on all servers: web01: Set the link back" in said and "playbooks/app.yml" in said, said
    assert "Every server runs" not in said


def test_one_that_had_no_release_before_is_told_of(run) -> None:
    said = run(islnk=False)
    assert "web02: it had no release before" in said and "playbooks/app.yml" in said, said


def test_what_is_recorded_comes_back_and_not_what_a_killed_run_left(run, tmp_path: Path) -> None:
    (tmp_path / "app.d/releases/recorded").mkdir(parents=True)
    (tmp_path / "app.d/releases/recorded/.built").touch()
    (tmp_path / "app.d/revisions.log").touch()
    run(islnk=True, begun=("recorded", "older"))
    assert os.readlink(tmp_path / "app") == str(tmp_path / "app.d/releases/recorded")
    assert "back to recorded" in (tmp_path / "app.d/revisions.log").read_text()


def test_what_is_recorded_and_not_here_does_not_come_back(run, tmp_path: Path) -> None:
    (tmp_path / "app.d/releases/unbuilt").mkdir(parents=True)
    run(islnk=True, begun=("unbuilt",))
    assert not os.path.lexists(tmp_path / "app")
