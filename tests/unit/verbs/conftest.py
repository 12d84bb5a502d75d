"""Plugins are imported from this checkout. The real `Stack` is asked in a process of its own (test_verbs_servers.py):
Ansible's loader of collections, once it is there, would be there for every other test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.verbs.stack import Server
from tools.verbs.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "collections"))


class StandIn:
    """Answers for the stack `railyard` of Tokyo."""

    SETTINGS = {
        "secret": "/railyard/app/env",
        "region": "ap-northeast-1",
        "name": "/railyard/app/receipts",
        "by": "kim@laptop",
        "stack": "railyard",
        "webhook": "",
    }

    def __init__(self, servers: bool = True) -> None:
        self.servers = servers

    def ask(self, _expression: str) -> dict[str, str]:
        return self.SETTINGS

    def tags(self, name: str) -> dict[str, str]:
        return {"Stack": "railyard", "Role": "app", "Name": name}

    def web(self, _on: str | None = None) -> list[Server]:
        if not self.servers:
            raise Trouble("No running web server was found.")
        return [Server("web01", "i-0bb", ("ssh", "ec2-user@10.0.64.5"))]


@pytest.fixture
def stack() -> StandIn:
    return StandIn()
