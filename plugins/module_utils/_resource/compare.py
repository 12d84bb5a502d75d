# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between a resource and what is wanted of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Same = Callable[[Any, Any], bool]


def same_word(wanted: str, has: str) -> bool:
    """Whether two names are one to AWS, which keeps many in lower case."""
    return wanted.lower() == has.lower()


def same_members(wanted: Iterable[Any], has: Iterable[Any]) -> bool:
    """Whether two lists hold the same, in whatever order."""
    return sorted(wanted) == sorted(has)


def same_key(wanted: str, has: str) -> bool:
    """Whether a key is the one asked for: AWS tells its ARN, and the id is enough to ask for it."""
    return has.endswith(wanted)


def differences(wanted: Mapping[str, Any], current: Mapping[str, Any], options: Iterable[str], same: Mapping[str, Same]) -> dict[str, Any]:
    """The options that were given and that the resource has otherwise, with their wanted values.

    :arg wanted: option -> value; None where it was not given.
    :arg current: option -> value; what AWS does not say, of a resource that is being made, does not differ.
    :arg same: option -> whether two values mean the same, where that is more than being equal.
    """
    found = {}
    for option in options:
        value = wanted.get(option)
        if value is None or option not in current:
            continue
        is_same = same[option](value, current[option]) if option in same else value == current[option]
        if not is_same:
            found[option] = value
    return found


def fixed_problems(changes: Mapping[str, Any], current: Mapping[str, Any], fixed: Iterable[str]) -> list[str]:
    """What is wrong with changes of options that AWS takes at creation only, in words."""
    return [f"{option} is {current[option]} and cannot become {changes[option]}" for option in fixed if option in changes]


class Diff:
    """What differs, before and after: what a plan shows, and what there is to do."""

    def __init__(self, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None) -> None:
        self.before = dict(before or {})
        self.after = dict(after or {})

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    def add(self, name: str, before: Any, after: Any) -> None:
        """Note a part that differs."""
        self.before[name], self.after[name] = before, after

    def update(self, other: Diff) -> None:
        """Note all parts of another one, too."""
        self.before.update(other.before)
        self.after.update(other.after)

    def result(self) -> dict[str, Any]:
        """``changed`` and ``diff`` for exit_json."""
        return {"changed": bool(self), "diff": {"before": self.before, "after": self.after}}


def replacement(before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff:
    """What differs between a resource and the new one that takes its place."""
    shared = {key for key in after if key in before and before[key] == after[key]}
    return Diff(*({key: value for key, value in side.items() if key not in shared} for side in (before, after)))
