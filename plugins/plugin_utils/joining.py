# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a second machine writes down of a stack that others built. Values are data: nothing that was recorded is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.railyard.aws.plugins.module_utils._recorded.settings import same
from ansible_collections.railyard.aws.plugins.plugin_utils.recording import whose

HEAD = """\
---
# Settings of the stack '{stack}' as {by} recorded them, {at}, where this checkout has them otherwise. `make join` wrote this, and
# writes it anew. It wins over group_vars/all and environments/NAME.yml: to change a setting of the stack, change it here, or take
# the line out and change it there; the next `site.yml` records it for everybody.
"""
LOGIN = """
# As whom this machine logs in.
railyard_ssh_user: "{{{{ lookup('ansible.builtin.env', 'RAILYARD_SSH_USER') | default({user}, true) }}}}"
railyard_ssh_key_file: "{{{{ lookup('ansible.builtin.env', 'RAILYARD_SSH_KEY_FILE') | default({key_file}, true) }}}}"
"""


class _Unsafe(str):
    """A text that Ansible must not compute."""


class _Dumper(yaml.SafeDumper):
    """YAML in which texts with braces are marked."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(_Unsafe, lambda dumper, value: dumper.represent_scalar("!unsafe", str(value), style='"'))


def _as_data(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_as_data(key): _as_data(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_data(one) for one in value]
    return _Unsafe(value) if isinstance(value, str) and "{" in value else value


def content(stack: str, settings: Mapping[str, Any], source: Mapping[str, str], login: tuple[str, Path] | None) -> str:
    """The file of variables."""
    text = HEAD.format(stack=stack, by=source["by"].replace("\n", " "), at=source["at"].replace("\n", " "))
    text += yaml.dump({"joined_from": _as_data(source)}, Dumper=_Dumper, sort_keys=True, allow_unicode=True)
    if settings:
        text += "\n" + yaml.dump(_as_data(settings), Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=1000)
    if login:
        user, key_file = (_literal(str(one)) for one in login)
        text += LOGIN.format(user=user, key_file=key_file)
    return text


def _literal(text: str) -> str:
    """A text as a literal of Jinja within a text of YAML in double quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\\", "\\\\").replace('"', '\\"') + "'"


def without(variables: Mapping[str, Any], joined: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Variables as they would be without what was joined before: those of the checkout's own files in its place."""
    found = dict(variables)
    for name, value in joined.items():
        # What -e says wins over it, and stays.
        if name not in found or found[name] != value:
            continue
        if name in own:
            found[name] = own[name]
        else:
            del found[name]
    return found


def login(keys: Iterable[tuple[Path, str]], people: Iterable[Any], key_file: Path, login_user: str) -> tuple[str, Path] | None:
    """As whom this machine logs in, and with which private key; None where nobody lets it in by all that is known."""
    found = whose(keys, people)
    if found:
        return found
    # The stack's own key, for whoever built it.
    return (login_user, key_file) if key_file.is_file() and key_file.suffix == ".pem" else None


def host_keys(recorded: Mapping[str, list[str]], known: Mapping[str, list[str]]) -> tuple[list[dict[str, str]], list[str]]:
    """Lines to add to a file of known hosts, and the instances of which it has other keys than were recorded."""
    others = [name for name, keys in sorted(recorded.items()) if name in known and not set(keys) & set(known[name])]
    lines = [
        {"name": name, "key": f"{name} {key}"}
        for name, keys in sorted(recorded.items())
        if name not in others
        for key in keys
        if not any(same(key, one) for one in known.get(name, []))
    ]
    return lines, others
