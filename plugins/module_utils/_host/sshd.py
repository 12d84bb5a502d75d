# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sshd reads, line by line and in its order: files include others, and of most settings the first value counts."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

#: Settings of which every line counts, wherever it is.
GATHERED = ("allowusers", "denyusers", "allowgroups", "denygroups", "hostkey", "port", "listenaddress", "acceptenv")
#: As sshd itself limits it.
MOST_DEPTH = 16
#: Before a line that was taken out of force.
TAKEN_OUT = "# Taken out by railyard.aws, whose file of its own decides: "


class Line(NamedTuple):
    """One setting, and where it is said."""

    file: str
    number: int  # from 0
    keyword: str  # in small letters
    value: str
    match: str | None  # of the block it is in; None outside of all


def settings(text: str) -> Iterator[tuple[int, str, str]]:
    """(number of the line, keyword in small letters, value) of each setting in a text."""
    for number, line in enumerate(text.splitlines()):
        found = re.match(r"\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.*?)\s*$", line)
        if found:
            yield number, found[1].lower(), found[2]


def lines_of(file: str, read: Callable[[str], str], match: str | None = None, depth: int = 0) -> Iterator[Line]:
    """Every setting that sshd finds from ``file`` on, in its order. Includes that cannot be read are passed over, as there."""
    if depth > MOST_DEPTH:
        return
    try:
        text = read(file)
    except OSError:
        return
    inside = match
    for number, keyword, value in settings(text):
        if keyword == "match":
            inside = None if value.lower() == "all" and match is None else value
        yield Line(file, number, keyword, value, inside)
        if keyword == "include":
            for pattern in value.split():
                pattern = pattern.strip('"')
                if not pattern.startswith("/"):
                    pattern = os.path.join("/etc/ssh", pattern)
                for path in sorted(glob.glob(pattern)):
                    # A block that begins in an included file ends with it.
                    yield from lines_of(path, read, inside, depth + 1)


def same(one: str, other: str) -> bool:
    return one.split() == other.split()


def overriding(lines: list[Line], ours: str, wanted: dict[str, str]) -> list[Line]:
    """Lines that make sshd do something else than ``wanted``, which is said in the file ``ours``."""
    found = []
    before = True
    for line in lines:
        if line.file == ours:
            before = False
        elif line.keyword not in wanted or same(line.value, wanted[line.keyword]):
            continue
        elif before or line.match is not None or line.keyword in GATHERED:
            found.append(line)
    return found


def is_reached(lines: list[Line], ours: str) -> bool:
    """Whether sshd reads the file ``ours``, whoever comes."""
    first = next((line for line in lines if line.file == ours), None)
    return first is not None and first.match is None


def without(text: str, numbers: list[int]) -> str:
    """The text with these lines taken out of force."""
    return "".join((TAKEN_OUT + line.lstrip() if number in numbers else line) for number, line in enumerate(text.splitlines(keepends=True)))
