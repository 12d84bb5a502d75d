# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes of an application beside puma: what a Procfile and a person say of them, and the unit of systemd of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

#: Names in a Procfile of what a server runs otherwise, or what only runs while a release is made, or by hand.
NO_PROCESSES = ("web", "release", "postdeploy", "console", "rake")
_LINE = re.compile(r"([A-Za-z0-9_-]{1,64}):\s*(\S.*?)\s*")
#: Names of processes and schedules, which are parts of names of units.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: Those that end a process, or that one can take as a word: of 31 only these make sense.
SIGNALS = ("TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "TSTP", "TTIN", "TTOU", "WINCH")
#: What systemd takes for a limit of memory.
MEMORY = re.compile(r"infinity|[1-9][0-9]*[KMGT]?|[1-9][0-9]?%|100%")
#: Where schedules run, and processes: ``web`` and ``worker`` name servers of one kind, whichever others there are.
SERVERS = ("all", "one")
PLACES = (*SERVERS, "web", "worker")
MOST = 99
#: What libraries of jobs call their signals, by a word of the command: no new job, and end when the present one is done.
_KNOWN = (
    (re.compile(r"\b(sidekiq|sidekiqswarm|faktory-worker)\b"), {"quiet_signal": "TSTP"}),
    (re.compile(r"\bresque:work(ers)?\b"), {"quiet_signal": "USR2", "stop_signal": "QUIT"}),
    # A clock that ran on each server would do everything as often.
    (re.compile(r"\b(clockwork|clock\.rb|resque:scheduler|crono)\b"), {"servers": "one"}),
)


@dataclass(frozen=True)
class Process:
    """One kind of process: ``count`` of it run on each server, on each of a kind, or on one server only."""

    name: str
    command: str
    count: int = 1
    memory_max: str = "infinity"
    #: Without ``SIG``; what asks to take no new work (empty: nothing does), and what asks to end.
    quiet_signal: str = ""
    stop_signal: str = "TERM"
    #: Seconds to end in.
    stop_timeout: int = 60
    servers: str = "all"

    @property
    def unit(self) -> str:
        """Name of its template unit."""
        return f"railyard-{self.name}@.service"

    @property
    def instances(self) -> list[str]:
        """Names of its units."""
        return [f"railyard-{self.name}@{number}.service" for number in range(1, self.count + 1)]


def procfile(text: str) -> dict[str, str]:
    """Commands of a Procfile by name, without those that are none of a server's processes. Reads lines as foreman does."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {line[1]: line[2] for line in found if line and line[1] not in NO_PROCESSES and not CONTROL.search(line[2])}


def _number(value: Any) -> int | None:
    """A whole number from 0 on, also in digits; None for all else."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,6}", str(value)):
        return None
    return int(value)


def _wrong(key: str, value: Any) -> str:
    """What to write instead of a value of a process; empty where it is right."""
    text = str(value)
    number = _number(value)
    if key == "command":
        return "" if isinstance(value, str) and text.strip() and not CONTROL.search(text) else "a command in one line, such as bundle exec sidekiq"
    if key == "count":
        return "" if number is not None and number <= MOST else f"how many run on each server, from 0 to {MOST}"
    if key == "stop_timeout":
        return "" if number is not None and 1 <= number <= 86400 else "seconds from 1 to 86400"
    if key == "memory_max":
        return "" if MEMORY.fullmatch(text) else "what MemoryMax takes, such as 512M, 2G, 25% or infinity"
    if key == "servers":
        return "" if text in PLACES else "all, one for what may run on one server only, or web or worker for servers of that kind"
    signals = SIGNALS if key == "stop_signal" else ("", *SIGNALS)
    return "" if text in signals else f"one of {', '.join(SIGNALS)}{'' if key == 'stop_signal' else ', or nothing where it knows none'}"


