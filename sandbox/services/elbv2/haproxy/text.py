"""HAProxy's configuration language: sections, quoting, and patterns translated into it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.core.lines import one_line

_PLAIN = re.compile(r"[A-Za-z0-9_./:,;@+=<>*^()\[\]{}|?!& -]")


def quote(text: str) -> str:
    """One word of the configuration that means exactly ``text``, whatever it contains."""
    return '"' + "".join(c if _PLAIN.fullmatch(c) else _escape(c) for c in text) + '"'


def section(head: str, lines: Sequence[str]) -> str:
    """A section with its statements, one a line.

    :raises ValueError: when a statement is more than one line, so that its second would be a statement, too
    """
    return "\n".join([one_line(head), *(f"    {one_line(line)}" for line in lines), ""])


def literal(text: str) -> str:
    """``text`` as a part of a log format, where a percent sign starts an expression."""
    return text.replace("%", "%%")


def _escape(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def wildcard(pattern: str) -> str:
    """Regular expression of a load balancer's pattern: ``*`` is any run, ``?`` any one character."""
    parts = {"*": ".*", "?": "."}
    return "^" + "".join(parts.get(c) or re.escape(c) for c in pattern) + "$"
