"""GitHub's Markdown as Python-Markdown reads it.

Three things differ in the pages of this tree. In CommonMark any sign can be escaped, there a few. What belongs to an
item of a list is indented by the width of the item's mark, there by four for each level. And a list may follow a
paragraph without an empty line between.
"""

from __future__ import annotations

import re

#: Escapes of CommonMark that Python-Markdown does not know.
_ESCAPE = re.compile(r"\\([^\\`*_{}\[\]()>#+.!\w\s-])")
_ITEM = re.compile(r"^( *)([-*+]|\d+[.)])( +)(?=\S)")


def escapes(text: str) -> str:
    """Prose whose escaped signs stand as they are, where Python-Markdown would show the backslash as well."""
    return _ESCAPE.sub(lambda found: {"<": "&lt;", "&": "&amp;"}.get(found[1], found[1]), text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def lists(text: str) -> str:
    """The text with its lists indented by four, and set apart from what comes before them."""
    out: list[str] = []
    #: Columns at which the content of each open item begins.
    levels: list[int] = []
    fence = ""
    for line in text.splitlines():
        if fence:
            inside = max(0, _indent(line) - levels[-1]) if levels else _indent(line)
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            out.append(" " * (4 * len(levels) + inside) + line.lstrip(" ") if line.strip() else line)
            continue
        if not line.strip():
            out.append(line)
            continue
        item = _ITEM.match(line)
        after_blank = not out or not out[-1].strip()
        if item or after_blank:
            while levels and _indent(line) < levels[-1]:
                levels.pop()
        if levels and _indent(line) < levels[-1]:
            # A paragraph's line that goes on at the margin: it is the item's all the same.
            out.append(line)
            continue
        deeper = _indent(line) - (levels[-1] if levels else 0)
        if item and not levels and not after_blank and not _in_list(out):
            out.append("")
        shifted = " " * (4 * len(levels) + (0 if item else deeper)) + line.lstrip(" ")
        out.append(shifted)
        if item:
            levels.append(item.end())
        elif opening := re.match(r" *(`{3,}|~{3,})", line):
            fence = opening[1]
    return "\n".join(out) + "\n"


def _in_list(lines: list[str]) -> bool:
    """Whether what stands before, back to an empty line, began as an item."""
    for line in reversed(lines):
        if not line.strip():
            return False
        if _ITEM.match(line):
            return True
    return False


def escaped(text: str) -> str:
    """Words of a comment as Markdown: what could be a tag is none, what stands in backquotes stays."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        piece if number % 2 else re.sub(r"([<*_\[\]])", r"\\\1", piece) for number, piece in enumerate(pieces)
    )
