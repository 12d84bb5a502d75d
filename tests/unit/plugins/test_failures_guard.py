"""A module whose own code fails says so in words, and another look at the account is tried."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._failures.passing import passing_failure

MODULES = sorted(
    path.stem
    for path in (Path(__file__).resolve().parents[3] / "plugins/modules").glob("*.py")
    if "def main()" in path.read_text()
)


def fails_with(error: Exception):
    @guarded
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize(
    "error", [KeyError("DBInstances"), IndexError("list index out of range"), TypeError("'NoneType'"), ValueError("x")]
)
def test_no_traceback_reaches_a_person(error, capsys):
    with pytest.raises(SystemExit) as ended:
        fails_with(error)()
    assert ended.value.code == 1
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    assert f"({type(error).__name__}: {error}, at test_failures_guard.py:" in result["msg"]
    assert "run the same command again" in result["msg"]
    assert "Traceback" not in result["msg"]
    assert "did not understand" in passing_failure(result)


def test_a_module_that_ends_as_it_should_is_left_alone(capsys):
    with pytest.raises(SystemExit) as ended:
        fails_with(SystemExit(0))()
    assert ended.value.code == 0
    assert capsys.readouterr().out == ""


def test_ansible_test_s_own_exceptions_pass(capsys):
    class AnsibleModuleCallError(RuntimeError):
        pass

    with pytest.raises(AnsibleModuleCallError):
        fails_with(AnsibleModuleCallError())()
    assert capsys.readouterr().out == ""


def test_there_are_modules():
    assert len(MODULES) > 20


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_guarded(name):
    module = importlib.import_module(f"ansible_collections.railyard.aws.plugins.modules.{name}")
    assert module.main.__wrapped__.__name__ == "main"
