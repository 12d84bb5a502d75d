"""Runs on a server, whose Python may be 3.9: its units' journal and some files, a JSON line for each of theirs.

    python3 -c TEXT '{"since": 1764198000.0, "follow": true, "units": ["puma.service"], "files": {"rails": "/srv/log"}}'

A line is ``[seconds since 1970, process, text]``; ``null`` once everything up to now has been said. Standard input
tells when nobody listens any more: its end is this program's.
"""

import calendar
import json
import os
import re
import select
import subprocess
import sys
import time

#: Bytes of a file that are looked at for what was before now, and seconds between two looks at it.
LOOK_BACK, PERIOD = 4_000_000, 0.25
_DATE = r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?\s?(Z|[+-]\d\d:?\d\d)?"
#: Where a line says when it was written: at its beginning, as nginx and Ruby's Logger do; in JSON; or where Rails
#: begins a request. A date anywhere else is what a line speaks of.
_PLACES = [
    re.compile(begin + _DATE)
    for begin in (r"^\W*", r"^[A-Z], \[", r'"(?:time|timestamp|@timestamp)":\s?"', r"Started .* at ")
]


def written_at(text, zone=None):
    """Seconds since 1970 at which a line says that it was written, or None. ``zone`` is that of times without one."""
    for place in _PLACES:
        found = place.search(text)
        if not found:
            continue
        year, month, day, hour, minute, second, part, offset = found.groups()
        fields = tuple(int(number) for number in (year, month, day, hour, minute, second))
        if offset is None and zone is None:
            seconds = time.mktime(fields + (0, 0, -1))
        else:
            seconds = calendar.timegm(fields)
            if offset and offset != "Z":
                size = int(offset[1:3]) * 3600 + int(offset[-2:]) * 60
                seconds -= size if offset[0] == "+" else -size
        return seconds + float(part or 0)
    return None


def recent(lines, since, now):
    """(time, text) of the lines since then. One without a time was written with the one before it."""
    found, last = [], None
    for text in lines:
        at = written_at(text)
        if at is not None and at <= now + 60:
            last = max(at, last or 0)
        if last is not None and last >= since:
            found.append((last, text))
    return found


class Tail:
    """A file that others write to, and rename or empty when it gets long."""

    def __init__(self, path):
        self.path, self.file, self.rest = path, None, b""

    def _open(self):
        try:
            self.file = open(self.path, "rb")  # noqa: SIM115 (it is read as long as this program runs)
        except OSError:
            self.file = None

    def before(self):
        """Its last lines up to now; what follows comes by ``new``."""
        self._open()
        if not self.file:
            return []
        size = os.fstat(self.file.fileno()).st_size
        self.file.seek(max(0, size - LOOK_BACK))
        lines = self._lines(self.file.read(min(size, LOOK_BACK)))
        return lines[1:] if size > LOOK_BACK else lines

    def _lines(self, data):
        *whole, self.rest = (self.rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def new(self):
        """Lines since the last look."""
        if not self.file:
            self._open()
            return self._lines(self.file.read()) if self.file else []
        lines = self._lines(self.file.read())
        try:
            there = os.stat(self.path)
        except OSError:
            return lines
        if there.st_ino != os.fstat(self.file.fileno()).st_ino:
            lines += self._lines(self.file.read())
            self.file.close()
            self._open()
            lines += self._lines(self.file.read()) if self.file else []
        elif there.st_size < self.file.tell():
            self.file.seek(0)
            lines += self._lines(self.file.read())
        return lines


def process(entry):
    """What a line of the journal is from, as people call it: ``puma``, ``nginx``, ``railyard-worker@1``."""
    unit = entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or "journal"
    return re.sub(r"[.](service|socket)$", "", unit)


def of_journal(line):
    """[time, process, text] of a line of ``journalctl --output json``, or None where it is none."""
    try:
        entry = json.loads(line)
        at = int(entry["__REALTIME_TIMESTAMP"]) / 1e6
    except (ValueError, KeyError, TypeError):
        return None
    message = entry.get("MESSAGE") or ""
    # Bytes that are no text come as numbers.
    text = bytes(message).decode("utf-8", "replace") if isinstance(message, list) else str(message)
    return [at, process(entry), text]


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")


def journal(wanted, *options):
    units = [word for unit in wanted["units"] for word in ("--unit", unit)]
    return ["journalctl", "--quiet", "--no-pager", "--output", "json", *units, *options]


def main():
    wanted = json.loads(sys.argv[1])
    tails = {name: Tail(path) for name, path in wanted["files"].items()}
    command = journal(wanted, "--since", f"@{int(wanted['since'])}", "--show-cursor")
    said = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False).stdout
    now = time.time()
    lines, cursor = [], None
    for line in said.decode("utf-8", "replace").splitlines():
        if line.startswith("-- cursor: "):
            cursor = line[len("-- cursor: ") :]
        else:
            lines.append(of_journal(line))
    for name, tail in tails.items():
        lines += [[at, name, text] for at, text in recent(tail.before(), wanted["since"], now)]
    for line in lines:
        if line and line[0] >= wanted["since"]:
            say(line)
    say(None)
    sys.stdout.flush()
    if not wanted["follow"]:
        return
    # Without a line so far there is no cursor: then from when it was asked.
    options = ["--after-cursor", cursor] if cursor else ["--since", f"@{int(now)}"]
    following = subprocess.Popen(
        journal(wanted, "--follow", "--no-tail", *options), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    source, rest = following.stdout.fileno(), b""
    try:
        while True:
            ready = select.select([0, source], [], [], PERIOD)[0]
            if 0 in ready and not os.read(0, 65536):
                return
            if source in ready:
                data = os.read(source, 65536)
                if not data:
                    return
                *whole, rest = (rest + data).split(b"\n")
                for line in map(of_journal, whole):
                    if line:
                        say(line)
            for name, tail in tails.items():
                for text in tail.new():
                    say([time.time(), name, text])
            sys.stdout.flush()
    finally:
        following.terminate()


if __name__ == "__main__":
    main()
