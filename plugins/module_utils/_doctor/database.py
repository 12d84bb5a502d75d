# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases: the adapter of the bundle and of config/database.yml against the stack's engine, several of them, TLS, SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import databases
from ansible_collections.railyard.aws.plugins.module_utils._doctor import engines, names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.adapters_absent import adapters_left_out
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.disk import on_disk, or_shared
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import Outline, outline

FILE = "config/database.yml"
#: Gem → adapter of Active Record.
_ADAPTERS = {
    **{"mysql2": "mysql2", "trilogy": "trilogy", "activerecord-trilogy-adapter": "trilogy"},
    **{"pg": "postgresql", "activerecord-postgis-adapter": "postgis", "sqlite3": "sqlite3"},
    **{
        "activerecord-sqlserver-adapter": "sqlserver",
        "activerecord-oracle_enhanced-adapter": "oracle_enhanced",
        "activerecord-cockroachdb-adapter": "cockroachdb",
    },
}


def _adapters(app: Application) -> list[str]:
    return list(dict.fromkeys(adapter for gem, adapter in _ADAPTERS.items() if app.has(gem)))


def _production(app: Application) -> Outline | None:
    section = outline(app.read(FILE)).get(app.environment)
    return section if isinstance(section, dict) else None


def _several(section: Outline) -> Iterator[tuple[str, Outline]]:
    """Databases of an environment: one, or several by name."""
    # As Rails tells: a list or a dictionary beside plain values belongs to the one database.
    several = section and all(isinstance(one, dict) for one in section.values())
    yield from section.items() if several else [("primary", section)]


def names_of(app: Application) -> list[str]:
    """Names of an environment's databases; of one alone the name that Rails gives it."""
    section = _production(app)
    return [name for name, _one in _several(section)] if section else ["primary"]


def _line(app: Application, pattern: str, section: str = "") -> list[Line]:
    """The first line of the file that counts and has a pattern, after the name of a section where it has that."""
    lines = app.yaml_lines(FILE)
    start = next((index for index, line in enumerate(lines) if section and re.match(rf"\s+{section}:", line.text)), 0)
    return [line for line in lines[start:] if re.search(pattern, line.text)][:1] or lines[start : start + 1] or lines[:1]


def _url_decides(app: Application, stack: Stack) -> bool:
    return bool(stack["database_url"]) or "DATABASE_URL" in stack["environment"]


def url_without_adapter(app: Application, stack: Stack) -> Iterator[Finding]:
    """DATABASE_URL leads to the stack's engine: the bundle has to bring what speaks to it, and the URL has to say so."""
    if not stack["database_url"] or "DATABASE_URL" in stack["environment"]:
        return
    mine = _adapters(app)
    speaking = engines.SPEAKING[stack["engine"]]
    right = [one for one in mine if one in speaking]
    where = app.gem_at(*[gem for gem in _ADAPTERS if app.has(gem)][:2]) if mine else ""
    said = _production(app)
    written = [str(one.get("adapter", "")) for _name, one in _several(said)] if said else []
    places = [where] if where else []
    if written and written[0] and "<%" not in written[0]:
        places.append(at(_line(app, r"\badapter:")))
    place = ", ".join(filter(None, places))
    if not mine:
        used = written or app.there("db/schema.rb", "db/structure.sql", "db/migrate")
        yield from adapters_left_out(app, stack, [gem for gem in _ADAPTERS if gem in app.gemfile.groups], place or app.lock_name if used else "")
        return
    if not right:
        what = f"the application speaks to {mine[0]}, DATABASE_URL of the servers leads to {stack['engine']}, and no adapter for that is in the bundle"
        mend, given = engines.other(app, mine, said and dict(_several(said)), stack)
        yield Finding("database-gem", BREAKS, what, mend, place, variables=given)
    elif stack["database_adapter"] not in right:
        what = f"DATABASE_URL of the servers begins with {stack['database_adapter']}://, and the bundle has {right[0]}"
        given = {"app_database_adapter": right[0]}
        yield Finding("database-adapter", BREAKS, what, f"app_database_adapter: {right[0]}", place, variables=given)


def socket_of_trilogy(app: Application, stack: Stack) -> Iterator[Finding]:
    """DATABASE_URL wins key by key, the socket of a file stays, and for it Rails' adapter trilogy leaves the host out."""
    section = _production(app)
    if not section or not _url_decides(app, stack) or not app.any_of("trilogy", "activerecord-trilogy-adapter") or app.has("mysql2"):
        return
    databases = list(_several(section))
    name, one = next(((name, one) for name, one in databases if name == "primary"), databases[0])
    if one.get("socket") and "url" not in one:
        what = f"trilogy speaks to the socket {one['socket']} of the server itself, whatever host DATABASE_URL names"
        mend = f"no socket for {app.environment} in {FILE}: move it into development and test"
        yield Finding("database-socket", BREAKS, what, mend, at(_line(app, r"\bsocket:")))


