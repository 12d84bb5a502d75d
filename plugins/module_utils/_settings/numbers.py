# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers that stand for texts, of which YAML has kept the value and not the writing: 1.10 is 1.1, 0755 is 493, 7:30 is 450."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.environment import written_as

Options = Mapping[str, Mapping[str, Any]]

#: The application's environment has a rule of its own, and thresholds and budgets are numbers, however they are written.
_APART = ("app_environment", "railyard_alarm_thresholds", "cloudwatch_thresholds", "railyard_budget_monthly", "cloudwatch_budget_monthly")


def _numbers(label: str, value: Any) -> Iterator[tuple[str, float]]:
    """All numbers in a value, with where they stand in it."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _numbers(f"{label}.{key}", one)
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            yield from _numbers(f"{label}[{index}]", one)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield label, value


def _is_number(option: Mapping[str, Any]) -> bool:
    return option.get("type") in ("int", "float") or option.get("elements") in ("int", "float")


def number_problems(values: Mapping[str, Any], options: Options) -> list[str]:
    """A sentence for each number that was written otherwise than it reads now. Both by name of the variable."""
    problems = []
    for name, value in values.items():
        if name not in options or name in _APART:
            continue
        for label, number in _numbers(name, value):
            written = written_as(number)
            # Of what is a number, 1_000 and 8.50 mean what they say; 010 and 1:30 do not.
            plain = _is_number(options[name]) and not (written or "").startswith("0") and ":" not in (written or "")
            if written and written != str(number) and not plain:
                problems.append(f"{label} is {number}, which was written as {written}: YAML reads numbers before anybody else does; write it in quotes.")
    return problems
