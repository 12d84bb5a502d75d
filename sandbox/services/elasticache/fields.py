"""Kinds of values of caches: hash slots, and parameters as their family allows them. Pure; see ``core/fields.py``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from sandbox.core.fields import Kind
from sandbox.core.lines import has_control
from sandbox.services.elasticache.parameters import FAMILIES, defaults_of

_NAME = re.compile(r"[a-z][a-z0-9-]{0,99}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_RANGE = re.compile(r"(-?[0-9]+)-([0-9]+)", re.ASCII)
#: Redis's letters for kinds of events.
_EVENTS = re.compile(r"[KEg$lshzxetdmnA]*", re.ASCII)

#: Every family has the same parameters here.
_KNOWN = defaults_of(next(iter(FAMILIES)))


def _parameter(pair: Any) -> bool:
    """A name, and a value that AWS takes for it. Nothing of a parameter that nobody knows reaches a node."""
    if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
        return False
    name, value = pair
    if not _NAME.fullmatch(name) or has_control(value):
        return False
    if name == "notify-keyspace-events":
        return _EVENTS.fullmatch(value) is not None
    known = _KNOWN.get(name)
    if known is None or not known["AllowedValues"]:
        return True
    return any(_within(value, part) for part in known["AllowedValues"].split(","))


def _within(value: str, part: str) -> bool:
    bounds = _RANGE.fullmatch(part)
    if bounds and _NUMBER.fullmatch(value):
        return int(bounds[1]) <= int(value) <= int(bounds[2])
    return value == part


CacheParameter = Annotated[tuple[str, str], Kind("a parameter with a value that ElastiCache takes", _parameter)]
#: Ranges such as "0-5461,7000".
Slots = Annotated[str, Kind("ranges of slots", re.compile(r"([0-9]{1,5}(-[0-9]{1,5})?([, ]|$))*", re.ASCII).fullmatch)]