def no_file(app: Application, stack: Stack) -> Iterator[Finding]:
    """Rails does without config/database.yml where there is DATABASE_URL."""
    if app.there(FILE) or _url_decides(app, stack) or not _adapters(app):
        return
    if app.any_of("rails", "activerecord", "railties"):
        what = f"there is no {FILE}, and servers have no DATABASE_URL either"
        yield Finding("database-file", BREAKS, what, f"railyard_app_database: NAME, or {FILE} in git (app_includes for one that git ignores)", FILE)


def unicode_of_postgresql(app: Application, stack: Stack) -> Iterator[Finding]:
    """DATABASE_URL wins over the file key by key: what it does not name stays, and MySQL knows no encoding called unicode."""
    section = _production(app)
    if not section or not stack["database_url"] or not set(_adapters(app)) & {"mysql2", "trilogy"} or stack["engine"] == "postgres":
        return
    for name, one in _several(section):
        by_url = name == "primary" or databases.variable(name) in stack["provided"]
        if by_url and str(one.get("encoding", "")).lower() == "unicode":
            mend = f"encoding: utf8mb4 in {FILE}, or no encoding"
            yield Finding("database-encoding", BREAKS, "encoding: unicode is PostgreSQL's, and MySQL refuses it", mend, at(_line(app, r"\bencoding:")))


def adapters(app: Application, stack: Stack) -> Iterator[Finding]:
    """What the file says of each database that no URL of the environment decides."""
    section = _production(app)
    if section is None:
        if app.there(FILE) and outline(app.read(FILE)) and not _url_decides(app, stack) and not re.search(rf"(?m)^{app.environment}:", app.read(FILE)):
            yield Finding("database-file", BREAKS, f"{FILE} has no section {app.environment}", "railyard_app_database: NAME, or that section", f"{FILE}:1")
        return
    book = 'adapter: mysql2 (or trilogy) with host: db.home, username, and password: <%= ENV["AWS_INTRO_SAMPLE_DATABASE_PASSWORD"] %>'
    mend = book if stack["contract"] == "book" else "railyard_app_database: NAME, which gives servers a DATABASE_URL"
    every = list(_several(section))
    primary = "primary" if any(name == "primary" for name, _one in every) else every[0][0] if every else ""
    first_adapter = str(dict(every).get(primary, {}).get("adapter", ""))
    apart: dict[str, list[Line]] = {}
    # What the bundle speaks to no server of can only lie on a disk.
    spoken = bool(set(_adapters(app)) & set(engines.SPEAKING[stack["engine"]])) or _adapters(app) != ["sqlite3"]
    for name, one in every:
        adapter, path = str(one.get("adapter", "")), str(one.get("database", ""))
        lines = _line(app, re.escape(adapter) if adapter else r"\S", name if len(every) > 1 else "")
        beside = name != primary and bool(stack["database_url"]) and spoken
        if _by_url(name, one, stack) or (_url_decides(app, stack) and name == "primary"):
            continue
        gems = [gem for gem, speaks in _ADAPTERS.items() if speaks == adapter]
        unspoken = name != primary and bool(gems) and bool(_adapters(app)) and not app.any_of(*gems)
        # One that the stack gives an address has the adapter of that.
        if unspoken and not beside:
            what = f"the database of {app.environment} ({name}) is {adapter}, and {gems[0]} is not in the bundle that servers install"
            yield Finding("database-gem", BREAKS, what, f"bundle add {gems[0]}, in no group that servers leave out", at(lines))
            continue
        if beside and re.match(r"\w", adapter) and adapter not in (*engines.SPEAKING[stack["engine"]], "sqlite3", first_adapter):
            what = f"the database of {app.environment} ({name}) is {adapter}, and the stack's is {stack['engine']}"
            yield Finding("database-adapter", BREAKS, what, f"app_environment with {_read(name, one)} of a database of your own", at(lines))
        elif beside and (str(one.get("replica")) == "true" or "url" in one or not adapter.startswith("sqlite")):
            apart[name] = lines
        elif adapter.startswith("sqlite"):
            given = _asked_for([name], stack) if beside else {}
            own = f"{BESIDE}: {_shown(given[BESIDE])}, which gives servers a {databases.variable(name)}" if beside else mend
            what = f"SQLite keeps the rows of {app.environment} ({name})"
            for finding in on_disk("sqlite", what, None if "<%" in path else path, or_shared(own, "the directory of its file"), lines, stack):
                asking = replace(finding, variables=given) if beside else finding
                # What a cache loses is made anew, where there is a gem to keep it at all.
                yield replace(asking, weight=WARNS, loses=False) if name == "cache" and not unspoken else asking
        elif name == primary and stack["database_url"]:
            # One that has another name, for which Rails takes no DATABASE_URL.
            apart[name] = lines
        elif re.match(r"postgres|postgis|oracle|sqlserver|cockroach", adapter) and adapter not in engines.SPEAKING[stack["engine"]]:
            what = f"the database of {app.environment} ({name}) is {adapter}, and the stack's is {stack['engine']}"
            yield Finding("database-adapter", BREAKS, what, f"{mend}, or {engines.ELSEWHERE}", at(lines))
        elif name != primary and adapter and not str(one.get("host", "")).strip():
            apart[name] = lines
    yield from _apart(dict(every), primary, apart, stack)
    yield from _unknown(dict(every), stack)


