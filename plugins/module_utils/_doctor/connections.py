# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases that code connects to by name, and that config/database.yml does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import absent, database
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, rails

_CONNECTS = re.compile(r"\bconnects_to\b.*\bdatabase['\"]?\s*(?::|=>)\s*\{(?P<names>[^}]*)\}")
_PLACES = ("config/application.rb", "config/environments/*.rb", "config/initializers/**/*.rb", "app/models/**/*.rb")


def _named(app: Application, stack: Stack) -> Iterator[tuple[str, Line]]:
    """Databases that classes are connected to while they are loaded, which a server does at once."""
    for line, certain in app.effective(*_PLACES):
        said = _CONNECTS.search(line.text) if certain else None
        yield from ((name, line) for name in re.findall(r":\s*:(\w+)|=>\s*:(\w+)", said["names"]) for name in filter(None, name)) if said else ()
    cache = decided(rails(app, "cache_store"), stack)
    for file, uses in (("config/cache.yml", bool(cache and cache.holds and cache.word == "solid_cache_store")), ("config/cable.yml", app.has("solid_cable"))):
        for line in app.yaml_lines(file) if uses else ():
            said = re.match(r"\s+(?:database|writing):\s*['\"]?(\w+)['\"]?\s*$", line.text)
            if said:
                yield said[1], line


def unknown(app: Application, stack: Stack) -> Iterator[Finding]:
    there = database.names_of(app)
    found: dict[str, list[Line]] = {}
    for name, line in _named(app, stack):
        if name not in there and name != "primary":
            found.setdefault(name, []).append(line)
    # Entries that Ruby makes cannot be read.
    if not found or re.search(r"<%[^>]*\b(?:each|map|times|do)\b", app.read(database.FILE)):
        return
    names, lines = ", ".join(found), [line for some in found.values() for line in some]
    file = f"{database.FILE} has no such entry" if app.there(database.FILE) else f"{database.FILE}, which would have it, is in no commit"
    what = f"the application connects to the database {names}, and {file}: it does not start"
    mend = f"{database.FILE} with primary and {names}, and railyard_app_databases: [{names}]"
    given: dict[str, Any] = {}
    if not app.there(database.FILE):
        words, given = absent.by_file(app, database.FILE, stack)
        mend, given = f"{words}, with entries for primary and {names}; then railyard_app_databases: [{names}]", {**given, database.BESIDE: list(found)}
    yield Finding("databases", BREAKS, what, mend, at(lines), variables=given)


CHECKS: tuple[Check, ...] = (unknown,)
