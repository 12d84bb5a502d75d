"""Kinds of values that a picture holds, and a base class that refuses all others.

The API takes much that AWS would refuse, and what it says ends in files and commands of root. So a value is judged
once, where it comes in: a number, a network, one of some words, or a text that fits a pattern. ``Checked`` reads the
annotations of a dataclass; a plain ``str`` is none of them, so that nobody forgets to say what a text is.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal

from sandbox.core.lines import has_control


class OddValue(ValueError):
    """A value of the API that no AWS resource has; the message names the field and shows the value."""


@dataclass(frozen=True)
class Kind:
    """What a text or a number has to be."""

    name: str  # for people: "an identifier"
    fits: Callable[[Any], object]


def _pattern(name: str, pattern: str) -> Kind:
    return Kind(name, re.compile(pattern, re.ASCII).fullmatch)


def _address(value: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(value)) == value
    except ValueError:
        return False


def _network(shortest: int, longest: int = 32) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        if not re.fullmatch(r"[0-9.]+/[0-9]{1,2}", value):
            return False
        try:
            return shortest <= ipaddress.IPv4Network(value, strict=False).prefixlen <= longest
        except ValueError:
            return False

    return fits


_IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}"

#: Names of resources and of directories and containers that are called after them: no dot and no slash.
Identifier = Annotated[str, _pattern("an identifier", _IDENTIFIER)]
#: Of a database: those of RDS's own for PostgreSQL have a dot.
ParameterName = Annotated[str, _pattern("a parameter's name", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")]
#: A word of AWS's own: a state, a zone, a type.
Word = Annotated[str, _pattern("a word", r"[A-Za-z0-9._-]{0,128}")]
Arn = Annotated[str, _pattern("an ARN", r"[A-Za-z0-9_+=,.@:/*-]{1,2048}")]
#: Of a load balancer or a target group: its last parts name directories and sections.
BalancerArn = Annotated[str, _pattern("an ARN of Elastic Load Balancing", r"[A-Za-z0-9:/-]{1,1024}/[A-Za-z0-9]{1,64}")]
NameOfHost = Annotated[str, _pattern("a host name", r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253})")]
#: Route 53 writes characters that are not usual as octal escapes.
DnsName = Annotated[str, _pattern("a DNS name", r"[A-Za-z0-9_*./\\-]{1,1024}")]
Address = Annotated[str, Kind("an IPv4 address", _address)]
#: What a target group leads to.
TargetId = Annotated[
    str,
    Kind("an instance or an IPv4 address", lambda v: _address(v) or re.fullmatch(_IDENTIFIER, v, re.ASCII)),
]
Network = Annotated[str, Kind("an IPv4 network", _network(0))]
#: AWS: between /16 and /28.
VpcNetwork = Annotated[str, Kind("an IPv4 network of /16 to /28", _network(16, 28))]
Mac = Annotated[str, _pattern("a MAC address", r"([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})?")]
Protocol = Annotated[
    str,
    _pattern("a protocol", r"-1|tcp|udp|icmp|icmpv6|[01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5]"),
]
Port = Annotated[int, Kind("a port", lambda port: 1 <= port <= 65535)]
#: Of a rule: ICMP has types and codes in its place, and -1 is all of them.
RulePort = Annotated[int, Kind("a port, or a type of ICMP", lambda port: -1 <= port <= 65535)]
#: AWS: RDS takes none below.
DatabasePort = Annotated[int, Kind("a port from 1150", lambda port: 1150 <= port <= 65535)]
Count = Annotated[int, Kind("a number from 0", lambda number: 0 <= number < 2**31)]
PublicKey = Annotated[
    str,
    _pattern(
        "a public key of OpenSSH",
        r"(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [^\x00-\x1f\x7f-\x9f\u2028\u2029]*)?",
    ),
]
#: One line of whatever characters: names and tags that people write. Who renders it quotes it.
Line = Annotated[str, Kind("one line", lambda text: not has_control(text))]
#: Whatever there is, line ends too: only where a file or an answer holds nothing else.
Text = Annotated[str, Kind("text", lambda text: True)]


@dataclass(frozen=True)
class Checked:
    """Base of the picture's parts.

    :raises OddValue: when made with a value that its annotation does not allow
    """

    def __post_init__(self) -> None:
        kind: Any = type(self)
        checks = _checks(kind)
        for field in fields(self):
            checks[field.name](f"{type(self).__name__}.{field.name}", getattr(self, field.name))


def check(kind: Any, value: Any, name: str) -> Any:
    """``value`` itself. ``kind`` is an annotation of a picture's field.

    :raises OddValue: when it is of another kind
    """
    _checker(kind)(name, value)
    return value


@functools.cache
def _checks(owner: type) -> dict[str, Callable[[str, Any], None]]:
    hints = typing.get_type_hints(owner, include_extras=True)
    return {field.name: _checker(hints[field.name]) for field in fields(owner)}


def _checker(kind: Any) -> Callable[[str, Any], None]:
    """Function that raises for a value, of which the name is told."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return _of_kind(arguments[0], arguments[1])
    if origin is Literal:
        return _of_kind(str, Kind(f"one of {', '.join(map(repr, arguments))}", arguments.__contains__))
    if origin in (types.UnionType, typing.Union):
        (inner,) = (_checker(argument) for argument in arguments if argument is not types.NoneType)
        return lambda name, value: None if value is None else inner(name, value)
    if origin is tuple:
        return _of_tuple(arguments)
    if kind in (int, bool) or is_dataclass(kind):
        return _of_kind(kind, Kind(f"a {kind.__name__}", lambda value: True))
    raise TypeError(f"{kind}: say what kind of value it is, with one of sandbox/core/fields.py")


def _of_kind(base: type, kind: Kind) -> Callable[[str, Any], None]:
    plain = typing.get_origin(base) or base

    def validate(name: str, value: Any) -> None:
        # A boolean is an int to Python, and no port.
        if not isinstance(value, plain) or (plain is int and isinstance(value, bool)) or not kind.fits(value):
            raise OddValue(f"{name} is {value!r}, which is not {kind.name}")

    return validate


def _of_tuple(arguments: tuple[Any, ...]) -> Callable[[str, Any], None]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = _checker(arguments[0])

        def every(name: str, value: Any) -> None:
            _require_tuple(name, value)
            for item in value:
                inner(name, item)

        return every
    parts = [_checker(argument) for argument in arguments]

    def each(name: str, value: Any) -> None:
        _require_tuple(name, value, len(parts))
        for part, item in zip(parts, value, strict=True):
            part(name, item)

    return each


def _require_tuple(name: str, value: Any, length: int | None = None) -> None:
    if not isinstance(value, tuple) or (length is not None and len(value) != length):
        raise OddValue(f"{name} is {value!r}, which is not a tuple{f' of {length}' if length else ''}")
