"""Which part of the sandbox may know which: the core no service, a service no other one's inside."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import sandbox
from sandbox import services
from sandbox.api import overrides

ROOT = Path(sandbox.__file__).parent
SERVICES = sorted(module.name for module in pkgutil.iter_modules(services.__path__) if module.ispkg)

#: What a service shows the others, beside its picture and its names.
SHOWN = {
    # Every interface has an address of its subnet, whoever makes it.
    "sandbox.services.ec2.subnet_addresses",
    # A VPC's resolver knows its instances' names.
    "sandbox.services.ec2.metadata.tree",
    # They look for proofs in the DNS, which somebody may not have delegated.
    "sandbox.services.acm.overrides.certificates",
    "sandbox.services.ses.overrides.identities_v1",
    # Mail that leaves the account, whoever writes it.
    "sandbox.services.ses.mailbox",
}


def imports_of(file: Path) -> set[str]:
    """Full names of the sandbox's modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sandbox":
            for name in node.names:
                path = ROOT.parent / Path(*node.module.split("."), name.name)
                is_module = path.with_suffix(".py").exists() or path.is_dir()
                found.add(f"{node.module}.{name.name}" if is_module else node.module)
    return found


def files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("file", files("core"), ids=str)
def test_the_core_knows_no_service(file):
    assert {name for name in imports_of(file) if name.startswith(("sandbox.services", "sandbox.api"))} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_nothing_of_the_inside_of_another(service):
    inside = {
        (str(file.relative_to(ROOT)), name)
        for file in files(f"services/{service}")
        for name in imports_of(file)
        if name.startswith("sandbox.services.")
        and name.split(".")[2] in SERVICES
        and name.split(".")[2] != service
        and name.rsplit(".", 1)[-1] not in ("picture", "names")
        and name not in SHOWN
    }
    assert inside == set()


@pytest.mark.parametrize("file", files("network", "hosts", "publish"), ids=str)
def test_network_and_hosts_know_what_is_there_and_no_service(file):
    names = {name for name in imports_of(file) if name.startswith("sandbox.services.")}
    assert {name for name in names if not name.endswith(".picture")} == set()


def test_every_override_is_applied_and_each_once():
    listed = list(overrides.modules())
    there = {
        f"sandbox.services.{file.parts[-3]}.overrides.{file.stem}"
        for file in ROOT.glob("services/*/overrides/*.py")
        if file.stem != "__init__"
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == there


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_what_it_is_without_the_emulator(service):
    """The command line and the layers' processes read these; moto is 100 MB of memory."""
    for name in ("picture", "names", "reader", "parsers"):
        if (ROOT / "services" / service / f"{name}.py").exists():
            source = (ROOT / "services" / service / f"{name}.py").read_text("utf-8")
            assert "moto" not in source, name
            importlib.import_module(f"sandbox.services.{service}.{name}")
