"""Checking inputs in this process, as the action stack_inputs does, on the project's own group_vars."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[3]
SEEN = {"inventory_region": "ap-northeast-1", "inventory_stack": "railyard", "environment": {"HOME": "/nowhere"}}
#: Templates values that have none.
PLAIN = SimpleNamespace(template=lambda value: value)
#: What a person can do about it.
REMEDY = re.compile(
    r"\b(?:write|choose|set|export|unset|leave|take|did you mean|chmod|put|say so|name|list|raise)\b|`[^`]+`",
    re.IGNORECASE,
)


@functools.cache
def options() -> dict[str, dict[str, Any]]:
    """What every variable of the project is, by name."""
    from ansible_collections.railyard.aws.plugins.action import stack_inputs

    return stack_inputs.Checks(PLAIN, {}, stack_inputs.roles()).options


@functools.cache
def good() -> dict[str, Any]:
    """The values of group_vars/all as Ansible computes them, on a machine that says nothing of its own."""
    return templated()


def templated(**more: Any) -> dict[str, Any]:
    """The same with ``more`` over them, as ``-e`` gives it."""
    given = {"railyard_state_dir": "/tmp/railyard-inputs", **more}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAILYARD_", "AWS_"))}
    command = [sys.executable, str(PROJECT / "tests/unit/plugins/templated.py"), json.dumps(given)]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def table(name: str) -> list[dict[str, Any]]:
    """The cases of a file of inputs/: values by name of the variable, the one that is meant first."""
    return yaml.safe_load((PROJECT / "tests/unit/plugins/inputs" / f"{name}.yml").read_text("utf-8"))


def problems(seen: dict[str, Any] | None = None, others: Any = (), **changed: Any) -> list[str]:
    """What is wrong with the values of group_vars and those that are ``changed``."""
    from ansible_collections.railyard.aws.plugins.action import stack_inputs

    checks = stack_inputs.Checks(PLAIN, {**good(), **changed}, stack_inputs.roles())
    return checks.problems({**SEEN, **(seen or {})}, iter(others))


def leaves(value: Any) -> Iterator[str]:
    """Everything of a value that a problem may quote, names of entries included."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(name)
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
        yield str(len(value))
    text = str(value)
    yield text if text.isprintable() else repr(text)[1:-1]
    if isinstance(value, bool) or text == "yes":
        yield "true" if value else "false"


def unsaid(case: dict[str, Any], found: list[str]) -> str:
    """Why a case is not stopped as it should be by the problems that were found; empty where it is."""
    name, value = next(iter(case.items()))
    about = [problem for problem in found if re.search(rf"\b{re.escape(name)}\b", problem)]
    if not about:
        return f"not named in {found}"
    misspelt = name not in options()
    quoting = about if misspelt else [problem for problem in about if any(leaf in problem for leaf in leaves(value))]
    if not any(REMEDY.search(problem) for problem in quoting):
        return f"without value or remedy in {about}"
    return ""
