"""``logs``: what all servers and all processes of the application write, in the order in which it was written."""

from __future__ import annotations

import argparse
import heapq
import json
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tools.verbs.remote import SSH_FAILED, unreachable
from tools.verbs.stack import Server, Stack
from tools.verbs.trouble import Trouble

#: Units by their names or patterns: what serves the site, and the application's further processes and schedules.
UNITS = (
    "puma.service",
    "puma-next.service",
    "puma.socket",
    "nginx.service",
    "railyard-*@*.service",
    "railyard-schedule-*.service",
)
#: Files that they write to, those that the agent sends to CloudWatch, called as they are there.
FILES = (
    "dict(railyard_agent_logs | rejectattr('unit', 'defined') | map(attribute='group')"
    " | map('replace', railyard_log_prefix ~ '/', '')"
    " | zip(railyard_agent_logs | rejectattr('unit', 'defined') | map(attribute='file')))"
)
#: Seconds that a line of one server waits for an older one of another.
PATIENCE = 0.7
#: Seconds that servers have to say what was before now.
CATCH_UP = 30.0
_UNITS_OF_TIME = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, order=True)
class Line:
    """One line; sorts by its time."""

    at: float
    server: str
    process: str
    text: str

    def __str__(self) -> str:
        """As it is shown: control characters, with which a visitor could write to a terminal, are spelled out."""
        when = datetime.fromtimestamp(self.at).strftime("%H:%M:%S.%f")[:-3]
        text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]", lambda match: repr(match[0])[1:-1], self.text)
        return f"{when} {self.server} {self.process:<12} {text}"


def since(text: str, now: float) -> float:
    """Seconds since 1970 that ``10m``, ``2h``, ``14:30`` or ``2026-11-26 14:30`` stand for. Raises Trouble."""
    ago = re.fullmatch(r"(\d+)\s*(s|m|min|h|d)(?: ago)?", text.strip())
    if ago:
        return now - int(ago[1]) * _UNITS_OF_TIME[ago[2]]
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text.strip()):
            clock = text.strip().zfill(5 if text.count(":") == 1 else 8)
            return datetime.fromisoformat(f"{datetime.fromtimestamp(now):%Y-%m-%d} {clock}").timestamp()
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError:
        raise Trouble(f"--since is '{text}'; write 30s, 10m, 2h, 1d, 14:30 or '2026-11-26 14:30'.") from None


def merged(streams: Iterable[Sequence[Line]]) -> Iterator[Line]:
    """The lines of all streams in the order of their times; those of each one stay in their own order.

    A clock that was set back for a moment must not mix up what one process said.
    """

    def rising(lines: Sequence[Line]) -> Iterator[tuple[float, int, Line]]:
        latest = 0.0
        for number, line in enumerate(lines):
            latest = max(latest, line.at)
            yield latest, number, line

    # Equal times: by number, which no two lines of a stream share, and then by the line itself.
    return (line for _at, _number, line in heapq.merge(*map(rising, streams)))


