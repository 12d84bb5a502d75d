"""A stack small enough to be made for each test: what the games look at, in an account of the emulator's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).resolve().parent))

from game_lab import Host, build, default_names

from tools.game.place import Place


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """web02, as far as the games touch it."""
    return Host(tmp_path)


@pytest.fixture
def place(tmp_path: Path, host: Host) -> Iterator[Place]:
    """The stack, which may be broken although the emulator calls itself Amazon."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
        names = default_names(str(tmp_path / "state"))
        session = boto3.session.Session(region_name=names.region)
        build(session.client)
        stack = Place(names, session.client, lambda: [], real="railyard")
        patch.setattr(stack, "on", host.on)
        yield stack
