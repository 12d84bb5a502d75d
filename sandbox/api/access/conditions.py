"""Conditions of IAM policies. Pure.

A key that this sandbox does not know makes its statement match nothing, whatever the operator: what cannot be told
neither allows nor denies.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

#: Values by key in lower case. A known key that the request lacks is not in it.
Context = Mapping[str, Sequence[str]]

#: Keys that are known though a request may lack them.
_MAY_LACK = frozenset(
    (
        "aws:multifactorauthpresent",
        "aws:username",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:x-amz-acl",
        "s3:x-amz-server-side-encryption",
        "sts:externalid",
    )
)
_MAY_LACK_PREFIXES = ("aws:principaltag/", "aws:resourcetag/", "ec2:resourcetag/")

_OPERATOR = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>\w+?)(?P<if_exists>IfExists)?$", re.IGNORECASE)

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Unknown(Exception):
    """The policy asks for something that cannot be told here."""


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in text)
    return re.compile("".join(parts), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern with ``*`` and ``?``."""
    return _pattern(pattern).fullmatch(value) is not None


def substituted(text: str, context: Context) -> str:
    """``text`` with IAM's variables replaced.

    :raises Unknown: for a variable that has no value
    """

    def value(match: re.Match[str]) -> str:
        name, _unused, default = match.group(1).partition(",")
        if name in ("*", "?", "$"):
            return name
        found = context.get(name.strip().lower())
        if found:
            return found[0]
        if default:
            return default.strip().strip("'")
        raise Unknown(f"variable {match.group(0)}")

    return _VARIABLE.sub(value, text)


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts of an ARN is matched by itself."""
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(map(like, wanted, given))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda wanted, given: compare(float(given), float(wanted))


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda wanted, given: compare(_moment(given), _moment(wanted))


def _in_network(wanted: str, given: str) -> bool:
    return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda a, b: a == b,
    "lessthan": lambda a, b: a < b,
    "lessthanequals": lambda a, b: a <= b,
    "greaterthan": lambda a, b: a > b,
    "greaterthanequals": lambda a, b: a >= b,
}

#: Operator in lower case → (policy's value, request's value) → bool.
_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, given: wanted == given,
    "stringequalsignorecase": lambda wanted, given: wanted.lower() == given.lower(),
    "stringlike": like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": lambda wanted, given: wanted.lower() == given.lower(),
    "ipaddress": _in_network,
    **{f"numeric{name}": _number(compare) for name, compare in _COMPARISONS.items()},
    **{f"date{name}": _date(compare) for name, compare in _COMPARISONS.items()},
}

#: Operators that hold where the other does not, also when the request lacks the key.
_NEGATIVE = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


def holds(condition: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    """Whether every operator of a statement's condition holds for a request."""
    try:
        return all(
            _one(operator, key.lower(), listed(values), context)
            for operator, keys in condition.items()
            for key, values in keys.items()
        )
    except (Unknown, ValueError):
        return False


def listed(value: object) -> list[str]:
    """A policy's value or list of values as a list of texts."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _one(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    parsed = _OPERATOR.match(operator)
    if parsed is None:
        raise Unknown(operator)
    name, quantifier = parsed["name"].lower(), (parsed["set"] or "").lower()
    if key not in context and key not in _MAY_LACK and not key.startswith(_MAY_LACK_PREFIXES):
        raise Unknown(key)
    given = context.get(key)
    if name == "null":
        return (given is None) == (wanted[0].lower() == "true")
    negative = name in _NEGATIVE
    compare = _POSITIVE.get(_NEGATIVE.get(name, name))
    if compare is None:
        raise Unknown(operator)
    if given is None:
        return bool(parsed["if_exists"]) or negative or quantifier == "forallvalues"
    values = [substituted(value, context) for value in wanted]

    def agrees(value: str) -> bool:
        return any(compare(one, value) for one in values) != negative

    return (
        all(map(agrees, given))
        if quantifier == "forallvalues" or negative and not quantifier
        else any(map(agrees, given))
    )
