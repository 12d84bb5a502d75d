"""A host of the sandbox's image with nginx on it: the checker of what the templates say."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rendering import PROJECT, Case, render

from sandbox.hosts.engine import Engine
from sandbox.network.command import CommandError

CASES = (
    *(Case("nginx", system, scenario) for system in ("Debian", "Amazon-2023") for scenario in ("defaults", "changed")),
    Case("nginx", "Debian", "refused"),
    *(Case("common", system, scenario) for system in ("Debian", "Amazon-2023") for scenario in ("defaults", "changed")),
    Case("common", "Debian", "refused"),
    *(Case("ssh_config", "", scenario) for scenario in ("defaults", "changed")),
)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with one folder per case."""
    folder = tmp_path_factory.mktemp("rendered")
    render(CASES, folder)
    return folder


class Checker:
    """Runs a checker inside the host on a text that was rendered here."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    def run(self, script: str, text: str = "") -> tuple[bool, str]:
        """Put ``text`` into /tmp/candidate, run ``script`` with sh; returns (accepted, all it said)."""
        wrapped = f"cat > /tmp/candidate; exec 2>&1; {script}"
        try:
            return True, self._engine.exec(self._container, ["sh", "-c", wrapped], stdin=text)
        except CommandError as error:
            return False, str(error)


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    hosts = _hosts()
    engine = Engine(hosts.settings())
    # Runs side by side do not share their checker.
    name = f"templates-{os.getpid()}"
    try:
        hosts.up(engine, name)
        checker = Checker(engine, engine.settings.netns(name))
        accepted, said = checker.run(
            "export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -qy --no-install-recommends "
            "nginx-light logrotate && useradd --system nginx"
        )
        assert accepted, said
        yield checker
    finally:
        hosts.down(engine, name)


def _hosts():
    """molecule/shared/host.py, which is no package."""
    spec = importlib.util.spec_from_file_location("molecule_host", PROJECT / "molecule/shared/host.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
