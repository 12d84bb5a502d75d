"""Hostile values: what would do something where anything on its way took it for more than a text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

#: Characters of a long value: more than any name of AWS has, and less than a program takes in one variable.
LONG = 60_000


def forms(canary: str) -> dict[str, str]:
    """Hostile values by what is hostile about them; the file ``canary`` is there once one of them was executed."""
    touch = f"touch {canary}"
    return {
        "quotes": "a'b\"c\\'d`e",
        "newline": f"a\nPATH=/nowhere\n{touch}\n",
        "template": "{{ lookup('ansible.builtin.pipe', '" + touch + "') }}",
        "block": "{% for one in lookup('ansible.builtin.pipe', '" + touch + "') %}{{ one }}{% endfor %}",
        "command": f"$({touch})",
        "ticks": f"`{touch}`",
        "statement": f"; {touch} #",
        "pipe": f"x | {touch} || {touch} && {touch}",
        "expansion": "${HOME} $PATH ~ * ? !1 %h %i",
        "ruby": f"#{{`{touch}`}}<%= `{touch}` %>",
        "option": f"--eval=system('{touch}')",
        "path": "../../../../etc/passwd",
        "unicode": "é 한국어 \u202e gnp \U0001f600\u00a0\ufeff",
        "long": "a'" * (LONG // 2),
    }


class Untrusted(str):
    """A text that Ansible is to take for no template."""


def _represent(dumper: yaml.SafeDumper, value: Untrusted) -> yaml.Node:
    return dumper.represent_scalar("!unsafe", str(value), style='"')


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Untrusted, _represent)


def as_yaml(values: Mapping[str, Any]) -> str:
    """Variables for ``-e @FILE``, none of whose texts is a template."""

    def marked(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: marked(one) for name, one in value.items()}
        return Untrusted(value) if isinstance(value, str) else value

    return yaml.dump(marked(values), Dumper=_Dumper, allow_unicode=True, width=10**9)


def variables(canary: str) -> dict[str, str]:
    """An application's environment of them, by name."""
    return {f"RAILYARD_DOORS_{name.upper()}": value for name, value in forms(canary).items()}


def harmed(given: Mapping[str, str], entries: str) -> list[str]:
    """Variables that a program does not have as they were given; ``entries`` is what ``env -0`` says."""
    found = dict(entry.split("=", 1) for entry in entries.split("\0") if "=" in entry)
    return [
        f"{name} is {json.dumps(found.get(name))[:200]} and was given as {json.dumps(value)[:200]}"
        for name, value in given.items()
        if found.get(name) != value
    ]


def names_in(problems: list[str], settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """What problems say of each setting that they name."""
    said = {name: [one for one in problems if re.search(rf"\b{re.escape(name)}\b", one)] for name in settings}
    return {name: ones for name, ones in said.items() if ones}
