# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database that an application should have, where its bundle does not speak to the engine of the stack."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.disk import alone
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import Outline

#: Engine → adapters that speak to it, the usual one first.
SPEAKING = {"mysql": ("mysql2", "trilogy"), "mariadb": ("mysql2", "trilogy"), "postgres": ("postgresql", "postgis")}
ELSEWHERE = "DATABASE_URL of a database of your own in app_environment, with railyard_app_database: ''"
#: Where rows of SQLite go that would lie among the files of a release.
_STORAGE = "storage"


def other(app: Application, adapters: list[str], section: Mapping[str, Outline] | None, stack: Stack) -> tuple[str, dict[str, Any]]:
    """What mends that no adapter of the bundle speaks to the stack's engine, in words and as variables.

    :param adapters: those of the bundle
    :param section: databases of config/database.yml for the servers' environment, by name
    """
    add = f"bundle add {SPEAKING[stack['engine']][0]} where its migrations will do with {stack['engine']}"
    engine = next((engine for engine, speaking in SPEAKING.items() if set(adapters) & set(speaking)), "")
    if engine:
        return f"railyard_database_engine: {engine}, before the database is made; or {add}, or {ELSEWHERE}", {"railyard_database_engine": engine}
    if "sqlite3" in adapters:
        given = _sqlite(section or {}, stack)
        shown = ", ".join(f"{name}: {value}" for name, value in given.items())
        return f"{shown}, which leaves its rows on one server's disk; or {add}", given
    secret = {"DATABASE_URL": {"secret": "/{{ railyard_stack }}/app/database-url"}}
    return f"{add}, or {ELSEWHERE}", {"railyard_app_database": "", "app_environment": secret}


def _sqlite(section: Mapping[str, Outline], stack: Stack) -> dict[str, Any]:
    """SQLite on one server, in a directory that releases share. What its file would hide there, a URL leads elsewhere."""
    first = section.get("primary") or next(iter(section.values()), {})
    directory = posixpath.dirname(re.sub(r"<%.*?%>|%\{.*", "", str(first.get("database", ""))))
    given = alone(directory, stack) if re.match(r"\w", directory) else {}
    if given or directory.startswith("/") or (directory and stack["shared"] and directory in stack["shared"]):
        return {"railyard_app_database": "", **given}
    url = f"sqlite3:{_STORAGE}/production.sqlite3"
    return {"railyard_app_database": "", "app_environment": {"DATABASE_URL": url}, **alone(_STORAGE, stack)}
