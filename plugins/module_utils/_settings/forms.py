# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checking inputs by tables: which form or range a variable has, and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

#: What of a value is shown: a key or a whole file given by mistake would fill the screen.
LONGEST_SHOWN = 120
#: Characters of a problem, and how many are shown of each end of a longer one.
LONGEST_PROBLEM, HEAD_SHOWN = 1500, 600


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
    return value is True or str(value).strip().lower() in ("true", "yes", "on", "1", "y", "t")


def shown(value: Any) -> str:
    """A value as a sentence shows it: on one line, not too long."""
    text = str(value)
    if not text.isprintable():
        text = repr(text)[1:-1]
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def readable(problem: str) -> str:
    """A problem that does not fill the screen, whatever it quotes: its beginning, and its end, where the remedy is."""
    return problem if len(problem) <= LONGEST_PROBLEM else f"{problem[:HEAD_SHOWN]} ... {problem[-HEAD_SHOWN:]}"


def did_you_mean(value: Any, choices: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the closest choice, or a full stop."""
    near = difflib.get_close_matches(str(value), list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else "."


def entries(inputs: dict[str, Any], name: str) -> list[Any]:
    """The entries of a list; none where it is no list, which its type says."""
    value = inputs.get(name)
    return value if isinstance(value, list) else []


def form_problems(inputs: dict[str, Any], forms: Iterable[Form], ranges: Iterable[Range]) -> list[str]:
    """A sentence for each variable that is given and is not as its form or range has it."""
    problems = [
        f"{form.name} is '{shown(inputs[form.name])}'; write {form.wanted}."
        for form in forms
        if form.name in inputs and not re.fullmatch(form.pattern, str(inputs[form.name]))
    ]
    for one in ranges:
        number = whole_number(inputs.get(one.name))
        if one.name in inputs and (number is None or not one.lowest <= number <= one.highest):
            problems.append(f"{one.name} is '{shown(inputs[one.name])}'; write {one.wanted} from {one.lowest} to {one.highest}, such as {one.example}.")
    return problems


def entry_problems(inputs: dict[str, Any], forms: Iterable[Form]) -> list[str]:
    """The same for the entries of lists, each of which stands there once."""
    problems = []
    for form in forms:
        texts = [str(value) for value in entries(inputs, form.name)]
        problems += [f"{form.name} has '{shown(text)}'; write {form.wanted}." for text in dict.fromkeys(texts) if not re.fullmatch(form.pattern, text)]
        problems += [f"{form.name} has '{shown(text)}' more than once; write it once." for text in dict.fromkeys(texts) if texts.count(text) > 1]
    return problems
