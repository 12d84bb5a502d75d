# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What config/schedule.rb of whenever says: commands, and systemd's calendars of their times where reading tells them for certain.

Times are those that whenever writes into a crontab (its ``Output::Cron``). Of times of the day it understands what Chronic does: one
without am or pm may be either, and is left to people.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_QUOTED = r"'[^']*'|\"(?:[^\"#\\]|#(?!\{))*\""
_EVERY = re.compile(rf"^every[\s(]+(?P<what>{_QUOTED}|\[[^\]]*\]|[^,({{]+?)\s*(?P<options>,.*?)?\)?\s*(?:do(?:\s*\|[^|]*\|)?|\{{(?P<body>.*)\}})$")
_AT = re.compile(rf"(?::at\s*=>|\bat:)\s*(?P<at>\[[^\]]*\]|{_QUOTED}|\d+(?=\s*(?:,|$)))")
_OPTION = re.compile(r":?([a-z_]+)(?::(?!:)|\s*=>)")
#: Options of ``every`` that change nothing of the times.
_HARMLESS = {"at", "roles", "output", "mailto", "environment", "description", "hours24"}
_JOB = re.compile(rf"^(?P<type>\w+)[\s(]+(?P<task>{_QUOTED})\s*(?:,.*)?\)?$")
_SPAN = re.compile(r"(\d+)\.(minute|hour|day|week|month|year)s?")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "month": 30 * 86400, "year": 365 * 86400}
_KEYWORDS = {"hourly": "hour", "daily": "day", "midnight": "day", "weekly": "sunday", "monthly": "month", "yearly": "year", "annually": "year"}
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_OPENS = re.compile(r"^(?:if|unless|case|begin|while|until|for|def|class|module)\b|\bdo(?:\s*\|[^|]*\|)?$")
_FIELD = re.compile(r"(?P<first>\d+|\*)(?:-(?P<last>\d+))?(?:/(?P<step>\d+))?")


@dataclass(frozen=True)
class Job:
    """What runs at one time: what stands in the file, its line there, and command and calendar where both are certain."""

    task: str
    line: int
    command: str = ""
    calendar: str = ""


def _spread(frequency: int, most: int, start: int = 0) -> str:
    """Values of a field of cron that are so far apart, as whenever spreads them."""
    if frequency == 1:
        return "*"
    if frequency > (most + 1) // 2:
        return str(frequency)
    first = start if (most + 1) % frequency == 0 or start > 0 else start + frequency
    times = int(most / frequency + 0.5) + (start == 0)
    return ",".join(f"{value:02}" for value in list(range(first, most + 1, frequency))[:times])


def _clock(text: str, hours24: bool) -> tuple[int, int] | None:
    """Hour and minute of a time of the day; None where it may be another."""
    if text in ("midnight", "noon"):
        return (0 if text == "midnight" else 12), 0
    found = re.fullmatch(r"(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\.?|(\d{1,2}):(\d\d)", text)
    if not found:
        return None
    if found[3]:
        hour, minute = int(found[1]), int(found[2] or 0)
        return (hour % 12 + (12 if found[3] == "p" else 0), minute) if 1 <= hour <= 12 and minute < 60 else None
    hour, minute = int(found[4]), int(found[5])
    certain = hours24 or hour == 0 or 7 <= hour <= 11 or hour >= 13
    return (hour, minute) if certain and hour < 24 and minute < 60 else None


def _field(text: str, first: int, most: int) -> str:
    """A field of cron as systemd writes it; empty where it may mean something else."""
    parts = []
    for part in text.split(","):
        found = _FIELD.fullmatch(part)
        if not found or any(value and not first <= int(value) <= most for value in (found["first"].strip("*"), found["last"])):
            return ""
        if found["first"] == "*":
            if found["last"]:
                return ""
            parts.append(f"{first:02}/{found['step']}" if found["step"] and int(found["step"]) > 1 else "*")
        elif found["step"] and not found["last"]:
            return ""
        else:
            last = f"..{int(found['last']):02}" if found["last"] else ""
            parts.append(f"{int(found['first']):02}{last}{'/' + found['step'] if found['step'] else ''}")
    return ",".join(parts) if "*" not in parts or len(parts) == 1 else ""


