"""What Ansible keeps of the inventory and of servers is its owner's to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible_collections.railyard.aws.plugins.plugin_utils import caches

PROJECT = Path(__file__).resolve().parents[3]


def test_others_do_not_come_in(tmp_path: Path) -> None:
    kept = tmp_path / ".cache"
    kept.mkdir(mode=0o755)
    caches.close(kept)
    assert kept.stat().st_mode & 0o777 == 0o700


def test_a_link_and_what_is_not_there_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(elsewhere)
    caches.close(tmp_path / "link")
    caches.close(tmp_path / "nowhere")
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_a_run_closes_the_one_of_its_configuration(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir(mode=0o755)
    (tmp_path / "ansible.cfg").write_text(
        f"[defaults]\ncollections_path = {PROJECT / 'collections'}\ncallbacks_enabled = railyard.aws.looks\n"
    )
    (tmp_path / "nothing.yml").write_text("[{hosts: localhost, gather_facts: false, tasks: []}]")
    subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", tmp_path / "nothing.yml"],
        env={"ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert (tmp_path / ".cache").stat().st_mode & 0o777 == 0o700
