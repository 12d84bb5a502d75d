# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the environment that was chosen, and with what its file says (environments/NAME.yml)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def choice_problems(inputs: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """An environment that only a part of what reads it knows of."""
    name, chosen = str(inputs.get("railyard_environment") or ""), environment.get("RAILYARD_ENVIRONMENT", "")
    if name == chosen:
        return []
    mend = f"export RAILYARD_ENVIRONMENT={name}" if name else "unset RAILYARD_ENVIRONMENT"
    return [
        f"railyard_environment is '{name}', but RAILYARD_ENVIRONMENT, which chooses the file and the servers, is '{chosen}'; "
        f"set it in the environment only: {mend}"
    ]


def reader_problems(chosen: str, enabled: Iterable[str], configuration: str) -> list[str]:
    """A configuration that does not let the file be read; ``enabled`` are the vars plugins of it."""
    if not chosen or "railyard.aws.environment" in enabled:
        return []
    return [
        f"RAILYARD_ENVIRONMENT is '{chosen}', but {configuration or 'no configuration'} does not let its file be read; write in an ansible.cfg, below "
        "[defaults]: vars_plugins_enabled = host_group_vars, railyard.aws.environment"
    ]


def file_problems(names: Iterable[str], file: str, known: Iterable[str], command_line: Iterable[str], own: tuple[str, ...]) -> list[str]:
    """Names in a file of an environment that nothing reads, or that are said anew for each run.

    Those that begin like ``own`` are judged wherever they are set; others that are like none of ``known`` are a person's.
    """
    problems = []
    for name in sorted(set(names) - set(known)):
        if name in command_line:
            problems.append(f"{name} is in {file}, and is for one run only; take it out and give it with -e {name}=...")
        elif not name.startswith(own):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                problems.append(f"{name} in {file} is no variable of this project; did you mean '{near[0]}'? Write that, or give your own another name.")
    return problems
