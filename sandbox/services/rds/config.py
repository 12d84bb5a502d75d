"""An RDS instance → the option file of its MariaDB. Pure."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.lines import joined, one_line
from sandbox.services.rds.image import DIRECTORY
from sandbox.services.rds.parameters import PARAMETERS
from sandbox.services.rds.picture import Database

OPTION_FILE = "my.cnf"
CERTIFICATE, KEY = "tls/server.pem", "tls/server-key.pem"
SOCKET = f"{DIRECTORY}/run/server.sock"
PORT = 3306

#: What the sandbox decides; no parameter changes it.
_FIXED = {
    "datadir": f"{DIRECTORY}/data",
    "socket": SOCKET,
    "pid_file": f"{DIRECTORY}/run/server.pid",
    "tmpdir": f"{DIRECTORY}/run",
    "bind_address": "0.0.0.0",
    "ssl_cert": f"{DIRECTORY}/{CERTIFICATE}",
    "ssl_key": f"{DIRECTORY}/{KEY}",
    "slow_query_log_file": f"{DIRECTORY}/log/slowquery.log",
    "general_log_file": f"{DIRECTORY}/log/general.log",
    "skip_name_resolve": "1",
    "symbolic_links": "0",
    "wsrep_on": "0",
}

#: MySQL's defaults where MariaDB's differ, and sizes that fit a machine with many servers on it.
_DEFAULTS = {
    "character_set_server": "utf8mb4",
    "innodb_buffer_pool_size": "67108864",
    "innodb_log_file_size": "16777216",
    "key_buffer_size": "1048576",
    "aria_pagecache_buffer_size": "1048576",
    "max_connections": "151",
    "max_allowed_packet": "67108864",
    "open_files_limit": "4096",
    "performance_schema": "0",
    "table_open_cache": "400",
    "default_time_zone": "+00:00",
}

#: Parameter → name in the option file, where they differ.
_OPTIONS = {"time_zone": "default_time_zone"}
#: Option → variable that changes it in a running server, where they differ.
_VARIABLES = {"default_time_zone": "time_zone", "transaction_isolation": "tx_isolation"}

#: Bytes of a value that fit a line of an option file, though each is escaped.
_LONGEST = 1500
#: Texts of numbers, by type of the parameter.
_NUMBERS = {
    "integer": re.compile(r"-?[0-9]{1,20}", re.ASCII),
    "float": re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,9})?", re.ASCII),
    "boolean": re.compile(r"[01]|on|off|true|false", re.ASCII | re.IGNORECASE),
}

_COLLATION = "utf8mb4_unicode_520_ci"
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


@dataclass(frozen=True)
class Rendered:
    options: Mapping[str, str]
    #: What of the parameter group the server does not follow to the letter, for people.
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        lines = [f"{name} = {quoted(value)}" for name, value in sorted(self.options.items())]
        return joined(["# Written by the sandbox.", "[mysqld]", *lines])


def render(database: Database) -> Rendered:
    """Options of the server behind one instance."""
    options = {**_DEFAULTS, "port": str(database.port)}
    notes = []
    for name, value in database.parameters:
        known = PARAMETERS.get(name)
        if known is None or not known.served:
            notes.append(f"{name}: MariaDB has no such option")
        elif "{" in value:
            notes.append(f"{name}: a formula over the instance's memory; left as it was")
        elif odd := _odd(known.type, value):
            notes.append(f"{name}: {odd}; left as it was")
        elif name == "time_zone":
            options["default_time_zone"] = _offset(value, notes)
        elif name == "collation_server" and "_0900_" in value:
            options[name] = "utf8mb4_bin" if value.endswith("_bin") else _COLLATION
            notes.append(f"{name}: {options[name]} stands for MySQL's {value}")
        elif _OPTIONS.get(name, name) not in _FIXED:
            options[name] = value
    if "collation_server" not in options and options["character_set_server"] == "utf8mb4":
        options["collation_server"] = _COLLATION
    return Rendered({**options, **_FIXED}, tuple(notes))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str]]:
    """Statements that bring a running server from ``before`` to ``after``: (option, statement).

    An option that is there no more goes back to the server's own default.
    """
    found = []
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            value = _literal(after[name]) if name in after else "DEFAULT"
            found.append((name, f"SET GLOBAL {_VARIABLES.get(name, name)} = {value}"))
    return found


def parse(text: str) -> dict[str, str]:
    """Options of a file that ``Rendered.text`` wrote."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition(" = ")
        if equals:
            found[name] = value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value.startswith('"') else value
    return found


def quoted(value: str) -> str:
    """A value for the option file, where a hash sign begins a comment and a line's end ends it.

    :raises ValueError: for what is not one line to the server, which reads 4 KiB of a line and takes the rest for
        another
    """
    if len(value.encode()) > _LONGEST:
        raise ValueError(f"a value of {len(value)} characters ({value[:40]!r}...) is longer than {_LONGEST} bytes")
    if re.fullmatch(r"[\w.,:/+-]+", value, re.ASCII):
        return value
    return '"' + one_line(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _odd(kind: str, value: str) -> str:
    """What is wrong with a value of a parameter's type; nothing for what the server may judge itself."""
    if kind in _NUMBERS and not _NUMBERS[kind].fullmatch(value):
        return f"{value!r} is no {kind}"
    try:
        quoted(value)
    except ValueError as error:
        return str(error)
    return ""


def _literal(value: str) -> str:
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _offset(zone: str, notes: list[str]) -> str:
    """The server has no table of zones: an offset does for all that have no summer time."""
    if _OFFSET.fullmatch(zone) or zone.upper() == "SYSTEM":
        return zone
    try:
        shift = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        shift = None
    if shift is None:
        notes.append(f"time_zone: no zone is called {zone}; left at UTC")
        return "+00:00"
    minutes = int(shift.total_seconds() // 60)
    text = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    if text != "+00:00":
        notes.append(f"time_zone: {text} stands for {zone}")
    return text
