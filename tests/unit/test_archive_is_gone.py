"""A release whose archive is neither on this machine nor in the bucket: the way back ends with what can be done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("packable", [True, False])
def test_it_says_where_it_looked_and_what_to_do(tmp_path: Path, packable: bool) -> None:
    source = tmp_path / "shop"
    source.mkdir()
    (source / "Gemfile").write_text("")
    if not packable:
        (source / "outside").symlink_to("/etc/hostname")
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {
            **{
                "__app_wanted": {"name": "abc", "revision": "a" * 64, "source": str(source)},
                "app_excludes": [],
                "app_includes": [],
            },
            **{
                "app_archives": str(tmp_path),
                "__app_archive": str(tmp_path / "gone.tar.gz"),
                "__app_artifacts": "shop-artifacts",
            },
            **{"__app_archive_key": "app/releases/gone.tar.gz", "__app_aws": True, "app_region": "ap-northeast-1"},
        },
        "tasks": [{"ansible.builtin.include_tasks": str(PROJECT / "roles/app/tasks/archive.yml")}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), tmp_path / "play.yml", "-i", "localhost,", "-c", "local"],
        cwd=PROJECT,
        # Nobody whom the bucket would answer.
        env={
            **{"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert f"Its archive is not at {tmp_path}/gone.tar.gz on this machine" in said, said
    assert "s3://shop-artifacts/app/releases/gone.tar.gz could not be fetched" in said, said
    assert "playbooks/deploy.yml" in said, said
