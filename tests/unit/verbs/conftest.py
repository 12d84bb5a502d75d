"""An inventory of two web servers behind a jump host, with the project's own settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "collections"))

SERVERS = """
all:
  hosts:
    localhost:
  children:
    jump:
      hosts:
        jump01: {ansible_host: 127.0.0.9, aws_instance_id: i-0aa}
    web:
      hosts:
        web02: {ansible_host: 10.0.64.6, aws_instance_id: i-0cc}
        web01: {ansible_host: 10.0.64.5, aws_instance_id: i-0bb}
"""


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of servers; the settings lie beside it, as Ansible looks for them."""
    for name, value in {
        "USER": "kim",
        "HOME": str(tmp_path),
        "RAILYARD_STATE_DIR": str(tmp_path / "state of mine"),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("RAILYARD_STACK", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "group_vars").symlink_to(PROJECT / "group_vars")
    file = tmp_path / "servers.yml"
    file.write_text(SERVERS)
    return file
