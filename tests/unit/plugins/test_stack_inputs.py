"""Two tables: inputs that are stopped, with value, reason and remedy, before anything is changed; and right ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.plugins import inputs_lab as lab

WRONG = lab.table("wrong")
RIGHT = lab.table("right")
#: What a person can do about it.
REMEDY = re.compile(
    r"\b(?:write|choose|set|export|unset|leave|take|did you mean|chmod|put|say so|name|list|raise)\b|`[^`]+`",
    re.IGNORECASE,
)


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


def unsaid(case: dict[str, Any]) -> str:
    """Why a case is not stopped as it should be; empty where it is."""
    name, value = next(iter(case.items()))
    found = lab.problems(**case)
    about = [problem for problem in found if re.search(rf"\b{re.escape(name)}\b", problem)]
    if not about:
        return f"not named in {found}"
    misspelt = name not in lab.options()
    quoting = about if misspelt else [problem for problem in about if any(leaf in problem for leaf in leaves(value))]
    if not any(REMEDY.search(problem) for problem in quoting):
        return f"without value or remedy in {about}"
    return ""


def test_the_tables_are_large_and_without_repeats() -> None:
    assert len(WRONG) >= 500
    assert len({str(case) for case in WRONG}) == len(WRONG)
    assert len(RIGHT) >= 100


def test_wrong_inputs_stop_with_value_reason_and_remedy() -> None:
    silent = {str(case): why for case in WRONG if (why := unsaid(case))}
    assert silent == {}, f"{len(silent)} of {len(WRONG)}"


def test_right_inputs_are_left_alone() -> None:
    refused = {str(case): found for case in RIGHT if (found := lab.problems(**case))}
    assert refused == {}


def test_nearly_every_variable_that_group_vars_sets_has_a_wrong_value_of_its_own() -> None:
    """The rest are computed ones, those of which only the type can be wrong, and a few that are new."""
    tried = {name for case in WRONG for name in case}
    untried = sorted(set(lab.good()) - tried)
    assert len(untried) <= len(lab.good()) // 12, f"give them rows in inputs/wrong.yml: {', '.join(untried)}"
