# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a run as only the controller knows them: computed, with who wrote them where, and the host keys it has seen."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.railyard.aws.plugins.module_utils._recorded.settings import Setting, plain
from ansible_collections.railyard.aws.plugins.module_utils._settings import declared
from ansible_collections.railyard.aws.plugins.module_utils._settings.role_inputs import Role

PROJECT = Path(__file__).resolve().parents[2]
#: A text that is a value as it stands.
_EXPRESSION = re.compile(r"\{\{|\{%")
#: What of an expression asks the machine: what it comes to may have been said by an environment variable.
_LOOKUP = re.compile(r"\b(?:lookup|query|q)\s*\(")
_VAULT = re.compile(r"\bvault_\w+|\$ANSIBLE_VAULT")


@functools.cache
def checkout(folder: Path = PROJECT / "group_vars/all") -> Mapping[str, Any]:
    """The settings as the checkout's own files have them, expressions included."""
    loader = DataLoader()
    return {name: value for path in sorted(folder.glob("*.yml")) for name, value in (loader.load_from_file(str(path), trusted_as_template=True) or {}).items()}


class Settings:
    """Variables of a run that are of the stack, its roles included."""

    def __init__(self, templar: Any, variables: Mapping[str, Any], roles: Iterable[Role], own: Mapping[str, Any] | None = None) -> None:
        """Read them.

        :arg own: what the checkout's files have; by default those of this one.
        """
        self._templar, self._variables = templar.copy_with_new_env(available_variables=dict(variables)), variables
        self._own = checkout() if own is None else own
        roles = list(roles)
        self.options = {**{name: about for role in roles for name, about in role.options.items()}, **declared.settings(roles)}
        self._given_to_roles = {name: value for role in roles for name, value in role.given.items()}
        self._aliases = {name: alias for role in roles for name, alias in role.aliases.items()}

    def is_recordable(self, name: str) -> bool:
        """Whether a variable of that name can be one of a stack's settings: what is not is neither recorded nor taken over."""
        alias = self._aliases.get(name, name)
        return name in self.options and not any(declared.of_the_machine(one) or declared.of_the_run(one) for one in (name, alias))

    def all(self) -> list[Setting]:
        """All that is recorded, or named where its value is not."""
        return [found for name in sorted(self.options) if name in self._variables and (found := self._setting(name)) is not None]

    def now(self, names: Iterable[str]) -> dict[str, Any]:
        """What settings come to, by name, those that follow from others too; without those that there are not."""
        wanted = (name for name in names if name in self._variables and name in self.options)
        return {name: plain(value) for name in wanted if (value := self._value(name)) is not None}

    def _setting(self, name: str) -> Setting | None:
        raw = self._variables[name]
        if name in self._own:
            given = raw != self._own[name]
            text = str(self._own[name])
            # What follows from other settings alone does so at the next one's, too.
            if not given and _EXPRESSION.search(text) and not _LOOKUP.search(text):
                return None
        else:
            given = not (name in self._given_to_roles and self._given_to_roles[name] == raw)
            if not given:
                return None
        value = self._value(name)
        if value is None:
            return None
        alias = self._aliases.get(name, name)
        # A role's input is where its setting is.
        label = name if not declared.of_the_machine(alias) and not declared.of_the_run(alias) and alias not in declared.SECRETS else alias
        return Setting(label, value, given, _vaulted(raw))

    def _value(self, name: str) -> Any:
        """What a variable comes to; None where that is known only on a server, or in its role."""
        try:
            return self._templar.template(self._variables[name])
        except AnsibleError:
            return None


def _vaulted(raw: Any) -> frozenset[str]:
    """Names of the entries of a raw value that come from a vault; "" for one that does as a whole, or is no dictionary."""
    if isinstance(raw, Mapping):
        return frozenset(str(key) for key, value in raw.items() if _vaulted(value))
    if isinstance(raw, (list, tuple)):
        return frozenset([""] if any(_vaulted(one) for one in raw) else [])
    return frozenset([""] if type(raw).__name__ == "EncryptedString" or _VAULT.search(str(raw)) else [])


def is_host(field: str, name: str) -> bool:
    """Whether the first word of a line of known_hosts means a host, hashed as Debian's ssh writes it or not."""
    if not field.startswith("|1|"):
        return name in field.split(",")
    try:
        salt, hashed = (base64.b64decode(part, validate=True) for part in field[3:].split("|"))
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), hashed)


def host_keys(file: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """Public host keys, as ``type base64``, that a file of known hosts has for each of the names; without those it has none of."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    # Marked lines are of authorities, or say what is not to be believed.
    words = [line.split() for line in lines if line and not line.startswith(("#", "@"))]
    found = {name: sorted({f"{one[1]} {one[2]}" for one in words if len(one) > 2 and is_host(one[0], name)}) for name in names}
    return {name: keys for name, keys in found.items() if keys}


def public_keys(key_file: Path, ssh_dir: Path) -> list[tuple[Path, str]]:
    """Private keys of a person, each with the line of its public half: the one that is named, or all of a directory."""
    halves = [Path(f"{key_file}.pub")] if Path(f"{key_file}.pub").is_file() else sorted(ssh_dir.glob("*.pub"))
    found = []
    for half in halves:
        private = half.with_suffix("")
        if private.is_file() and (lines := half.read_text("utf-8", "replace").splitlines()) and len(lines[0].split()) > 1:
            found.append((private, lines[0].strip()))
    return found


def whose(keys: Iterable[tuple[Path, str]], people: Iterable[Any]) -> tuple[str, Path] | None:
    """Who of the people has one of these keys, and which one."""
    known = {
        tuple(str(line).split()[:2]): str(person["name"])
        for person in people
        if isinstance(person, Mapping) and person.get("name")
        for line in person.get("ssh_keys") or []
    }
    return next(((known[key], path) for path, line in keys if (key := tuple(line.split()[:2])) in known), None)


def expanded(path: Any) -> Path:
    """A path that a person wrote."""
    return Path(os.path.expanduser(str(path)))
