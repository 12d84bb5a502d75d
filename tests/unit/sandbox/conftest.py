"""The emulated API as a process of its own, as the sandbox runs it: no override reaches other tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from sandbox.core import client, daemon
from sandbox.core.settings import PROJECT, Settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ApiDaemon:
    """Starts, kills and asks one API-only daemon."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(name="unit", home=home, api_port=free_port(), region="ap-northeast-1")
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "RAILYARD_SANDBOX_NAME": self.settings.name,
            "RAILYARD_SANDBOX_HOME": str(self.settings.home),
            "RAILYARD_SANDBOX_PORT": str(self.settings.api_port),
            "AWS_REGION": self.settings.region,
            "RAILYARD_SANDBOX_TIMES": str(self.settings.latency),
        }
        argv = [sys.executable, "-m", "sandbox.daemon", "--api-only"]
        self.process = subprocess.Popen(argv, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while client.page(self.settings, "status") is None:
            assert self.process.poll() is None, daemon.log_file(self.settings).read_text()
            assert time.monotonic() < end, "the API does not answer"
            time.sleep(0.1)

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=30)

    def client(self, service: str):
        variables = client.environment_of(self.settings)
        return boto3.client(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    return free_port()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A running API with an empty account, for the tests of one module."""
    served = ApiDaemon(tmp_path_factory.mktemp("home"))
    served.start()
    yield served
    served.end()


@pytest.fixture
def own_api(tmp_path):
    """A running API for one test, which may kill it."""
    served = ApiDaemon(tmp_path)
    served.start()
    yield served
    if served.process.poll() is None:
        served.end(signal.SIGKILL)
