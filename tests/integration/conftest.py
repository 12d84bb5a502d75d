"""A sandbox of the tests' own, with hosts; skipped where hosts cannot run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from sandbox import client
from sandbox.hosts.engine import Engine
from sandbox.settings import PROJECT, Settings


class Sandbox:
    """One running sandbox."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.settings = Settings(name=f"it{port}", home=home, api_port=port, region="ap-northeast-1")
        self.engine = Engine(self.settings)

    def command(self, *argv: str) -> subprocess.CompletedProcess:
        environment = {
            **os.environ,
            "RAILYARD_SANDBOX_NAME": self.settings.name,
            "RAILYARD_SANDBOX_HOME": str(self.settings.home),
            "RAILYARD_SANDBOX_PORT": str(self.settings.api_port),
            "AWS_REGION": self.settings.region,
        }
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *argv],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )

    def client(self, service: str):
        variables = client.environment_of(self.settings)
        return boto3.client(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def until(self, what, patience: float = 60):
        """The first true value of ``what()``; fails with the sandbox's status after ``patience`` seconds."""
        end = time.monotonic() + patience
        while not (found := what()):
            assert time.monotonic() < end, self.command("status").stdout
            time.sleep(0.3)
        return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    doctor = subprocess.run(
        [sys.executable, "-m", "sandbox", "doctor"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if doctor.returncode:
        pytest.skip(f"this machine cannot run hosts:\n{doctor.stdout}")
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    up = made.command("up", "--require-hosts")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield made
    finally:
        down = made.command("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert made.engine.containers() == []