def problems(declared: Any) -> list[str]:
    """A sentence for each thing that is wrong with what a person says of processes: name → settings, or the command alone."""
    if not isinstance(declared, Mapping):
        return [f"it is '{str(declared)[:60]}'; write names and settings, such as {{worker: {{command: bundle exec sidekiq}}}}."]
    found = []
    for name, given in declared.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            found.append(f"'{str(name)[:60]}' is no name of a process; write up to 64 letters, digits, hyphens and underscores, such as worker.")
            continue
        if name in NO_PROCESSES:
            why = "is puma, which runs by itself (railyard_app_workers says how often)" if name == "web" else "does not run all the time"
            found.append(f"{name} {why}; leave it out.")
            continue
        if isinstance(given, str):
            given = {"command": given}
        if not isinstance(given, Mapping):
            found.append(f"{name} is '{str(given)[:60]}'; write its settings, such as {{count: 2}}, or its command.")
            continue
        unknown = [str(key) for key in given if key not in _KEYS]
        if unknown:
            found.append(f"{name} has {', '.join(unknown)}, which no process has; write some of {', '.join(_KEYS)}.")
        found += [f"{name}.{key} is '{str(value)[:60]}'; write {_wrong(key, value)}." for key, value in given.items() if key in _KEYS and _wrong(key, value)]
    return found


def homeless(declared: Mapping[str, Any]) -> list[str]:
    """Names of processes that are for worker servers and nothing else."""
    return [name for name in _running(declared) if isinstance(declared[name], Mapping) and declared[name].get("servers") == "worker"]


def at_work(declared: Mapping[str, Any]) -> list[str]:
    """Names of processes that worker servers run."""
    return [name for name in _running(declared) if not isinstance(declared[name], Mapping) or declared[name].get("servers") != "web"]


def _running(declared: Mapping[str, Any]) -> list[str]:
    return [name for name, given in declared.items() if not isinstance(given, Mapping) or _number(given.get("count", 1))]


_KEYS = ("command", "count", "memory_max", "quiet_signal", "stop_signal", "stop_timeout", "servers")


class ProcessError(ValueError):
    """A process that cannot be as it was said; the text says which and what mends it."""


def wanted(declared: Mapping[str, Any], commands: Mapping[str, str], single: bool = True, servers: Collection[str] = ("all", "web")) -> list[Process]:
    """The processes that a server runs.

    :arg declared: what a person says, free of :func:`problems`; where it is empty, all of the Procfile run
    :arg commands: those of the Procfile, by name; they stand for a command that the person left out
    :arg single: whether this server is the one for what runs on one only
    :arg servers: for which further values of a process's ``servers`` this server is one

    Raises ProcessError where a command is nowhere.
    """
    asked = declared or {name: {} for name in commands}
    found = []
    for name, said in asked.items():
        given = {"command": said} if isinstance(said, str) else dict(said)
        command = str(given.get("command") or commands.get(name, "")).strip()
        count = int(given.get("count", 1))
        if not command and count:
            there = ", ".join(commands) or "none beside web"
            raise ProcessError(
                f"railyard_app_processes has '{name}' without a command, and the release's Procfile has no such process, but {there}; "
                f"write railyard_app_processes: {{{name}: {{command: ...}}}}, or add the line to the Procfile."
            )
        settings: dict[str, Any] = {}
        for pattern, known in _KNOWN:
            if pattern.search(command):
                settings.update(known)
        settings.update({key: str(given[key]) for key in ("memory_max", "quiet_signal", "stop_signal", "servers") if key in given})
        if "stop_timeout" in given:
            settings["stop_timeout"] = int(given["stop_timeout"])
        process = Process(name=name, command=command, count=count, **settings)
        if process.count and (single if process.servers == "one" else process.servers in servers):
            found.append(process)
    return found


def quoted(command: str) -> str:
    """A command as one word of a unit's ExecStart."""
    return '"' + re.sub(r'[\\"]', lambda found: f"\\{found[0]}", command).replace("%", "%%").replace("$", "$$") + '"'


def unit_text(template: str, process: Process) -> str:
    """The unit: the template with what differs between processes, ``@COMMAND@`` and so on, put in."""
    values = {
        "NAME": process.name,
        "COMMAND": quoted(process.command),
        "MEMORY_MAX": process.memory_max,
        "STOP_SIGNAL": f"SIG{process.stop_signal}",
        "STOP_TIMEOUT": str(process.stop_timeout),
        "QUIET_SIGNAL": process.quiet_signal and f"SIG{process.quiet_signal}",
    }
    # At once: a command may have such a word in it.
    return re.sub("@([A-Z_]+)@", lambda found: values.get(found[1], found[0]), template)
