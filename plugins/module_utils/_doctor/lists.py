# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of names in Ruby, over one line or several, and the block that each name goes through."""

from __future__ import annotations

import re

#: Lines that a list and its block are looked for in.
FAR = 40
#: Lines after a list that may say what becomes of it, whether they are a block of it or not.
_NEAR = 3
_OPEN = re.compile(r"(?:%w(?P<words>[\[({])|(?P<strings>\[))(?=[^\])}]*$)")
#: A block that fails for a name of the list that the environment has not.
INSISTS = re.compile(r"ENV\.fetch(?:\(\s*[a-z_]+\s*\)(?!\s*(?:\{|do\b))|\s+[a-z_]+\b(?!\s*(?:,|\{|do\b)))|(raise|abort)\b.*ENV|ENV.*\b(raise|abort)\b")


def at(lines: list[str], first: str) -> tuple[str, str]:
    """The list that ``first`` begins, in one line, and what comes after it: its block, and the lines next to it.

    :param lines: the line itself and those after it
    """
    end = 0
    opened = _OPEN.search(first)
    if opened:
        closing = {"(": ")", "{": "}"}.get(opened["words"] or "", "]")
        end = next((number for number, text in enumerate(lines) if number and closing in text), 0)
    whole = " ".join([first, *lines[1 : end + 1]])
    return whole, " ".join([whole, *_block(lines, end)])


def _block(lines: list[str], end: int) -> list[str]:
    after = lines[end + 1 :]
    depth = _indent(lines[end])
    inner = next((number for number, text in enumerate(after) if _indent(text) <= depth), len(after))
    return after[: max(_NEAR, inner)]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
