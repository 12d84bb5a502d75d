"""What a playbook that is run by itself is given is checked too, before it takes the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
PLAYBOOKS = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (PROJECT / "playbooks").glob("*.yml")}
LOCKING = {
    name
    for name, plays in PLAYBOOKS.items()
    if "lock.yml" in [one.get("ansible.builtin.import_playbook") for one in plays]
}


def test_whoever_changes_something_takes_the_lock_and_is_checked_there() -> None:
    assert {"app.yml", "cloud.yml", "servers.yml", "restart.yml", "secret.yml", "maintenance.yml"} < LOCKING
    (play,) = PLAYBOOKS["lock.yml"]
    assert play["tasks"][0]["ansible.builtin.include_role"]["name"] == "validate"


def test_a_wrong_value_stops_it_before_anything_is_asked_of_aws(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "playbooks/cloud.yml", "-i", "inventory/localhost.yml"]
        + ["-e", "railyard_web_count=0", "--tags", "vpc"],
        cwd=PROJECT,
        env={
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            # Nobody answers there: what is asked before would say so.
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "railyard_web_count is '0'; write a number from 1 to 99." in done.stdout, done.stdout + done.stderr
    assert "127.0.0.1:9" not in done.stdout, done.stdout
