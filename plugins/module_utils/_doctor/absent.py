# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are in no commit and that an application does not start without, such as one of which git has a sample only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.selection import matches
from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import Counted, walked
from ansible_collections.railyard.aws.plugins.module_utils._doctor.source import is_git

#: What runs while Rails starts. Of puma's configuration another check speaks.
_AT_START = ("config/*.rb", "config/initializers/**/*.rb", "config/environments/*.rb", "Gemfile")
_CONFIG_FOR = re.compile(r"\bconfig_for\(?\s*(?::|['\"])(\w+)")
_READS = re.compile(r"\b(?:YAML|JSON|Psych|TOML|File|IO|Pathname)\.(?:\w*load_file|parse_file|read|open|new|readlines)\b|\.read\b|\bload_file\b")
#: A path from the root: ``Rails.root.join("config", "x.yml")``, ``"#{Rails.root}/config/x.yml"``, ``"config/x.yml"``.
_JOINED = re.compile(r"(?:Rails\.root|config\.root|root)\.join\(([^()]*)\)|File\.join\(\s*Rails\.root(?:\.to_s)?\s*,([^()]*)\)")
_PLAIN = re.compile(r"(?:#\{(?:::)?(?:Rails\.root|root)\}/|Rails\.root\s*\+\s*['\"]|['\"])((?:config|db|lib)/[\w./-]+\.\w+)['\"]")
_ASKS = re.compile(r"\b(?:exist|file|readable)s?\?|\brescue\b|\bDir\b")
_ENDS = re.compile(r"^\s*(?:Kernel\.|::)?(?:exit!?|abort|raise|fail)\b")
#: How samples are called: ``x.yml.example``, ``x.example.yml``, ``x.yml-example``, ``example.x.yml``.
_SAMPLE = re.compile(r"[.-](?:example|sample|template|dist|default|tmpl)(?=\.|$)")
#: What a release, a build or a run makes, and what a line writes itself.
_MADE = ("tmp/", "log/", "public/", "node_modules/", "storage/", "app/assets/builds/", "vendor/bundle/")
_WRITES = re.compile(r"\bwrite\b|,\s*['\"][wa]b?\+?['\"]")
#: Lines in which the end of a condition over several lines is looked for.
_FAR = 8


def by_file(app: Application, path: str, stack: Stack) -> tuple[str, dict[str, Any]]:
    """The mend of a file that is in no commit, in words and as variables: a directory may bring what git does not have."""
    sample = next((one for one in samples(app) if samples(app)[one] == path), "")
    written = f"{path}, written like {sample}," if sample else path
    given: dict[str, Any] = {"app_includes": [*stack.get("includes", []), path]}
    if not is_git(stack["source"]):
        return f"{written} in that directory, and app_includes: [{path}]", given
    mend = f"a clone on this machine with {written} in it: railyard_app_source: its directory, and app_includes: [{path}]"
    return mend, {"railyard_app_source": names.UNKNOWN, **given}


def lacks(app: Application, path: str, stack: Stack) -> bool:
    """Whether a release has no such file: of a directory those are left out that git does not track, but for what app_includes has."""
    if not app.there(path):
        return True
    index = app.root / ".git" / "index"
    if is_git(stack["source"]) or not index.is_file() or matches(path, stack.get("includes", [])):
        return False
    tracked = index.read_bytes()
    # From its fourth version on the index has parts of paths only.
    return tracked[4:8] in (b"\0\0\0\2", b"\0\0\0\3") and path.encode() not in tracked


def samples(app: Application) -> dict[str, str]:
    """Samples of configuration, each with the file that it is one of."""
    return {name: _SAMPLE.sub("", name, count=1) for name in app.files("config/*", "config/*/*", "*.example", "*.sample") if _SAMPLE.search(name)}


def _paths(text: str) -> list[str]:
    """Paths that a line reads, without those of which only Ruby knows the rest."""
    found = [f"config/{name}.yml" for name in _CONFIG_FOR.findall(text)]
    if _READS.search(text):
        for joined in _JOINED.findall(text):
            words = re.findall(r"['\"]([^'\"]+)['\"]", "".join(joined))
            rest = re.sub(r"['\"][^'\"]*['\"]|[\s,]", "", "".join(joined))
            found += ["/".join(words).lstrip("/")] if words and not rest and "#{" not in "".join(words) else []
        found += [path for path in _PLAIN.findall(text) if "#{" not in path]
    return [path for path in found if re.search(r"\.\w+$", path) and not path.startswith(_MADE)]


def _sure(one: Counted, following: list[Counted], given: frozenset[str]) -> bool:
    """Whether a line runs for certain, and its failure ends the start."""
    asked = _ASKS.search(one.line.text) or any(_ASKS.search(condition) for condition in one.conditions)
    asked = asked or _WRITES.search(one.line.text) or any(name in given for name in names.READ.findall(one.line.text))
    rescued = any(re.match(r"\s*rescue\b", later.line.text) for later in following)
    return bool(one.certain) and not one.later and not asked and not rescued and not re.search(r"->|\b(lambda|proc)\b", one.line.text)


def _read(app: Application, file: str) -> Iterator[tuple[str, Line]]:
    counted = list(walked(app.lines_of(file), app.environment, app.given))
    for index, one in enumerate(counted):
        if _sure(one, counted[index + 1 : index + _FAR], app.given or frozenset()):
            yield from ((path, one.line) for path in _paths(one.line.text))


def _insisted(app: Application, file: str, wanted: dict[str, str]) -> Iterator[tuple[str, Line]]:
    """Files of which there is a sample, and without which some lines below a question for them end the program."""
    lines = app.lines_of(file)
    for index, line in enumerate(lines):
        if not re.search(r"\b(exist|file)s?\?", line.text):
            continue
        opening = next((one.text for one in reversed(lines[max(0, index - _FAR) : index + 1]) if re.match(r"\s*(if|unless)\b", one.text)), line.text)
        ending = next((one for one in lines[index : index + _FAR] if _ENDS.match(one.text)), None)
        leaves = re.search(r"\b(exit!?|abort|raise|fail)\b.*\bunless\b", line.text)
        absent = re.search(r"^\s*unless\b", opening) or re.search(r"^\s*if\s+!", opening)
        if leaves or (ending and absent):
            yield from ((path, line) for name, path in wanted.items() if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", line.text))


def files(app: Application, stack: Stack) -> Iterator[Finding]:
    wanted = {path.rsplit("/", 1)[-1]: path for path in samples(app).values() if lacks(app, path, stack)}
    found: dict[str, list[Line]] = {}
    for file in app.files(*_AT_START):
        for path, line in (*_read(app, file), *_insisted(app, file, wanted)):
            if path != "config/database.yml" and lacks(app, path, stack):
                found.setdefault(path, []).append(line)
    for path, lines in found.items():
        mend, given = by_file(app, path, stack)
        yield Finding("absent-file", BREAKS, f"the application does not start without {path}, which is in no commit", mend, at(lines), variables=given)


CHECKS: tuple[Check, ...] = (files,)
