# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checking variables of roles by the rules of the stack's variables that they stand for.

The stack gives a role its settings in ``group_vars/all/_roles/<role>.yml``: ``rds_storage`` is ``railyard_database_storage``
unless a person says otherwise. Who does is checked by the same rules, under the name that was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import shown

#: ``rds_storage: "{{ railyard_database_storage }}"``, and nothing else.
_ALIAS = re.compile(r"\{\{\s*(railyard_\w+)\s*\}\}")
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
    #: What the stack gives it, expressions included, by name of the input.
    given: Mapping[str, Any] = field(default_factory=dict)
    #: Input of the role: the setting that it is given as it is.
    aliases: Mapping[str, str] = field(default_factory=dict)


def role_of(name: str, specs: Mapping[str, Any], defaults: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Role:
    """A role by what files hold: ``argument_specs``, its defaults, and what the stack gives it."""
    given = given or {}
    options = {option: about for entry in specs.values() for option, about in (entry.get("options") or {}).items()}
    plain = {variable: value for variable, value in {**defaults, **given}.items() if "{{" not in str(value)}
    aliases = {variable: found[1] for variable, value in given.items() if isinstance(value, str) and (found := _ALIAS.fullmatch(value.strip()))}
    return Role(name, options, plain, given, aliases)


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
            # What else the role has is checked beside its own values only.
            found = [problem for problem in found if not problem.startswith(f"{role.name}_") or problem in said]
            found += [renamed(problem, own) for problem in said if problem not in known]
    return list(dict.fromkeys(found))


#: What may differ from role to role: tags and kept files are each role's own, and who asks for a page may ask for another.
_APART = re.compile(r"railyard_(?:tags|kept_files|app_health_path|app_health_codes|idle_timeout|artifacts_bucket|uploads_bucket|cloudwatch_agent)")


def shared_problems(values: Mapping[str, Any], roles: Iterable[Role]) -> list[str]:
    """Inputs of one role that differ from those of others, where the stack gives all of them one setting.

    Set for one alone, the roles would disagree about what they share: a port, a user, a path, the name of a resource.
    """
    takers: dict[str, list[str]] = {}
    for role in roles:
        for name, alias in role.aliases.items():
            if not _APART.fullmatch(alias):
                takers.setdefault(alias, []).append(name)
    problems = []
    for alias, names in takers.items():
        wanted = {name: str(values.get(name, values.get(alias))) for name in names}
        strange = [name for name in names if name in values and wanted[name] != str(values.get(alias))]
        if strange and len(set(wanted.values())) > 1:
            others = [name for name in names if name not in strange]
            problems += [
                f"{name} is '{shown(values[name])}', but {', '.join(others or [one for one in names if one != name])} would be "
                f"'{shown(values.get(alias) if others else wanted[next(one for one in names if one != name)])}'; write {alias}, which all of them are given."
                for name in strange
            ]
    return problems


def renamed(problem: str, names: Mapping[str, str]) -> str:
    """A problem with the names that a person wrote in the place of those of the rule."""
    return re.sub(r"\brailyard_\w+", lambda found: names.get(found[0], found[0]), problem)


def _head(problem: str) -> str:
    """The word that a problem begins with: the name of a variable, without that of a part of it."""
    return re.split(r"\W", problem, maxsplit=1)[0]


def without_repeats(types: Iterable[str], rules: Iterable[str]) -> list[str]:
    """All problems, but of a variable that a rule names only what the rule says: it knows more than the type."""
    rules = list(rules)
    named = {_head(problem) for problem in rules}
    return [*(problem for problem in types if _head(problem) not in named), *rules]


def redacted(problem: str) -> str:
    """A problem without the password of a URL in it."""
    return _PASSWORD.sub(r"\1***@", problem)
