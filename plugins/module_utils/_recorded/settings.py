# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a run's settings is recorded, and how those of another run differ. Pure.

A document says of the stack: ``settings`` (values by name), ``secret`` (names of what has a value that is not kept), ``own``
(names of what each machine says for itself, where somebody did) and ``host_keys`` (public host keys by instance).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.secrets import is_secret_name
from ansible_collections.railyard.aws.plugins.module_utils._settings.declared import SECRETS, of_the_machine, of_the_run
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import shown

Values = Mapping[str, Any]

NOT_SET = "not set"
#: A URL with a password in it.
_CREDENTIALS = re.compile(r"://[^/@\s\"']*:[^/@\s\"']+@")
#: Where an application's source is taken from: an address is the stack's, a directory is one of a machine.
_SOURCES = ("railyard_app_source", "app_source")
#: Variables of an application's environment, by name.
_ENVIRONMENTS = re.compile(r"(?:\w+_)?environment")


@dataclass(frozen=True)
class Setting:
    """A variable of a run: what it comes to, and what of how it was written decides where it belongs."""

    name: str
    value: Any
    #: Whether a person gave it, in place of what the checkout's own group_vars have.
    given: bool = True
    #: Names of entries that come from a vault, or "" for the whole.
    vaulted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """One setting that two runs have otherwise."""

    name: str
    theirs: str
    mine: str

    def __str__(self) -> str:
        return f"{self.name}: recorded {self.theirs}, here {self.mine}"


def document(settings: Iterable[Setting], host_keys: Mapping[str, Iterable[str]] | None = None) -> dict[str, Any]:
    """What is recorded of these settings."""
    kept: dict[str, Any] = {}
    secret: list[str] = []
    own: list[str] = []
    for one in settings:
        if of_the_run(one.name):
            continue
        if of_the_machine(one.name) or (one.name in _SOURCES and _is_directory(one.value)):
            own += [one.name] if one.given else []
            continue
        if one.name in SECRETS or "" in one.vaulted:
            secret += [one.name] if one.value else []
            continue
        value, hidden = _without_secrets(one)
        secret += [f"{one.name}.{key}" if key else one.name for key in hidden]
        if "" not in hidden:
            kept[one.name] = value
    return {
        "settings": plain(kept),
        "secret": sorted(secret),
        "own": sorted(own),
        "host_keys": {instance: sorted(keys) for instance, keys in (host_keys or {}).items()},
    }


def plain(value: Any) -> Any:
    """A value as JSON has it, without what only a controller of Ansible knows of it."""
    return json.loads(json.dumps(value, default=str))


def _is_directory(value: Any) -> bool:
    return str(value).startswith(("/", "~", ".", "file:"))


def _without_secrets(one: Setting) -> tuple[Any, list[str]]:
    """A value without its secret entries, and their names; "" for one that is a secret as a whole."""
    if not isinstance(one.value, Mapping):
        return one.value, [""] if _CREDENTIALS.search(json.dumps(one.value, default=str)) else []
    named = bool(_ENVIRONMENTS.fullmatch(one.name))
    hidden = [
        str(key)
        for key, value in one.value.items()
        if key in one.vaulted or (named and is_secret_name(str(key))) or _CREDENTIALS.search(json.dumps(value, default=str))
    ]
    return {key: value for key, value in one.value.items() if str(key) not in hidden}, hidden


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: ``-e`` gives texts where files have numbers and booleans."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (Mapping, list, tuple)) or isinstance(other, (Mapping, list, tuple)):
        return False
    return _word(one) == _word(other)


def _word(value: Any) -> str:
    text = str(value).strip()
    return text.lower() if isinstance(value, bool) or text.lower() in ("true", "false") else text


def differences(recorded: Values, mine: Values, now: Values, given: Iterable[str]) -> list[Difference]:
    """How the settings here differ from those recorded.

    :arg recorded: a document.
    :arg mine: the document of this run.
    :arg now: what settings come to here that this run would not record, by name: what follows from others.
    :arg given: names of what a person set here. What the recorded run did not know of is told only of these.
    """
    theirs, here = recorded["settings"], {**now, **mine["settings"]}
    found = [
        Difference(name, *told(value, here[name])) if name in here else Difference(name, quoted(value), NOT_SET)
        for name, value in sorted(theirs.items())
        if not (name in here and same(value, here[name]))
    ]
    people = set(given)
    # A value that is secret on one side only has no other side to compare with.
    hidden = {name.partition(".")[0] for name in recorded["secret"]}
    found += [
        Difference(name, NOT_SET, quoted(value))
        for name, value in sorted(mine["settings"].items())
        if name in people and name not in theirs and name not in hidden
    ]
    return found


def missing_secrets(recorded: Values, mine: Values) -> list[str]:
    """Names of secrets that the recorded run had and this one has not."""
    return [name for name in recorded["secret"] if name not in mine["secret"]]


def told(theirs: Any, mine: Any) -> tuple[str, str]:
    """Two values that differ, so that it is seen in what, however long they are."""
    if isinstance(theirs, list) and isinstance(mine, list):
        return _only(theirs, mine), _only(mine, theirs)
    if isinstance(theirs, Mapping) and isinstance(mine, Mapping):
        keys = sorted(key for key in {*theirs, *mine} if not (key in theirs and key in mine and same(theirs[key], mine[key])))
        return _entries(theirs, keys), _entries(mine, keys)
    return quoted(theirs), quoted(mine)


def _entries(value: Values, keys: list[str]) -> str:
    return shown(", ".join(f"{key} {quoted(value[key])}" if key in value else f"no {key}" for key in keys))


def _only(these: list[Any], others: list[Any]) -> str:
    """Elements that the other list lacks; by their names where they have any."""
    lacking = [one for one in these if not any(same(one, other) for other in others)]
    if not lacking:
        return "the same in another order" if len(these) == len(others) else quoted(these)
    names = [f"{one['name']} ({quoted({key: value for key, value in one.items() if key != 'name'})})" if _is_named(one) else quoted(one) for one in lacking]
    return shown(", ".join(names)) if len(lacking) == len(these) else shown(f"... {', '.join(names)}")


def _is_named(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value


def quoted(value: Any) -> str:
    """A value as a sentence shows it."""
    return shown(json.dumps(plain(value), ensure_ascii=False))
