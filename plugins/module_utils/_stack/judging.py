# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judging inputs by tables: which form or range a variable has, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._stack.subnets import whole_number


@dataclass(frozen=True)
class Form:
    """A variable whose text a pattern covers; ``wanted`` says in words what."""

    name: str
    pattern: str
    wanted: str


@dataclass(frozen=True)
class Range:
    """A variable that is a whole number from ``lowest`` to ``highest``; ``wanted`` says of what."""

    name: str
    lowest: int
    highest: int
    wanted: str
    example: str


def truth(value: Any) -> bool:
    """A boolean as YAML or ``-e name=true`` gives it."""
    return value is True or str(value).strip().lower() in ("true", "yes", "on", "1")


def judge(inputs: dict[str, Any], forms: Iterable[Form], ranges: Iterable[Range]) -> list[str]:
    """A sentence for each variable that is given and is not as its form or range has it."""
    problems = [
        f"{form.name} is '{inputs[form.name]}'; write {form.wanted}."
        for form in forms
        if form.name in inputs and not re.fullmatch(form.pattern, str(inputs[form.name]))
    ]
    for one in ranges:
        number = whole_number(inputs.get(one.name))
        if one.name in inputs and (number is None or not one.lowest <= number <= one.highest):
            problems.append(f"{one.name} is '{inputs[one.name]}'; write {one.wanted} from {one.lowest} to {one.highest}, such as {one.example}.")
    return problems
