# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schedules of an application: what a person says of them, and the timer and service of systemd of each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.processes import CONTROL, MEMORY, NAME, SERVERS, quoted

_KEYS = ("command", "calendar", "timezone", "memory_max", "timeout", "servers")
#: Characters of a calendar expression. What they mean systemd-analyze on the server knows.
_CALENDAR = re.compile(r"[A-Za-z0-9*,:/.~ -]{1,200}")
#: Words of one: weekdays, and names for whole expressions.
_WORDS = re.compile(
    r"(?i:mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?|"
    r"minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly|annually)"
)
#: The highest numbers of a time (hour, minute, second) and of a date (year, month, day).
_HIGHEST = {":": (23, 59, 59), "-": (9999, 12, 31)}
#: Parts of one: weekdays, a date, a time.
_PARTS = 3
#: Names for whole expressions, beside which nothing stands.
_WHOLE = re.compile(r"(?i:minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly|annually)")
#: Months that are shorter than 31 days in any year.
_DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_CRON = re.compile(r"@\w+|[0-9*/,-]+( [0-9A-Za-z*/,-]+){4}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_SECONDS = re.compile(r"[1-9][0-9]{0,6}")
_EXAMPLE = "{digest: {command: bundle exec rake digest:send, calendar: 'Mon..Fri 07:00'}}"


@dataclass(frozen=True)
class Schedule:
    """A command that runs at the times of a calendar, once however many servers there are."""

    name: str
    command: str
    #: As systemd takes it, without a zone.
    calendar: str
    timezone: str = "UTC"
    memory_max: str = "infinity"
    #: Seconds that a run may take.
    timeout: int = 3600
    #: ``one``: one server, whichever; ``all``: each of them.
    servers: str = "one"

    @property
    def when(self) -> str:
        """What OnCalendar says."""
        return f"{self.calendar} {self.timezone}"

    @property
    def timer(self) -> str:
        """Name of its timer."""
        return f"railyard-schedule-{self.name}.timer"

    @property
    def service(self) -> str:
        """Name of its service."""
        return f"railyard-schedule-{self.name}.service"


def _impossible(text: str) -> str:
    """The first word or number of a calendar that no clock and no calendar has; empty where all are possible."""
    strange = [word for word in re.findall(r"[A-Za-z]+", text) if not _WORDS.fullmatch(word)]
    for sign, highest in _HIGHEST.items():
        for part in (part for part in text.split() if sign in part):
            # Counted from the end where the year is left out. What stands after a slash is a step.
            fields = part.replace("~", "-").split(sign)
            limits = highest[-len(fields) :] if sign == "-" else highest
            for index, field in enumerate(fields[: len(limits)]):
                strange += [number for number in re.findall(r"\d+", re.sub(r"/\d+", "", field)) if int(number) > limits[index]]
    return strange[0] if strange else ""


def _unordered(text: str) -> bool:
    """Whether the parts of a calendar are others than weekdays, a date and a time, in this order."""
    kinds = [2 if ":" in part else 0 if re.search("[A-Za-z]", part) else 1 if re.search("[-~]", part) else None for part in text.split()]
    known = [kind for kind in kinds if kind is not None]
    return len(known) < len(kinds) or known != sorted(set(known)) or (len(kinds) > 1 and any(_WHOLE.fullmatch(part) for part in text.split()))


def _absent(text: str) -> str:
    """A date, or a step, that no year and no hour has; empty where all of them come."""
    for part in text.split():
        step = re.search(r"/(\d+)", part)
        if step and not 0 < int(step[1]) <= max(_HIGHEST[":" if ":" in part else "-"]):
            return step[0]
        if ":" in part or re.search("[A-Za-z]", part):
            continue
        month, day = ["", "", *re.split("[-~]", part)][-2:]
        if re.fullmatch("0+", month) or re.fullmatch("0+", day) or (month.isdigit() and day.isdigit() and int(day) > _DAYS.get(int(month), 31)):
            return part
    return ""


def _wrong_calendar(text: str) -> str:
    if _CRON.fullmatch(text):
        return "what systemd's OnCalendar takes instead of cron's form: 'daily', '*:0/10' for every ten minutes, 'Mon..Fri 07:00'"
    if not _CALENDAR.fullmatch(text):
        return "what systemd's OnCalendar takes, such as 'hourly', '*:0/10' for every ten minutes, or 'Mon..Fri 07:00'"
    if len(text.split()) > _PARTS or re.search(r"[A-Za-z]+/[A-Za-z]|\b(UTC|GMT)\b", text):
        return "weekdays, a date and a time at most, such as 'Mon..Fri *-*-* 07:00'; its time zone goes into timezone"
    if _unordered(text):
        return "weekdays, a date and a time in this order, such as 'Mon..Fri *-*-* 07:00' or '*:0/5', or one word such as 'daily' alone"
    # Servers agree on whole seconds.
    if re.search(r"(?<!\.)\.(?!\.)", text):
        return "times in whole seconds"
    if _impossible(text) or _absent(text):
        return f"one without '{_impossible(text) or _absent(text)}', which systemd knows in no calendar, such as 'Mon..Fri 07:00' or '*-02-28 07:00'"
    return ""


def _wrong(key: str, value: Any) -> str:
    """What to write instead of a value of a schedule; empty where it is right."""
    text = str(value)
    if key == "command":
        return "" if isinstance(value, str) and text.strip() and not CONTROL.search(text) else "a command in one line, such as bundle exec rake digest:send"
    if key == "calendar":
        # YAML reads 7:30 without quotes as a number.
        return _wrong_calendar(text.strip()) if isinstance(value, str) else "a calendar in quotes, such as '07:30'"
    if key == "timezone":
        return "" if isinstance(value, str) and _ZONE.fullmatch(text) else "a time zone by its name, such as Asia/Seoul or UTC"
    if key == "memory_max":
        return "" if MEMORY.fullmatch(text) else "what MemoryMax takes, such as 512M, 2G, 25% or infinity"
    if key == "timeout":
        right = not isinstance(value, bool) and _SECONDS.fullmatch(text)
        return "" if right else "the seconds that a run may take, from 1 to 9999999"
    return "" if text in SERVERS else "one, or all for what every server is to run"


def problems(declared: Any) -> list[str]:
    """A sentence for each thing that is wrong with what a person says of schedules: name → settings."""
    if not isinstance(declared, Mapping):
        return [f"it is '{str(declared)[:60]}'; write names and settings, such as {_EXAMPLE}."]
    found = []
    for name, given in declared.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            found.append(f"'{str(name)[:60]}' is no name of a schedule; write up to 64 letters, digits, hyphens and underscores, such as digest.")
            continue
        if not isinstance(given, Mapping):
            found.append(f"{name} is '{str(given)[:60]}'; write its settings, such as {_EXAMPLE}.")
            continue
        missing = [key for key in ("command", "calendar") if key not in given]
        if missing:
            found.append(f"{name} has no {' and no '.join(missing)}; write both, such as {_EXAMPLE}.")
        unknown = [str(key) for key in given if key not in _KEYS]
        if unknown:
            found.append(f"{name} has {', '.join(unknown)}, which no schedule has; write some of {', '.join(_KEYS)}.")
        wrong = {key: _wrong(key, value) for key, value in given.items() if key in _KEYS}
        found += [f"{name}.{key} is '{str(given[key])[:60]}'; write {instead}." for key, instead in wrong.items() if instead]
    return found


def wanted(declared: Mapping[str, Any], shared: bool, single: bool) -> list[Schedule]:
    """The schedules that a server has.

    :arg declared: what a person says, free of :func:`problems`
    :arg shared: whether servers agree on who runs what
    :arg single: whether this server is the one for what one runs, where they do not
    """
    found = []
    for name, given in declared.items():
        texts = {key: str(given[key]).strip() for key in _KEYS if key in given}
        timeout = {"timeout": int(texts.pop("timeout"))} if "timeout" in texts else {}
        schedule = Schedule(name=name, **texts, **timeout)  # type: ignore[arg-type]  # the texts are those of its fields
        if shared or single or schedule.servers == "all":
            found.append(schedule)
    return found


def watched(schedules: Sequence[Schedule], bucket: str, prefix: str, namespace: str) -> str:
    """What the watch of a server reads: which schedules there are, where their runs are written down, and where it tells how they go."""
    listed = [{"name": one.name, "calendar": one.when, "timeout": one.timeout, "all": one.servers == "all"} for one in schedules]
    return json.dumps({"bucket": bucket, "prefix": prefix, "namespace": namespace, "schedules": listed}, indent=1) + "\n"


def unit_text(template: str, schedule: Schedule, bucket: str) -> str:
    """Timer or service: the template with what differs between schedules put in.

    :arg bucket: where servers agree on who runs it; empty where nobody else would
    """
    values = {
        "NAME": schedule.name,
        "COMMAND": quoted(schedule.command),
        "CALENDAR": schedule.when,
        "MEMORY_MAX": schedule.memory_max,
        "TIMEOUT": str(schedule.timeout),
        "BUCKET": quoted(bucket if schedule.servers == "one" else ""),
    }
    # At once: a command may have such a word in it.
    return re.sub("@([A-Z_]+)@", lambda found: values.get(found[1], found[0]), template)
