# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables of an environment: what can be none, and how a file has to quote them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import references

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment] # Ansible's controller has it, and no other place judges numbers.

try:
    # Where in which file a value was written. Private to ansible-core: without it less is noticed.
    Origin = importlib.import_module("ansible._internal._datatag._tags").Origin
except ImportError:  # pragma: no cover
    Origin = None

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: bash refuses to set them, so a file that does ends in an error there.
_READ_ONLY = {"BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"}
#: By which bash and systemd run a server's programs.
_OF_SYSTEM = {"BASH_ENV", "ENV", "IFS", "INVOCATION_ID", "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID", "MAINPID", "NOTIFY_SOCKET"}
#: What leads to Ruby and the bundle → where that is said. Said twice it would part ways.
_OF_ROLE = {
    "BUNDLE_GEMFILE": "write the file in app_gemfile",
    "BUNDLE_PATH": "the bundle is kept beside railyard_app_path",
    "BUNDLE_WITHOUT": "write the groups in app_bundle_without",
    "GEM_HOME": "the bundle is kept beside railyard_app_path",
    "GEM_PATH": "the bundle is kept beside railyard_app_path",
    "PATH": "call programs that lie elsewhere by their whole path",
    "RBENV_ROOT": "write the directory in railyard_rbenv_root",
    "RBENV_VERSION": "write the version in railyard_ruby_version",
}
#: systemd leaves out variables with control characters other than these, with a line in the journal at most.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: Bytes of a name with its value and =: with more of them the kernel starts no program (MAX_ARG_STRLEN, a zero byte included).
LONGEST = 131071
#: What a plain number of YAML looks like, to the end of the line or of its place in a list or dictionary.
_PLAIN = re.compile(r"[-+.0-9][^\s,\]}#]*")
#: YAML's other words for true and false, as the names that people lose to them.
_WORDS = {True: "'ON', 'YES' or 'Y'", False: "'OFF', 'NO' or 'N'"}


def written_as(value: Any) -> str | None:
    """Return how a number stands in its file, or None where that is not known."""
    origin = Origin.get_tag(value) if Origin else None
    if origin is None or not origin.path or not origin.line_num or not origin.col_num:
        return None
    try:
        with open(origin.path, encoding="utf-8") as file:
            line = file.read().splitlines()[origin.line_num - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    found = _PLAIN.match(line[origin.col_num - 1 :])
    # A template, or the ciphertext of a vault, is not what the value was read from.
    return found.group() if found and yaml.safe_load(found.group()) == value else None


def _number_problem(name: str, value: float) -> str | None:
    written = written_as(value)
    if written == str(value) or (written is None and isinstance(value, int)):
        return None
    how = f"which was written as {written}" if written else "and how it was written is lost"
    quoted = f'{name}: "{written or value}"'
    return f"{name} is {value}, {how}: YAML reads numbers before anybody else does; write it in quotes: {quoted}."


def _value_problem(name: str, value: Any) -> str | None:
    """Return what is wrong with a value, never showing one that may be a secret."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _number_problem(name, value)
    if value is None:
        return f'{name} is null; write {name}: "" for an empty value, or leave it out.'
    if not isinstance(value, str):
        kind = {"date": "a date", "datetime": "a date", "list": "a list", "dict": "a dictionary"}
        names = [kind[base.__name__] for base in type(value).__mro__ if base.__name__ in kind]
        return f"{name} is {names[0] if names else type(value).__name__}; write a text in quotes (lists and dictionaries: `| to_json`)."
    control = _CONTROL.search(value)
    if control:
        return f"{name} has the control character {control.group()!r}, which systemd does not take; encode it, for example as base64."
    size = len(f"{name}={value}".encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        return f"{name} has {size} bytes with its value, and no program starts with more than {LONGEST} in one variable; keep it in a file or in the bucket."
    return None


def _name_problem(name: Any) -> str | None:
    if isinstance(name, bool):
        return f"A name is {str(name).lower()}, which YAML made of a word such as {_WORDS[name]}; put the name in quotes."
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"'{name}' is no name of a variable; write letters, digits and _, and no digit first, for example WEB_CONCURRENCY."
    return f"{name} is a variable that bash lets nobody set; choose another name." if name in _READ_ONLY else None


def problems(variables: Any, referring: bool = False, databases: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each variable that cannot be as it was meant.

    :param referring: whether values may refer to what the stack knows (references.py)
    :param databases: names of the databases beside the first one, to which they may refer, too
    """
    if not isinstance(variables, Mapping):
        return [f"It is a {type(variables).__name__}; write names and values, for example {{WEB_CONCURRENCY: 2}}."]
    found = [
        _name_problem(name) or (references.problem(name, value, databases) if referring and isinstance(value, Mapping) else _value_problem(name, value))
        for name, value in variables.items()
    ]
    return [problem for problem in found if problem]


def taken(name: Any) -> str | None:
    """Return why a person cannot have a variable of this name, though an environment can; None where they can."""
    if name in _OF_SYSTEM:
        return f"{name} is a variable by which a server runs its programs, and the application would not start with another; choose another name."
    return f"{name} is a variable by which Ruby and the bundle are found; leave it out: {_OF_ROLE[name]}." if name in _OF_ROLE else None


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return f'"{str(value).lower()}"'
    # In double quotes systemd and shells agree on what a backslash takes the meaning of, and keep line ends.
    return '"' + re.sub(r'([\\"$`])', r"\\\1", str(value)) + '"'


def text(variables: Mapping[str, Any]) -> str:
    """Return the lines of a file that systemd and shells read."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(variables.items()))
