"""A deployment with worker servers, of which each step writes down its server: in which order they get the release.

The plays are those of deploy.yml. What stands in for the roles writes a line into a journal.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PLAYBOOKS = PROJECT / "playbooks"
DEPLOY = yaml.safe_load((PLAYBOOKS / "deploy.yml").read_text("utf-8"))
HOSTS = {"web": ("web01", "web02"), "worker": ("worker01", "worker02")}
#: What roles of the collection do beside writing a line, by role and file.
STEPS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "app": {
        "prepare": [
            {
                "ansible.builtin.set_fact": {
                    "__app_dir": "{{ railyard_app_path }}.d/releases/new",
                    "__app_hooks_here": [],
                    "__app_link": {
                        "stat": {
                            "exists": True,
                            "islnk": True,
                            "lnk_source": "{{ railyard_app_path }}.d/releases/old",
                        }
                    },
                }
            }
        ],
        "switch": [],
        "healthcheck": [],
        "record": [],
    },
    "puma": {
        "update": [],
        "beside": [{"ansible.builtin.set_fact": {"__puma_beside": True}}],
        "hand_over": [],
        "restart": [],
        "take_back": [{"ansible.builtin.set_fact": {"__puma_beside": False}}],
    },
    "processes": {
        "check": [],
        "quiet": [],
        # The new release's do not start there; with the last one they do.
        "main": [
            {
                "ansible.builtin.fail": {"msg": "it ended at once"},
                "when": "inventory_hostname == broken and deploy_tried is not defined",
            }
        ],
    },
}
TOLD = {"hosts": "localhost", "gather_facts": False}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the link is root's")


def _collection(root: Path, journal: Path) -> None:
    folder = root / "ansible_collections" / "railyard" / "aws"
    for role, files in STEPS.items():
        tasks = folder / "roles" / role / "tasks"
        tasks.mkdir(parents=True)
        for name, more in files.items():
            line = f"echo '{{{{ inventory_hostname }}}} {role} {name}' >> {journal}"
            # Whoever failed is asked once more, for the last release.
            tried = {"ansible.builtin.set_fact": {"deploy_tried": True}}
            steps = [{"ansible.builtin.shell": line}, *more]
            if role == "processes" and name == "main":
                steps = [
                    {"ansible.builtin.shell": line},
                    {
                        "block": more,
                        "rescue": [tried, {"name": "Start it", "ansible.builtin.fail": {"msg": "it ended at once"}}],
                    },
                ]
            (tasks / f"{name}.yml").write_text(yaml.safe_dump(steps))
    (folder / "galaxy.yml").write_text("namespace: railyard\nname: aws\nversion: 0.0.1\n")


def _plays() -> list[dict[str, Any]]:
    known = {"set_fact": {"deploy_record": {"history": [{"name": "old"}]}, "deploy_since": "0"}}
    names = [one["name"] for one in DEPLOY]
    first = next(index for index, name in enumerate(names) if name.startswith("Prepare the release"))
    (end,) = [one for one in DEPLOY if one["name"] == "End"]
    told = [task for task in end["tasks"] if task["name"].startswith("Report what failed")]
    return [{**TOLD, "tasks": [known]}, *DEPLOY[first : names.index("End")], {**end, "tasks": told}]


@pytest.fixture
def deploy(tmp_path: Path) -> Callable[..., tuple[int, list[str], str]]:
    """``deploy(broken)``: exit status, the journal, and what Ansible says."""

    def run(broken: str = "") -> tuple[int, list[str], str]:
        journal, app = tmp_path / "journal", tmp_path / "app"
        _collection(tmp_path / "collections", journal)
        old = tmp_path / "app.d" / "releases" / "old"
        old.mkdir(parents=True)
        for file in (old / ".built", old / "Procfile", tmp_path / "app.d" / "revisions.log"):
            file.write_text("worker: bin/jobs\n")
        app.symlink_to(old)
        variables = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
            "ansible_host": "127.0.0.1",
            "aws_instance_id": "i-1",
            "alb_deregistration_delay": 1,
            "app_by": "kim",
            "broken": broken,
            "nginx_maintenance_file": str(tmp_path / "maintenance"),
            "railyard_app_path": str(app),
            "railyard_app_processes": {},
            "railyard_app_revision": "HEAD",
            "railyard_app_schedule": {},
            "railyard_connect_timeout": 20,
            "railyard_login_user": "kim",
            "railyard_region": "ap-northeast-1",
            "railyard_target_group_name": "none",
        }
        hosts = {kind: {"hosts": dict.fromkeys(names, {})} for kind, names in HOSTS.items()}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": variables}, **hosts}))
        (tmp_path / "deploy.yml").write_text(yaml.safe_dump(_plays()))
        for folder in ("tasks", "files"):
            (tmp_path / folder).symlink_to(PLAYBOOKS / folder)
        (tmp_path / "ansible.cfg").write_text("[defaults]\nhost_key_checking = false\n")
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), tmp_path / "deploy.yml", "-i", tmp_path / "hosts.yml"],
            cwd=tmp_path,
            env={
                "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        lines = journal.read_text().splitlines() if journal.exists() else []
        return done.returncode, lines, " ".join((done.stdout + done.stderr).split())

    return run


def last(lines: list[str], *words: str) -> int:
    """Index of the last line with one of these words."""
    return max(index for index, line in enumerate(lines) if any(word in line for word in words))


def first(lines: list[str], *words: str) -> int:
    """Index of the first line with one of these words."""
    return min(index for index, line in enumerate(lines) if any(word in line for word in words))


def test_worker_servers_are_quiet_first_and_have_the_release_before_visitors(deploy) -> None:
    status, lines, said = deploy()
    assert status == 0, said[-4000:]
    assert sum("app prepare" in line for line in lines) == 4
    # Proved on the web servers; then no worker server begins while another takes work; then the visitors.
    assert last(lines, "puma beside") < first(lines, "processes quiet")
    assert last(lines, "worker01 processes quiet", "worker02 processes quiet") < first(lines, "app switch")
    assert last(lines, "worker01 app switch", "worker02 app switch") < first(lines, "processes main")
    assert last(lines, "worker01", "worker02") < first(lines, "web01 app switch", "web02 app switch", "puma hand_over")
    for host in (*HOSTS["web"], *HOSTS["worker"]):
        assert sum(line == f"{host} app switch" for line in lines) == 1, lines
        assert sum(line == f"{host} processes main" for line in lines) == 1, lines
    workers = " ".join(line for line in lines if line.startswith("worker"))
    assert "puma" not in workers and "healthcheck" not in workers


def test_where_a_worker_does_not_start_no_visitor_gets_the_release(deploy, tmp_path: Path) -> None:
    status, lines, said = deploy("worker02")
    assert status != 0
    assert "worker02: Start it: it ended at once" in said, said[-3000:]
    assert "Every server runs the release it ran before: old" in said, said[-3000:]
    assert not [line for line in lines if line.startswith("web") and "switch" in line], "visitors had the last one"
    for host in HOSTS["worker"]:
        assert sum(line == f"{host} processes main" for line in lines) == 2, "with the new one, and with the last again"
    for host in HOSTS["web"]:
        assert f"{host} puma take_back" in lines, "what stood beside has ended"
    assert os.readlink(tmp_path / "app").endswith("releases/old")
