"""The MariaDB behind instances of MySQL and MariaDB: its files, its client and its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sandbox.services.rds import accounts, config
from sandbox.services.rds.image import RECIPE
from sandbox.services.rds.picture import Database

#: Options that the running server has, beside those that it should have.
_IN_EFFECT = "in-effect.cnf"
_DUMP_OPTIONS = "--all-databases --single-transaction --routines --events --triggers --flush-privileges"


class Running(Protocol):
    """A server that runs, as its software changes it."""

    def sql(self, statements: str) -> str: ...

    def read(self, name: str) -> str: ...

    def write(self, name: str, text: str) -> None: ...


class MariaDB:
    recipe = RECIPE
    client = ("mariadb", "--no-defaults", f"--socket={config.SOCKET}", "--batch", "--skip-column-names")
    #: Writes everything in the server to standard output.
    dump = f"mariadb-dump --no-defaults --socket={config.SOCKET} {_DUMP_OPTIONS}"
    #: A line of its log that says why it ends.
    fatal = "[ERROR]"
    #: Answers with the number of connections, that of whoever asks included.
    connections = "SHOW GLOBAL STATUS LIKE 'Threads_connected';\n"

    @staticmethod
    def render(database: Database) -> config.Rendered:
        return config.render(database)

    @staticmethod
    def files(rendered: config.Rendered) -> Mapping[str, str]:
        """What it starts with."""
        return {config.OPTION_FILE: rendered.text, _IN_EFFECT: rendered.text}

    @staticmethod
    def follow(server: Running, rendered: config.Rendered) -> tuple[str, ...]:
        """Bring changed options to the running server; returns those that wait for its start."""
        server.write(config.OPTION_FILE, rendered.text)
        effective = config.parse(server.read(_IN_EFFECT))
        pending = []
        for option, statement in config.changes(effective, rendered.options):
            try:
                server.sql(statement + ";\n")
            except RuntimeError as error:
                # 1238: read only, 1193: an option that is no variable, 1231: refused value
                if not any(code in str(error) for code in ("1238", "1193", "1231")):
                    raise
                pending.append(option)
                continue
            if option in rendered.options:
                effective[option] = rendered.options[option]
            else:
                effective.pop(option, None)
        server.write(_IN_EFFECT, config.Rendered(effective, ()).text)
        return tuple(pending)

    @staticmethod
    def answers(server: Running, database: Database) -> str:
        return ""

    @staticmethod
    def first_database(database: Database) -> str:
        return accounts.first_database(database.database or "")

    @staticmethod
    def accounts(database: Database, password: str) -> str:
        return accounts.TIDY + accounts.master(database.master_user, password)
