# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of an engine: judging wanted values, finding differences. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: Parameters that one request may carry (Modify..ParameterGroup, Reset..ParameterGroup of both services).
PAGE = 20

Item = TypeVar("Item")
#: What AWS says of each parameter, by name.
Known = dict[str, dict[str, Any]]


def is_allowed(value: str, allowed: str) -> bool:
    """Whether ``value`` is among what AWS lists as allowed: words and ranges such as ``0-100``, comma-separated."""
    number = int(value) if re.fullmatch(r"-?\d+", value) else None
    for choice in (part.strip() for part in allowed.split(",")):
        if choice == value:
            return True
        bounds = re.fullmatch(r"(-?\d+)-(-?\d+)", choice)
        if bounds and number is not None and int(bounds[1]) <= number <= int(bounds[2]):
            return True
    return False


def is_listed(allowed: str | None) -> bool:
    """Whether the allowed values are words and ranges; for some parameters they are a pattern, which AWS judges."""
    return bool(allowed) and all(re.fullmatch(r"[\w.-]+", part.strip()) for part in str(allowed).split(","))


def validate(wanted: dict[str, str], known: Known, family: str, with_values: bool) -> None:
    """Raise ResourceError, naming every mistake, unless all of ``wanted`` can be set.

    :arg wanted: values as text by name.
    :arg with_values: whether values are judged here; else AWS itself does.
    """
    problems = []
    for name, value in sorted(wanted.items()):
        entry = known.get(name)
        if entry is None:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            problems.append(f"'{name}' is not a parameter of {family}{hint}")
        elif entry.get("ParameterValue") == value:
            continue
        elif not entry.get("IsModifiable", True):
            problems.append(f"'{name}' is {entry.get('ParameterValue')} and AWS does not let anyone change it to {value}")
        elif with_values and is_listed(entry.get("AllowedValues")) and not is_allowed(value, entry["AllowedValues"]):
            problems.append(f"'{name}' is to be '{value}' but takes {entry['AllowedValues']}")
    if problems:
        raise ResourceError("Mend these parameters: " + "; ".join(problems) + ".")


def set_by_user(parameters: Known) -> dict[str, Any]:
    """The values, by name, of the parameters that are not left to the engine or to AWS."""
    return {name: entry.get("ParameterValue") for name, entry in parameters.items() if entry.get("Source") == "user"}


def differences(wanted: dict[str, str], current: Known, purge: bool, same: Callable[[str, str | None], bool]) -> tuple[dict[str, str], list[str]]:
    """(values to set, names to reset) that make the ``current`` parameters of a group the ``wanted`` ones."""
    to_set = {name: value for name, value in wanted.items() if not same(value, current.get(name, {}).get("ParameterValue"))}
    return to_set, sorted(name for name in set_by_user(current) if purge and name not in wanted)


def in_pages(items: list[Item]) -> Iterator[list[Item]]:
    """The items of a list in lists of at most ``PAGE``."""
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]