BESIDE = "railyard_app_databases"


def _asked_for(names: list[str], stack: Stack) -> dict[str, Any]:
    """The variable that asks for more databases beside the first one, with those that it asks for already."""
    given = stack["databases"]
    return {BESIDE: {**given, **dict.fromkeys(names, "")} if isinstance(given, dict) else [*given, *names]}


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "{" + ", ".join(f"{name}: {own or chr(34) * 2}" for name, own in given.items()) + "}"
    return f"[{', '.join(map(str, given))}]"


def own_variables(app: Application, stack: Stack) -> frozenset[str]:
    """Variables of databases beside the first one, which the stack has once it makes those."""
    section = _production(app) if stack["database_url"] else None
    return frozenset(databases.variable(name) for name, _one in _several(section) if name != "primary") if section else frozenset()


def _by_url(name: str, one: Outline, stack: Stack) -> bool:
    """Whether a variable of the servers leads to a database. Rails looks at a url of the file before it looks for the variable."""
    there = names.there(stack)
    if "url" not in one:
        return databases.variable(name) in there
    return not names.READ.search(str(one["url"])) or _read(name, one) in there or not stack["database_url"]


def _read(name: str, one: Outline) -> str:
    """The variable by which Rails finds a database."""
    read = names.READ.search(str(one.get("url", "")))
    return read[1] if read else databases.variable(name)


def _apart(section: dict[str, Outline], first: str, found: dict[str, list[Line]], stack: Stack) -> Iterator[Finding]:
    """Databases that DATABASE_URL does not lead to: those beside the first one, its replicas, and a first one of another name."""
    what = "the application has more than one database ({}), and DATABASE_URL leads Rails to the one called primary only"
    missing = [name for name in found if name != first and str(section[name].get("replica")) != "true"]
    if missing:
        given = _asked_for(missing, stack)
        mend = f"{BESIDE}: {_shown(given[BESIDE])}, which makes each, with a variable for it"
        if not stack["database_url"]:
            # Without a first one there is none beside it, and what that is called is not known.
            given, mend = {}, f"railyard_app_database: NAME, with {mend}"
        read = {_read(name, section[name]): name for name in missing}
        others = {variable: f"databases.{name}.url" for variable, name in read.items() if variable != databases.variable(name)}
        if others:
            mend += "; app_environment with " + ", ".join(f"{variable}: {{from: {reference}}}" for variable, reference in others.items())
            given["app_environment"] = {variable: {"from": reference} for variable, reference in others.items()}
        elif set(missing) <= {"cache", "queue", "cable"}:
            mend += "; or their tables in the first database, and none of them in the file"
        yield Finding("databases", BREAKS, what.format(", ".join(missing)), mend, at([found[name][0] for name in missing]), variables=given)
    for name in found:
        if name in missing:
            continue
        # primary_replica is one of primary, queue_replica of queue.
        of = next((one for one in section if name.startswith(f"{one}_")), first)
        reference = "database.url" if of in ("primary", first) else f"databases.{of}.url"
        variable = _read(name, section[name])
        mend = f"app_environment with {variable}: {{from: {reference}}}"
        given = {**(_asked_for([], stack) if reference != "database.url" else {}), "app_environment": {variable: {"from": reference}}}
        yield Finding("databases", BREAKS, what.format(name), mend, at(found[name]), variables=given)


def _unknown(section: dict[str, Outline], stack: Stack) -> Iterator[Finding]:
    """Databases that the stack makes and that Rails does not look for."""
    strange = [name for name in stack["databases"] if str(name).lower() not in map(str.lower, section)]
    if strange:
        what = f"{BESIDE} has {', '.join(map(str, strange))}, and {FILE} has no such entry among several, so that Rails does not look there"
        yield Finding("databases-unknown", WARNS, what, f"the names that {FILE} has beside primary, or none", FILE)


def tls(app: Application, stack: Stack) -> Iterator[Finding]:
    """A URL brings the TLS that the database insists on; a file has to say it."""
    if _url_decides(app, stack) or _production(app) is None:
        return
    lines = app.yaml_lines(FILE)
    if lines and app.any_of("mysql2", "trilogy") and not any("ssl" in line.text or "DATABASE_URL" in line.text for line in lines):
        mend = 'sslca: <%= ENV["DATABASE_CA"] %> in config/database.yml, or name the database in railyard_app_database'
        what = "the database takes connections over TLS only, and the configuration knows none"
        yield Finding("database-tls", BREAKS, what, mend, at(_line(app, r"\badapter:|\bhost:")))


CHECKS: tuple[Check, ...] = (url_without_adapter, socket_of_trilogy, no_file, unicode_of_postgresql, adapters, tls)
