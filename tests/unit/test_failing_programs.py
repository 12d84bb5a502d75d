"""A program of the application that fails: the role app says what it said, and nothing of that is a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
HOOK = ".railyard/hooks/pre-deploy"
SECRET = "hunter2hunter2"
FAILING = f"#!/bin/sh\necho café {SECRET}\necho mysql2://shop:{SECRET}@db/shop >&2\nexit 3\n"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ("hook", f"{HOOK} of release abc failed on localhost with status 3. Its last words:"),
        ("assets", "`fails assets` of release abc failed on localhost. Its last words:"),
        ("migrate", "`fails migrate` of release abc failed. Its last words:"),
        ("complete", "The bundle of release abc is not complete on localhost. Its last words:"),
    ],
)
def test_it_is_said_without_what_is_secret(tmp_path: Path, tasks: str, says: str) -> None:
    program(tmp_path / HOOK, FAILING)
    program(tmp_path / "bin/fails", FAILING)
    program(tmp_path / "bin/bundle", FAILING)
    program(tmp_path / "railyard-run", f'#!/bin/sh\ncd {tmp_path} && PATH={tmp_path}/bin:$PATH exec "$@"\n')
    (tmp_path / "app.env").write_text(f"API_TOKEN={SECRET}\n")
    values = {
        **{
            "ansible_become": False,
            "app_user": "root",
            "app_by": "kim",
            "app_release": "",
            "app_rails_env": "production",
        },
        **{
            "app_hook": "pre-deploy",
            "app_hooks": ".railyard/hooks",
            "app_hook_timeout": 30,
            "app_ruby_provider": "rbenv",
        },
        **{"app_assets_command": "fails assets", "app_migrate_command": "fails migrate"},
        **{"__app_current": {}, "__app_dir": str(tmp_path), "__app_env_file": str(tmp_path / "app.env")},
        **{"__app_is_new": True, "__app_migrates_anew": False, "__app_has_database": False, "__app_hooks_here": []},
        **{"__app_wanted": {"name": "abc", "revision": "abcdef"}, "__app_run": str(tmp_path / "railyard-run")},
    }
    included = {"name": "railyard.aws.app", "tasks_from": tasks, "rolespec_validate": False}
    task = {"ansible.builtin.include_role": included, "vars": values}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run(
        [playbook, tmp_path / "play.yml", "-i", "localhost,", "-c", "local", "-v"],
        cwd=PROJECT,
        env={"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert f"{says} café *** mysql2://***@db/shop" in said, said[said.find("Its last words") :]
    assert SECRET not in said, said
