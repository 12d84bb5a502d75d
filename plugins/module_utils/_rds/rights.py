# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rights on databases of MySQL and MariaDB: what SHOW GRANTS tells of them, and what gives a user others."""

from __future__ import annotations

import re

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>\w+))\.\* TO ", re.IGNORECASE)


#: What MySQL calls ALL PRIVILEGES on a database; MariaDB has two more.
_ALL_OF_MYSQL = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES", "CREATE TEMPORARY TABLES"}
    | {"LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "EVENT"}
)


def _names(rights: str) -> set[str]:
    names = {" ".join(name.upper().split()) for name in rights.split(",")} - {""}
    return {"ALL" if name == "ALL PRIVILEGES" else name for name in names}


def database_rights(grants: str | list[str], database: str = "", whole: bool = False) -> list[str]:
    """Return the rights of a list with commas, or those on ``database`` in rows of SHOW GRANTS; all of them as ``whole`` says."""
    found = _names(grants) if isinstance(grants, str) else _granted(grants, database)
    return ["ALL"] if whole and found >= _ALL_OF_MYSQL else sorted(found - {"USAGE"})


def _granted(grants: list[str], database: str) -> set[str]:
    found: set[str] = set()
    for row in grants:
        grant = _GRANT.match(row)
        # Wildcards of names are written with a backslash where they are none.
        if grant and re.sub(r"\\([_%])", r"\1", (grant["quoted"] or grant["plain"]).replace("``", "`")) == database:
            found |= _names(grant["rights"])
    return found


def database_grants(grants: list[str], rights: str, databases: list[str], made: list[str]) -> list[str]:
    """Return the statements after which a user has exactly ``rights`` on each of ``databases``, those ``made`` being there already."""
    wanted = database_rights(rights)
    found = []
    for database in databases:
        if database in made and database_rights(grants, database, whole=True) == database_rights(rights, whole=True):
            continue
        # A name with _ in it would be a pattern. The user is filled in by who runs them.
        where = f"`{database.replace('_', chr(92) + '_')}`.*"
        surplus = [one for one in database_rights(grants, database) if one not in wanted]
        found += [f"REVOKE {', '.join(surplus)} ON {where} FROM %(user)s@'%%'"] if surplus else []
        found.append(f"GRANT {', '.join(wanted)} ON {where} TO %(user)s@'%%'")
    return found
