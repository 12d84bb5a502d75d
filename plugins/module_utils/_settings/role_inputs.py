# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checking variables of roles by the rules of the stack's variables that they stand for.

Most inputs of a role are one of the stack's: ``rds_storage`` is ``railyard_database_storage`` unless a person says otherwise.
Who does is judged by the same rules, under the name that was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: ``rds_storage: "{{ railyard_database_storage }}"`` as a default, also with a further ``default(...)``.
_ALIAS = re.compile(r"\{\{\s*(railyard_\w+)\s*(?:\|\s*default\([^|]*\)\s*)?\}\}")
_PASSWORD = re.compile(r"(://)[^/@\s']+@")

Rules = Callable[[dict[str, Any]], list[str]]


@dataclass(frozen=True)
class Role:
    """The inputs of a role, as its files have them."""

    name: str
    #: What each is, by name: type, choices and so on.
    options: Mapping[str, Mapping[str, Any]]
    #: Defaults that are no expressions.
    plain: Mapping[str, Any] = field(default_factory=dict)
    #: Variable of the role: the stack's variable that its default is.
    aliases: Mapping[str, str] = field(default_factory=dict)


def role_of(name: str, specs: Mapping[str, Any], defaults: Mapping[str, Any]) -> Role:
    """A role by what its files hold: ``argument_specs`` and the defaults."""
    options = {option: about for entry in specs.values() for option, about in (entry.get("options") or {}).items()}
    plain, aliases = {}, {}
    for variable, value in defaults.items():
        found = _ALIAS.fullmatch(value.strip()) if isinstance(value, str) else None
        if found:
            aliases[variable] = found[1]
        elif "{{" not in str(value):
            plain[variable] = value
    return Role(name, options, plain, aliases)


def rule_problems(values: Mapping[str, Any], roles: Iterable[Role], rules: Rules) -> list[str]:
    """What ``rules`` say of the values that are given; where a role has its own, under the role's name for it."""
    roles = list(roles)
    inputs = {name: value for role in roles for name, value in role.plain.items()} | dict(values)
    found = rules(inputs)
    known = set(found)
    for role in roles:
        own = {alias: name for name, alias in role.aliases.items() if name in values}
        if any(values[name] != values.get(alias) for alias, name in own.items()):
            said = rules({**inputs, **{alias: values[name] for alias, name in own.items()}})
            # What else the role has is judged beside its own values only.
            found = [problem for problem in found if not problem.startswith(f"{role.name}_") or problem in said]
            found += [renamed(problem, own) for problem in said if problem not in known]
    return list(dict.fromkeys(found))


def renamed(problem: str, names: Mapping[str, str]) -> str:
    """A problem with the names that a person wrote in the place of those of the rule."""
    return re.sub(r"\brailyard_\w+", lambda found: names.get(found[0], found[0]), problem)


def without_repeats(types: Iterable[str], rules: Iterable[str]) -> list[str]:
    """All problems, but of a variable that a rule names only what the rule says: it knows more than the type."""
    rules = list(rules)
    named = {re.match(r"[\w.]*", problem)[0].partition(".")[0] for problem in rules}
    return [*(problem for problem in types if re.match(r"\w*", problem)[0] not in named), *rules]


def redacted(problem: str) -> str:
    """A problem without the password of a URL in it."""
    return _PASSWORD.sub(r"\1***@", problem)
