"""Ansible as CI runs it: with the variables of the repository, and nobody at a terminal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.ci import ending
from tools.verbs.stack import PROJECT, Stack
from tools.verbs.trouble import Trouble

#: Seconds that a cancelled run has to end by itself.
_PATIENCE = 20


def variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Files of variables that RAILYARD_CI_VARIABLES names, one a line, as words of ``-e``. Raises Trouble."""
    files = [
        Path(line.strip()).absolute() for line in environ.get("RAILYARD_CI_VARIABLES", "").splitlines() if line.strip()
    ]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise Trouble(
            f"RAILYARD_CI_VARIABLES names {missing[0]}, where there is no file; write its path in the repository."
        )
    return [f"@{file}" for file in files]


def settings(expressions: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Values of settings by name, without asking AWS for servers. Raises Trouble."""
    stack = Stack(extra=variables(environ), sources=[str(PROJECT / "inventory/localhost.yml")])
    return {name: str(stack.ask(expression)) for name, expression in expressions.items()}


def about() -> tuple[str, str]:
    """Stack and region."""
    said = settings({"stack": "railyard_stack", "region": "railyard_region"})
    return said["stack"], said["region"]


def run(words: Sequence[str], environment: Mapping[str, str], extra: Mapping[str, Any] | None = None) -> int:
    """Run a playbook; returns its exit status. What it says goes to the log of the run."""
    given = [word for file in variables(environment) for word in ("-e", file)]
    own = ["-e", json.dumps(dict(extra))] if extra else []
    command = ["ansible-playbook", *words, *given, *own]
    process = None
    try:
        with ending.held():
            process = subprocess.Popen(command, cwd=PROJECT, env=dict(environment), stdin=subprocess.DEVNULL)
        return process.wait()
    except BaseException:
        if process is not None:
            _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Of a run that is cancelled: Ansible gives the lock back, which a killed one would keep."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
