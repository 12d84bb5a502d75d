# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of an application beside its first one, by the names that its ``config/database.yml`` gives them.

Rails merges ``<NAME>_DATABASE_URL`` of the environment into the entry of that name, as it does ``DATABASE_URL`` into the
one called ``primary``: ActiveRecord::DatabaseConfigurations#environment_value_for, since Rails 6.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: What an environment can have before _DATABASE_URL; one that begins with a digit would be no variable.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DATABASE = re.compile(r"[A-Za-z0-9_-]+")
#: Databases that the engines and RDS keep to themselves.
OF_MYSQL = ("mysql", "information_schema", "performance_schema", "sys", "innodb", "tmp")
OF_POSTGRES = ("postgres", "template0", "template1", "rdsadmin")
_EXAMPLE = "[cache, queue, cable]"


def longest(engine: str) -> int:
    """Letters that a database's name may have."""
    return 63 if engine == "postgres" else 64


def variable(name: str) -> str:
    """The variable by which Rails finds the database ``name``."""
    return f"{name.upper()}_DATABASE_URL"


def named(given: Any, first: str) -> dict[str, str]:
    """Return the databases by name: of a list, and where a dictionary has none, they are called after the ``first`` one."""
    own = given if isinstance(given, Mapping) else dict.fromkeys(given, "")
    return {str(name): str(database or f"{first}_{name}") for name, database in own.items()}


def problems(given: Any, first: str, engine: str, what: str) -> list[str]:
    """Return a sentence for each of the databases ``given`` that cannot be; ``what`` is the variable that has them."""
    if not isinstance(given, (Mapping, list, tuple)):
        return [f"{what} is '{given}'; write the names that config/database.yml has beside primary, such as {_EXAMPLE}, or [] for none."]
    found: list[str] = []
    for name in given:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            found.append(f"{what} has '{name}', which no variable ..._DATABASE_URL can begin with; write letters, digits and _, such as queue.")
        elif name.lower() == "primary":
            found.append(f"{what} has '{name}', which is the application's first database and has a variable of its own; leave it out.")
    if found:
        return found
    again = [name for name in given if [one.lower() for one in given].count(name.lower()) > 1]
    if again:
        return [f"{what} has '{again[0]}' more than once, as all of them are {variable(again[0])}; write it once."]
    if given and not first:
        return [f"{what} has '{next(iter(given))}', and there is no first database to be beside; name that, or write [] for none."]
    return [*_database_problems(named(given, first), first, engine, what)]


def _database_problems(databases: Mapping[str, str], first: str, engine: str, what: str) -> list[str]:
    kept = OF_POSTGRES if engine == "postgres" else OF_MYSQL
    found, most = [], longest(engine)
    taken = {first: "the first one"}
    for name, database in databases.items():
        how = f"write another name, {what}: {{{name}: another_database}}"
        if len(database) > most:
            found.append(f"{what} has '{name}', whose database '{database}' has {len(database)} letters and may have {most}; {how}.")
        elif not _DATABASE.fullmatch(database) or database.lower() in kept:
            found.append(f"{what} has '{name}' in the database '{database}', which is {engine}'s own, or no name of letters, digits, _ and -; {how}.")
        elif database in taken:
            found.append(f"{what} has '{name}' in the database '{database}', which is {taken[database]}; {how}.")
        taken.setdefault(database, f"that of '{name}'")
    return found