def _weekdays(text: str) -> str:
    """Weekdays of cron as systemd writes them, and nothing for all; a question mark where they may mean something else."""
    if text == "*":
        return ""
    days: set[int] = set()
    for part in text.lower().split(","):
        for number, name in enumerate(_DAYS):
            part = part.replace(name.lower(), str(number))
        found = re.fullmatch(r"([0-7])(?:-([0-7]))?", part)
        if not found or int(found[2] or 7) < int(found[1]):
            return "?"
        days |= {day % 7 for day in range(int(found[1]), int(found[2] or found[1]) + 1)}
    return "Mon..Fri" if days == {1, 2, 3, 4, 5} else ",".join(_DAYS[day] for day in sorted(days, key=lambda day: (day - 1) % 7))


def of_cron(text: str) -> str:
    """systemd's calendar of the five fields of a crontab; empty where both may differ."""
    words = text.split()
    if len(words) != len(("minute", "hour", "day", "month", "weekday")):
        return ""
    minute, hour, day, month = (_field(word, *limits) for word, limits in zip(words, ((0, 59), (0, 23), (1, 31), (1, 12)), strict=False))
    weekday = _weekdays(words[4])
    # Of a day and a weekday, cron takes either and systemd both.
    if not (minute and hour and day and month) or weekday == "?" or (weekday and day != "*"):
        return ""
    date = f"*-{month}-{day} " if (month, day) != ("*", "*") else ""
    return f"{f'{weekday} ' if weekday else ''}{date}{hour}:{minute}"


def _times(seconds: int, at: str, hours24: bool) -> str:
    """The crontab's fields of so many seconds; empty where they are uncertain."""
    number = int(at) if at.isdigit() else None
    hour, minute = (0, 0) if not at or number is not None else _clock(at, hours24) or (-1, -1)
    if minute < 0 or seconds < _SECONDS["minute"] or seconds > _SECONDS["year"]:
        return ""
    if seconds < _SECONDS["hour"]:
        return "" if at else f"{_spread(seconds // 60, 59)} * * * *"
    if seconds < _SECONDS["day"]:
        return f"{number if number is not None else minute} {_spread(round(seconds / 3600), 23)} * * *"
    if seconds < _SECONDS["month"]:
        return f"{minute} {number if number is not None else hour} {_spread(round(seconds / 86400), 31, 1)} * *"
    if number is not None:
        return ""
    if seconds < _SECONDS["year"]:
        return f"{minute} {hour} 1 {_spread(round(seconds / _SECONDS['month']), 12, 1)} *"
    return f"{minute} {hour} 1 1 *"


def calendar(what: str, at: str = "", hours24: bool = False) -> str:
    """systemd's calendar of ``every WHAT, at: AT``; empty where reading does not tell it for certain."""
    if what[:1] in "'\"":
        return "" if at else of_cron(what[1:-1])
    symbol = what.removeprefix(":")
    word = _KEYWORDS.get(symbol, symbol)
    if word in _SECONDS and what.startswith(":"):
        return of_cron(_times(_SECONDS[word], at, hours24))
    span = _SPAN.fullmatch(what)
    if span:
        return of_cron(_times(int(span[1]) * _SECONDS[span[2]], at, hours24))
    days = {"weekday": "1-5", "weekend": "6,0", **{name: str(number) for number, name in enumerate(_long_days())}}
    clock = (0, 0) if not at else None if at.isdigit() else _clock(at, hours24)
    return of_cron(f"{clock[1]} {clock[0]} * * {days[word]}") if what.startswith(":") and word in days and clock else ""


