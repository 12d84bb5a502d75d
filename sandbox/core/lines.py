"""Text that others read line by line: configuration files, scripts, lists. Pure.

Every renderer puts its lines together here, so that a value of the API with a line end in it makes an error and never
a line of its own. What a value may hold beside that, its language's quoting decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Control characters, and what Unicode takes for the end of a line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def has_control(text: str) -> bool:
    return _CONTROL.search(text) is not None


def one_line(text: str) -> str:
    """``text`` itself.

    :raises ValueError: when it is more than one line, or has another control character
    """
    if has_control(text):
        raise ValueError(f"{text!r} has control characters: it must be one line")
    return text


def joined(lines: Iterable[str]) -> str:
    """Lines with an end after each.

    :raises ValueError: when one of them is more than one
    """
    return "".join(f"{one_line(line)}\n" for line in lines)
