"""Headings of a page, and the anchors that GitHub gives them. The site's follow that rule, too (SLUGIFY)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ *(`{3,}|~{3,})")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
_LINK = re.compile(r"!?\[([^]]*)\]\([^)]*\)")


def outside_fences(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines that do not stand in fenced code, with their numbers from 0."""
    closing = ""
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if closing:
            if fence and line.strip().startswith(closing) and not line.strip().strip(closing[0]):
                closing = ""
        elif fence:
            closing = fence[1]
        else:
            yield number, line


def slug(heading: str) -> str:
    """What GitHub makes of a heading: https://gist.github.com/asabaylus/3071099 and what its pages show."""
    words = _LINK.sub(r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")


def headings(text: str) -> list[tuple[int, str]]:
    """Headings of a page with the numbers of their lines."""
    found = ((number, _HEADING.match(line)) for number, line in outside_fences(text.splitlines()))
    return [(number, match[1]) for number, match in found if match]


def anchors(text: str) -> set[str]:
    """Anchors that a page has: those of headings, a second one of a name numbered, and those written as HTML."""
    found: set[str] = set()
    for _number, heading in headings(text):
        name, count = slug(heading), 0
        while (numbered := f"{name}-{count}" if count else name) in found:
            count += 1
        found.add(numbered)
    return found | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
