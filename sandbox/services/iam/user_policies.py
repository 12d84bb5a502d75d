"""What IAM lets a user do, conditions included: the emulator itself overlooks those it does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any


def documents_of(user_name: str) -> list[dict[str, Any]]:
    """Policies of a user of the account: inline, attached, and those of the user's groups."""
    from moto.iam.models import iam_backends

    from sandbox.api.environment import ACCOUNT_ID

    iam = iam_backends[ACCOUNT_ID]["aws"]
    owners = [iam.get_user(user_name), *iam.get_groups_for_user(user_name)]
    inline = [text for owner in owners for text in owner.policies.values()]
    attached = [
        version.document
        for owner in owners
        for policy in owner.managed_policies.values()
        for version in policy.versions
        if version.is_default
    ]
    return [json.loads(text) if isinstance(text, str) else text for text in (*inline, *attached)]


def allows(documents: list[dict[str, Any]], action: str, resource: str, context: Mapping[str, str | bool]) -> bool:
    """Whether some statement allows the action and none denies it.

    :param context: values of condition keys, by their names in lower case
    """
    effects = {
        statement["Effect"]
        for document in documents
        for statement in listed(document["Statement"])
        if _concerns(statement, "Action", action.lower())
        and _concerns(statement, "Resource", resource)
        and _holds(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def listed(value: Any) -> list[Any]:
    """Where a policy may hold one or several."""
    return value if isinstance(value, list) else [value]


def _concerns(statement: dict[str, Any], element: str, value: str) -> bool:
    """Whether ``value`` is among a statement's ``Action`` or ``Resource``, or not among its ``NotAction`` ..."""
    for name, wanted in ((element, True), (f"Not{element}", False)):
        if name in statement:
            patterns = listed(statement[name])
            if element == "Action":
                patterns = [pattern.lower() for pattern in patterns]
            return any(_like(value, pattern) for pattern in patterns) is wanted
    return False


def _like(value: str, pattern: str) -> bool:
    # Brackets mean nothing in a policy.
    return fnmatchcase(value, re.sub(r"\[", "[[]", pattern))


_TESTS = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str | bool]) -> bool:
    return all(
        _one_holds(operator.lower(), context.get(key.lower()), [str(one) for one in listed(wanted)])
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _one_holds(operator: str, value: str | bool | None, wanted: list[str]) -> bool:
    """:raises NotImplementedError: for an operator that nobody has needed yet; a guess could let something through"""
    name = operator.removesuffix("ifexists")
    positive = name.replace("not", "", 1)
    if positive not in _TESTS:
        raise NotImplementedError(f"condition operator {operator} is not known to the sandbox")
    negative = positive != name
    if value is None:
        return negative or name != operator
    return any(_TESTS[positive](str(value), one) for one in wanted) is not negative