def by_process(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines of each process of each server."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        found.setdefault((line.server, line.process), []).append(line)
    return list(found.values())


class Waiting:
    """Lines as they come, of which each waits a moment for older ones."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._lines: list[tuple[float, int, float, Line]] = []
        self._latest: dict[tuple[str, str], float] = {}
        self._number = 0

    def add(self, line: Line, now: float) -> None:
        """Take a line that arrived at ``now``."""
        key = (line.server, line.process)
        self._latest[key] = max(line.at, self._latest.get(key, 0.0))
        self._number += 1
        heapq.heappush(self._lines, (self._latest[key], self._number, now, line))

    def ripe(self, now: float) -> Iterator[Line]:
        """Those that have waited, the oldest first. What came before one that waits still goes with it."""
        while self._lines and now - self._lines[0][2] >= self._patience:
            yield heapq.heappop(self._lines)[3]


class Source(threading.Thread):
    """Reads one server over ssh, and puts what it says into a queue: lines, None once caught up, itself at its end."""

    def __init__(self, server: Server, wanted: dict[str, object], found: queue.Queue[Line | Source | str]) -> None:
        super().__init__(daemon=True)
        self.server, self._found, self.code = server, found, 0
        program = Path(__file__).with_name("follow.py").read_text("utf-8")
        # Files of the application and of nginx are root's to read, and those that sudo may be asked by.
        command = server.command("sudo", "-n", "/usr/bin/python3", "-c", program, json.dumps(wanted))
        # Its input is never written to, and ends with this process. What it complains of comes through a pipe: ssh
        # makes what it writes to non-blocking for everybody, and what is shown may go to the same place.
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, errors="replace")

    def _complain(self) -> None:
        assert self._process.stderr
        for text in self._process.stderr:
            sys.stderr.write(text)
            sys.stderr.flush()

    def run(self) -> None:
        assert self._process.stdout
        complaining = threading.Thread(target=self._complain, daemon=True)
        complaining.start()
        for text in self._process.stdout:
            try:
                said = json.loads(text)
            except ValueError:
                continue
            self._found.put(Line(said[0], self.server.name, said[1], said[2]) if said else self.server.name)
        self.code = self._process.wait()
        # What it left behind, such as the connection that others share, may hold the pipe.
        complaining.join(timeout=0.2)
        self._found.put(self)

    def problem(self) -> str:
        """Words for one that ended by itself."""
        if self.code == SSH_FAILED:
            return unreachable(self.server)
        return f"{self.server.name} tells no more: its side ended with {self.code}, for the reason above."

    def close(self) -> None:
        """End it."""
        self._process.terminate()


def _show(lines: Iterable[Line], processes: Sequence[str]) -> None:
    for line in lines:
        if not processes or line.process.startswith(tuple(processes)):
            print(line)
    sys.stdout.flush()


def _follow(
    sources: Sequence[Source], found: queue.Queue[Line | Source | str], processes: Sequence[str]
) -> list[Source]:
    """Show what there was, then what comes, until all sources have ended; those that failed."""
    behind = {source.server.name for source in sources}
    running, failed = set(sources), []
    before: list[Line] = []
    waiting, end = Waiting(), time.monotonic() + CATCH_UP
    while running or not found.empty():
        now = time.monotonic()
        try:
            came = found.get(timeout=0.1)
        except queue.Empty:
            came = None
        if isinstance(came, Source):
            running.discard(came)
            behind.discard(came.server.name)
            if came.code:
                failed.append(came)
                print(came.problem(), file=sys.stderr)
        elif isinstance(came, str):
            behind.discard(came)
        elif came and (behind or before):
            before.append(came)
        elif came:
            waiting.add(came, now)
        if before and (not behind or now > end):
            _show(merged(by_process(before)), processes)
            before, behind = [], set()
        _show(waiting.ripe(now), processes)
    _show(merged(by_process(before)), processes)
    _show(waiting.ripe(time.monotonic() + PATIENCE), processes)
    return failed


def logs(words: Sequence[str]) -> int:
    """``make logs``, until Ctrl-C."""
    usage = 'make logs ARGS="[--since 10m] [--no-follow] [--on SERVER] [--process NAME]... [-e VARIABLE]"'
    parser = argparse.ArgumentParser(prog="make logs", usage=usage)
    parser.add_argument(
        "--since", default="1m", help="30s, 10m, 2h, 1d, 14:30 or '2026-11-26 14:30'; a minute otherwise"
    )
    parser.add_argument("--no-follow", action="store_true", help="end with what there is now")
    parser.add_argument("--on", metavar="SERVER", help="one server only")
    parser.add_argument(
        "--process", metavar="NAME", action="append", default=[], help="such as puma, nginx or rails only"
    )
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options = parser.parse_args(words)
    begin = since(options.since, time.time())
    stack = Stack(options.extra_vars)
    servers = stack.servers(options.on)
    files = stack.ask(FILES)
    wanted = {"since": begin, "follow": not options.no_follow, "units": UNITS, "files": dict(files)}
    found: queue.Queue[Line | Source | str] = queue.Queue()
    # One after the other: the first opens the connection to the jump host that all share.
    sources = [Source(server, wanted, found) for server in servers]
    try:
        for source in sources:
            source.start()
        failed = _follow(sources, found, options.process)
    except KeyboardInterrupt:
        return 0
    finally:
        for source in sources:
            source.close()
    return 1 if failed else 0