def _long_days() -> tuple[str, ...]:
    return ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def _command(kind: str, task: str) -> str:
    """What a server runs for a job of one of whenever's own types; empty for others."""
    return {
        "rake": f"bundle exec rake {task}",
        "runner": f"bin/rails runner {shlex.quote(task)}",
        "command": task,
        "script": f"bundle exec script/{task}",
    }.get(kind, "")


def _ats(options: str) -> list[str]:
    """Times of the day that ``every`` is given, one at least; a question mark where they are no plain words."""
    keys = set(_OPTION.findall(re.sub(_QUOTED, "''", options)))
    if keys - _HARMLESS:
        return ["?"]
    found = _AT.search(options)
    if not found:
        return ["?"] if "at" in keys else [""]
    said = found["at"]
    if said.isdigit():
        return [said]
    quoted = re.findall(_QUOTED, said)
    plain = not re.sub(_QUOTED, "", said).strip("[], ")
    return [one.strip() for text in quoted for one in text[1:-1].lower().split(",")] if quoted and plain else ["?"]


def jobs(text: str) -> Iterator[Job]:
    """Every job of the file. One whose command or times only its author knows has no calendar."""
    hours24 = bool(re.search(r"^\s*set\s+:chronic_options\b.*\bhours24(?::|\s*=>)\s*true", text, re.MULTILINE))
    own_types = set(re.findall(r"^\s*job_type[\s(]+:(\w+)", text, re.MULTILINE))
    #: Calendars of the block that a line is in; none where they are uncertain, or within anything but a block of ``every``.
    blocks: list[list[str] | None] = []
    for number, line in enumerate(text.splitlines(), 1):
        said = re.sub(r"\s#(?!\{).*$", "", line).strip()
        if not said or said.startswith("#"):
            continue
        every = _EVERY.match(said)
        if every:
            times = [calendar(every["what"].strip(), at, hours24) for at in _ats(every["options"] or "")]
            block = times if all(times) and not any(one is None for one in blocks) else None
            if every["body"] is None:
                blocks.append(block)
            else:
                yield from _of_line(every["body"].strip(), number, block, own_types)
        elif re.match(r"^end\b", said):
            blocks = blocks[:-1]
        elif re.match(r"^every\b", said):
            yield Job(said, number)
            if _OPENS.search(said):
                blocks.append(None)
        elif _OPENS.search(said):
            blocks.append(None)
        elif blocks:
            yield from _of_line(said, number, blocks[-1], own_types)


def _of_line(said: str, number: int, times: list[str] | None, own_types: set[str]) -> Iterator[Job]:
    """The jobs of a line within a block: one for each of its times."""
    found = _JOB.match(said)
    if not found:
        # What only sets something runs nothing.
        if not re.match(r"^(?:(?:set|env|else|elsif|when|job_type|require\w*)\b|\w+\s*=)", said):
            yield Job(said, number)
        return
    task = found["task"][1:-1]
    command = "" if found["type"] in own_types or "\\" in task else _command(found["type"], task)
    if not times or not command:
        yield Job(task, number)
        return
    for one in times:
        yield Job(task, number, command, one)


def timezone(text: str) -> str:
    """The time zone that the file gives cron; empty where it gives none."""
    found = re.search(r"^\s*env[\s(]+(?::|['\"])CRON_TZ['\"]?\s*,\s*['\"]([\w/+-]+)['\"]", text, re.MULTILINE)
    return found[1] if found else ""


def schedules(found: list[Job], zone: str = "", taken: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """What railyard_app_schedule says of the jobs that are certain, by a name made of each.

    :param taken: names that others have
    """
    others = set(taken)
    named: dict[str, dict[str, str]] = {}
    for job in found:
        if job.calendar:
            start = re.sub(r"[^A-Za-z0-9_]+", "-", job.task).strip("-")[:50].strip("-") or "job"
            name = next(one for one in (start, *(f"{start}-{number}" for number in range(2, 999))) if one not in others)
            others.add(name)
            named[name] = {"command": job.command, "calendar": job.calendar, **({"timezone": zone} if zone else {})}
    return named
