# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What config/puma.rb says that ends puma on a server: files in places that are not there, and the background."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.disk import alone, kept
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

#: What puma writes, and where it goes, and does not start where it cannot. Where it listens, servers say.
_WRITES = re.compile(r"^\s*(pidfile|state_path|stdout_redirect|activate_control_app|directory)\b(?P<rest>.*)$")
_SET = re.compile(r"^\s*(\w+)\s*=\s*(?P<value>.+?)\s*$")
_ABOVE = re.compile(r"File\.expand_path\(\s*['\"](?P<path>[^'\"]+)['\"]\s*,\s*(?P<base>__FILE__|__dir__|File\.dirname\(__FILE__\))\s*\)")
#: Where the release is, on every server.
_OF_THE_RELEASE = ("APP_ROOT", "PWD")
_DEFAULT = re.compile(r"\bENV(?:\[\s*['\"](\w+)['\"]\s*\]\s*\|\||\.fetch\(?\s*['\"](\w+)['\"])")
_HERE = re.compile(r"^(?:Dir\.(?:pwd|getwd)|(?:::)?Rails\.root(?:\.to_s)?|ENV\[['\"](?:PWD|APP_ROOT)['\"]\])$")
#: The program that runs in the background by itself, and what puma made of that.
_ENDS_BACKGROUND = "5.0.0"


def _file(app: Application) -> str:
    """The configuration that puma reads: that of the environment first."""
    found = app.there(f"config/puma/{app.environment}.rb", "config/puma.rb")
    return found[0] if found else ""


def _places(app: Application, lines: list[Line], file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the file for directories, from the root of a release or absolute; and variables that would lead those elsewhere, by them."""
    found: dict[str, str] = {}
    led: dict[str, str] = {}
    for line in lines:
        said = _SET.match(line.text)
        if not said:
            continue
        read = _DEFAULT.search(said["value"])
        name = read[1] or read[2] if read else ""
        # Servers have this one, and a person decides what theirs is.
        if name in _OF_THE_RELEASE or (name and name in (app.given or ())):
            found |= {said[1]: "."} if name in _OF_THE_RELEASE else {}
            continue
        value = _expanded(said["value"], found, file)
        if value is not None:
            found[said[1]] = value
            led |= {value: name} if name else {}
    return found, led


def _expanded(text: str, known: dict[str, str], file: str) -> str | None:
    """A path of Ruby; none where only Ruby knows."""
    above = _ABOVE.search(text)
    if above:
        base = file if above["base"] == "__FILE__" else posixpath.dirname(file)
        return posixpath.normpath(posixpath.join(base, above["path"]))
    if _HERE.match(text):
        return "."
    quoted = re.search(r"['\"]([^'\"]*)['\"]", re.sub(r"ENV(?:\[|\.fetch\()\s*['\"]\w+['\"]", "", text))
    if not quoted:
        return known.get(text.strip())
    path = re.sub(r"#\{(\w+|Rails\.root)\}", lambda one: known.get(one[1], "." if one[1] == "Rails.root" else one[0]), quoted[1])
    return None if "#{" in path else posixpath.normpath(path.removeprefix("unix://").split("?", 1)[0])


def _written(app: Application) -> Iterator[tuple[str, Line, str]]:
    """Files that puma writes, from the root of a release or absolute, and the variable that would lead each elsewhere."""
    file = _file(app)
    lines = [line for line, certain in app.effective(file) if certain] if file else []
    known, led = _places(app, lines, file)
    for index, line in enumerate(lines):
        said = _WRITES.match(line.text)
        if not said or re.search(r"\b(if|unless)\s", said["rest"]):
            continue
        rest = said["rest"] + (lines[index + 1].text if said["rest"].rstrip().endswith(",") and index + 1 < len(lines) else "")
        if said[1] == "activate_control_app" and "unix://" not in rest:
            continue
        for part in re.split(r",(?![^(]*\))", rest.strip(" ()")):
            path = _expanded(part.strip(), known, file)
            if path and re.search(r"[/.]", path):
                variable = next((name for place, name in led.items() if path.startswith(f"{place}/")), "")
                yield (f"{path}/." if said[1] == "directory" else path), line, variable


def places(app: Application, stack: Stack) -> Iterator[Finding]:
    away: dict[str, Line] = {}
    led: dict[str, Any] = {}
    lacking: dict[str, Line] = {}
    for path, line, variable in _written(app):
        directory = posixpath.dirname(path)
        if path.startswith(("/dev/", f"{stack['app_path']}/", f"{stack['app_path']}.d/", "/tmp/")):
            continue
        if path.startswith(("/", "..")):
            away.setdefault(path, line)
            led |= {variable: stack["app_path"]} if variable else {}
        elif directory not in ("", ".", "tmp", "log") and not kept(f"{directory}/x", stack) and not (app.root / directory).is_dir():
            lacking.setdefault(directory, line)
    if away:
        shown = list(away)[0]
        what = f"puma is to write or go to {shown.removesuffix('/.')}, and no server of this stack has that directory: it does not start"
        words = "".join(f"app_environment with {name}: {value}; or " for name, value in led.items())
        given: dict[str, Any] = {"app_environment": led} if led else {}
        yield Finding(
            "puma-place", BREAKS, what, f"{words}a path below tmp/ or log/ of the application, or no such line", at(list(away.values())), variables=given
        )
    if lacking:
        shared = [*stack["shared"], *lacking]
        what = f"puma is to write in {', '.join(lacking)}, which no release has: it does not start"
        given = {"app_shared": shared} if all(alone(one, stack) for one in lacking) else {}
        yield Finding("puma-place", BREAKS, what, f"app_shared with {', '.join(lacking)}", at(list(lacking.values())), variables=given)


def background(app: Application, stack: Stack) -> Iterator[Finding]:
    file = _file(app)
    lines = [line for line, certain in app.effective(file) if certain and re.match(r"\s*daemonize\b(?!\s*\(?\s*false)", line.text)] if file else []
    if lines:
        old = app.has("puma", below=_ENDS_BACKGROUND)
        why = "goes into the background, and systemd takes it for ended" if old else "has no daemonize any more, and ends there"
        yield Finding("puma-background", BREAKS, f"puma {app.gems.get('puma', '')} {why}", f"no daemonize in {file}", at(lines))


CHECKS: tuple[Check, ...] = (places, background)
