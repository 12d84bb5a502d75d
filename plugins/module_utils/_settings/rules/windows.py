# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the daily and weekly windows of database and cache: their form, their length, and one over the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import shown

Inputs = dict[str, Any]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")


@dataclass(frozen=True)
class Pair:
    """The two windows of a service; each is at least ``shortest`` minutes long, and they share none."""

    daily: str
    weekly: str
    shortest: int
    examples: tuple[str, str]


PAIRS = (
    Pair("rds_backup_window", "rds_maintenance_window", 30, ("17:00-17:30", "sun:18:00-sun:18:30")),
    Pair("elasticache_snapshot_window", "elasticache_maintenance_window", 60, ("17:00-18:00", "sun:18:30-sun:19:30")),
)


def _minutes(day: str, hour: str, minute: str) -> int:
    return _DAYS.index(day) * DAY + int(hour) * 60 + int(minute)


def daily(text: str) -> tuple[int, int] | None:
    """Begin (minutes after midnight) and length of a daily window, which may pass midnight; None where it is none."""
    found = _DAILY.fullmatch(text)
    if not found:
        return None
    begin, end = _minutes("mon", *found.groups()[:2]), _minutes("mon", *found.groups()[2:])
    return begin, (end - begin) % DAY


def weekly(text: str) -> tuple[int, int] | None:
    """The same of a weekly one, from the week's first minute; it may pass the week's end."""
    found = _WEEKLY.fullmatch(text.lower())
    if not found:
        return None
    begin, end = _minutes(*found.groups()[:3]), _minutes(*found.groups()[3:])
    return begin, (end - begin) % WEEK


def overlap(every_day: tuple[int, int], every_week: tuple[int, int]) -> bool:
    """Whether a daily window shares a minute with a weekly one, on any day of it."""
    begin, length = every_day
    week_begin, week_length = every_week
    # From the day before the week to the day after, so that what passes either end is seen.
    return any(
        day * DAY + begin < week_begin + week_length + shift and week_begin + shift < day * DAY + begin + length
        for day in range(-1, 8)
        for shift in (-WEEK, 0, WEEK)
    )


def window_problems(inputs: Inputs) -> list[str]:
    """Problems of all windows that are given; an empty one is AWS's choice, which avoids the other."""
    return [problem for pair in PAIRS for problem in _pair_problems(pair, inputs)]


def _pair_problems(pair: Pair, inputs: Inputs) -> list[str]:
    problems, parsed = [], []
    for name, parse, longest, example in ((pair.daily, daily, DAY, pair.examples[0]), (pair.weekly, weekly, DAY, pair.examples[1])):
        value = str(inputs.get(name) or "")
        window = parse(value)
        parsed.append(window)
        if value and window is None:
            problems.append(f"{name} is '{shown(value)}'; write it in UTC like {example}, or nothing to let AWS choose.")
        elif window is not None and not pair.shortest <= window[1] <= longest:
            problems.append(f"{name} is '{value}', {window[1]} minutes long, but AWS takes {pair.shortest} minutes to a day; write one like {example}.")
    every_day, every_week = parsed
    if not problems and every_day and every_week and overlap(every_day, every_week):
        problems.append(
            f"{pair.weekly} is '{inputs[pair.weekly]}', which overlaps {pair.daily} '{inputs[pair.daily]}', and AWS takes no two at once; "
            f"write times that share no minute, such as {pair.examples[0]} and {pair.examples[1]}."
        )
    return problems
