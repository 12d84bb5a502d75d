# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ranges of versions as package.json writes them (``>=20 <23``, ``^20.9.0 || 22.x``), and the Node that one asks for."""

from __future__ import annotations

import re

_ONE = re.compile(r"(?P<operator>\^|~|>=|<=|>|<|=)?\s*v?(?P<version>\d+(?:\.(?:\d+|[xX*]))*)")


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _fits(operator: str, want: tuple[int, ...], have: tuple[int, ...]) -> bool:
    full = want + (0,) * (3 - len(want))
    same = have[: len(want)] == want
    if operator == "^":
        return have >= full and have[0] == want[0]
    if operator == "~":
        return have >= full and have[: min(2, len(want))] == want[:2]
    if operator == ">=":
        return have >= full
    if operator == ">":
        return have > full and not same
    if operator == "<=":
        return have <= full or same
    return have < full if operator == "<" else same


def takes(said: str, have: tuple[int, ...]) -> bool:
    """Whether a range has a version; what is no range, such as ``lts/*``, has every one."""
    for either in said.split("||"):
        span = re.fullmatch(r"\s*v?([\d.]+)\s+-\s+v?([\d.]+)\s*", either)
        parts = [(">=", span[1]), ("<=", span[2])] if span else [(one["operator"] or "=", one["version"]) for one in _ONE.finditer(either)]
        if all(_fits(operator, _number(version), have) for operator, version in parts):
            return True
    return False


def wanted(said: str) -> str:
    """The version to ask npm for: an exact one as it is, of a range the newest of its first major."""
    numbers = [_number(one["version"]) for either in said.split("||") for one in [_ONE.search(either)] if one]
    if len(numbers) == 1 and len(numbers[0]) == 3 and not re.search(r"[\^~<>]", said):
        return ".".join(map(str, numbers[0]))
    return str(min(number[0] for number in numbers)) if numbers else ""
