"""The PostgreSQL behind instances of that engine: its files, its client and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.lines import joined, one_line
from sandbox.services.rds import postgres_accounts as accounts
from sandbox.services.rds.config import CERTIFICATE, KEY
from sandbox.services.rds.image import DIRECTORY, POSTGRES, USER
from sandbox.services.rds.mariadb import Running
from sandbox.services.rds.picture import Database
from sandbox.services.rds.postgres_parameters import FORCE_TLS, PARAMETERS

OPTION_FILE, ACCESS_FILE = "postgresql.conf", "pg_hba.conf"
RUN = f"{DIRECTORY}/run"
#: Libraries that Debian's PostgreSQL brings; a server does not start with one that is missing.
LIBRARIES = ("auto_explain", "pg_prewarm", "pg_stat_statements")
#: Since this version RDS lets nobody in without TLS unless the parameter says so.
_FORCES_TLS_FROM = 15

#: What the sandbox decides; no parameter changes it.
_FIXED = {
    "listen_addresses": "*",
    "unix_socket_directories": RUN,
    "hba_file": f"{DIRECTORY}/{ACCESS_FILE}",
    "ssl": "on",
    "ssl_cert_file": f"{DIRECTORY}/{CERTIFICATE}",
    "ssl_key_file": f"{DIRECTORY}/{KEY}",
    "logging_collector": "off",
    # Shared memory of containers is small.
    "dynamic_shared_memory_type": "mmap",
}
#: RDS's defaults where PostgreSQL's differ, and sizes that fit a machine with many servers on it.
_DEFAULTS = {
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
_NUMBERS = {
    "integer": re.compile(r"-?[0-9]{1,10}", re.ASCII),
    "float": re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,9})?", re.ASCII),
    "boolean": re.compile(r"[01]", re.ASCII),
}
#: Bytes of a value: lines of the file have no limit of their own.
_LONGEST = 1500


@dataclass(frozen=True)
class Rendered:
    options: Mapping[str, str]
    #: Whether connections without TLS are refused.
    forces_tls: bool
    #: What of the parameter group the server does not follow to the letter, for people.
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        lines = [f"{name} = {quoted(value)}" for name, value in sorted(self.options.items())]
        return joined(["# Written by the sandbox.", *lines])

    @property
    def access(self) -> str:
        """Who may connect: the administrator through the socket, everybody else over the network with a password."""
        lines = [f"local all {USER} peer", "hostssl all all all scram-sha-256"]
        return joined(
            ["# Written by the sandbox.", *lines, *([] if self.forces_tls else ["hostnossl all all all scram-sha-256"])]
        )


def quoted(value: str) -> str:
    """A value for the option file. Raises ``ValueError`` for what is no line, or a very long one."""
    if len(value.encode()) > _LONGEST:
        raise ValueError(f"a value of {len(value)} characters ({value[:40]!r}...) is longer than {_LONGEST} bytes")
    return "'" + one_line(value).replace("\\", "\\\\").replace("'", "''") + "'"


def render(database: Database) -> Rendered:
    """Options of the server behind one instance, and whom it lets in."""
    options = {**_DEFAULTS, "port": str(database.port)}
    notes = []
    force = "1" if int(re.match(r"\d*", database.version)[0] or 0) >= _FORCES_TLS_FROM else "0"  # type: ignore[index]
    for name, value in database.parameters:
        known = PARAMETERS.get(name)
        if name == FORCE_TLS:
            force = value
        elif known is None or not known.served:
            notes.append(f"{name}: the sandbox's PostgreSQL has no such option")
        elif "{" in value:
            notes.append(f"{name}: a formula over the instance's memory; left as it was")
        elif odd := _odd(known.type, name, value):
            notes.append(f"{name}: {odd}; left as it was")
        elif name not in _FIXED:
            options[name] = value
    return Rendered({**options, **_FIXED}, force == "1", tuple(notes))


def _odd(kind: str, name: str, value: str) -> str:
    """What is wrong with a value of a parameter's type; nothing for what the server may judge itself."""
    if kind in _NUMBERS and not _NUMBERS[kind].fullmatch(value):
        return f"{value!r} is no {kind}"
    if name == "shared_preload_libraries" and (
        strange := set(filter(None, re.split(r"[, ]+", value))) - set(LIBRARIES)
    ):
        return f"the sandbox has no library {', '.join(sorted(strange))}"
    if name == "huge_pages":
        return "a container has none"
    try:
        quoted(value)
    except ValueError as error:
        return str(error)
    return ""


class PostgreSQL:
    recipe = POSTGRES
    client = (
        "psql",
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        f"--host={RUN}",
        f"--username={USER}",
        "postgres",
    )
    #: Writes everything in the server to standard output. The administrator is there wherever it is read.
    dump = f"pg_dumpall --host={RUN} --username={USER} | sed '/^CREATE ROLE {USER};$/d'"
    #: A line of its log that says why it ends.
    fatal = "FATAL:"
    #: Answers with the number of connections, that of whoever asks included.
    connections = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend';\n"

    @staticmethod
    def render(database: Database) -> Rendered:
        return render(database)

    @staticmethod
    def files(rendered: Rendered) -> Mapping[str, str]:
        """What it starts with."""
        return {OPTION_FILE: rendered.text, ACCESS_FILE: rendered.access}

    @staticmethod
    def follow(server: Running, rendered: Rendered) -> tuple[str, ...]:
        """Bring changed options to the running server; returns those that wait for its start."""
        before = {name: server.read(name) for name in (OPTION_FILE, ACCESS_FILE)}
        for name, text in PostgreSQL.files(rendered).items():
            server.write(name, text)
        if before != PostgreSQL.files(rendered):
            # It reads its files a moment after it was told to.
            server.sql("SELECT pg_reload_conf(), pg_sleep(0.3);\n")
        waiting = server.sql("SELECT name FROM pg_settings WHERE pending_restart ORDER BY name;\n")
        return tuple(waiting.split())

    @staticmethod
    def answers(server: Running, database: Database) -> str:
        """Which version it is: of Debian's there is one."""
        version = server.sql("SELECT split_part(current_setting('server_version'), ' ', 1);\n").strip()
        return f"PostgreSQL {version} answers for {database.version}"

    @staticmethod
    def first_database(database: Database) -> str:
        return accounts.first_database(database.database or "", database.master_user)

    @staticmethod
    def accounts(database: Database, password: str) -> str:
        return accounts.master(database.master_user, password)
