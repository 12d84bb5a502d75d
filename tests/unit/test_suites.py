"""Suites that CI does not run are read by it at least: a name that they take from another must be there."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("suite", ["e2e", "integration"])
def test_every_test_of_a_suite_is_found(suite):
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", f"tests/{suite}"]
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["faults", "resilience"])
def test_every_module_of_a_harness_is_read(package):
    modules = [
        ".".join(file.relative_to(PROJECT).with_suffix("").parts)
        for file in sorted((PROJECT / "tests" / package).rglob("*.py"))
        if file.name not in ("__init__.py", "__main__.py")
    ]
    assert modules
    says = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    done = subprocess.run(
        [sys.executable, "-c", says, *modules], cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
