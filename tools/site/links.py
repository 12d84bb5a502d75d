"""Links of a page as the tree has them, and as the site needs them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .anchors import anchors, outside_fences
from .place import ENGLISH, PROJECT, Page, page_of, relative, shown_at

#: Code comes first: what stands in it is no link. Code does not reach over an empty line.
_LINK = re.compile(
    r"(?P<code>(?P<ticks>`+)(?:(?!\n\s*\n).)+?(?P=ticks)(?!`))|(?P<before>\]\()(?P<target>[^()\s]+)(?=\))", re.DOTALL
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//")


class BrokenLink(Exception):
    """A link leads nowhere."""


def _prose(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, and of each whether it is prose; the others are fenced code."""
    lines = text.splitlines(keepends=True)
    prose = {number for number, _line in outside_fences([line.rstrip("\n") for line in lines])}
    start = 0
    for number in range(1, len(lines) + 1):
        if number == len(lines) or (number in prose) != (start in prose):
            yield start in prose, "".join(lines[start:number])
            start = number


def replaced(text: str, by: Callable[[str], str], words: Callable[[str], str] = str) -> str:
    """The text with every link's target replaced, and with what is neither link nor code as ``words`` has it."""

    def pieces(prose: str) -> Iterator[str]:
        end = 0
        for found in _LINK.finditer(prose):
            yield words(prose[end : found.start()])
            yield found[0] if found["code"] else found["before"] + by(found["target"])
            end = found.end()
        yield words(prose[end:])

    return "".join("".join(pieces(piece)) if is_prose else piece for is_prose, piece in _prose(text))


def targets(text: str) -> list[str]:
    """Targets of all links of a page."""
    return [
        found["target"]
        for is_prose, piece in _prose(text)
        if is_prose
        for found in _LINK.finditer(piece)
        if not found["code"]
    ]


def resolved(source: str, target: str) -> tuple[str, str]:
    """Path from the tree's root that a link of a file leads to, and the anchor in it."""
    path, _hash, anchor = target.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)) if path else source
    return found, anchor


def problem(source: str, target: str, root: Path = PROJECT) -> str:
    """Why a link of a file leads nowhere; empty where it does lead somewhere, or out of the tree."""
    if _ELSEWHERE.match(target):
        return ""
    path, anchor = resolved(source, target)
    if path.startswith("../") or target.startswith("/"):
        return f"{source}: {target} leads out of the tree"
    file = root / path
    if not file.exists():
        return f"{source}: {target} leads to {path}, which does not exist"
    if anchor and (file.suffix != ".md" or anchor not in anchors(file.read_text("utf-8"))):
        return f"{source}: {target}: {path} has no heading #{anchor}"
    return ""


def for_site(source: str, page: Page, target: str, repository: str, root: Path = PROJECT) -> str:
    """The link as the page has it: to a page, to a picture, or to the file in the repository, where it is neither."""
    if _ELSEWHERE.match(target) or target.startswith("#"):
        return target
    if wrong := problem(source, target, root):
        raise BrokenLink(wrong)
    path, anchor = resolved(source, target)
    hashed = f"#{anchor}" if anchor else ""
    if picture := shown_at(path):
        return relative(picture, page.file)
    other = page_of(path)
    if not other:
        kind = "tree" if (root / path).is_dir() else "blob"
        return f"{repository}/{kind}/main/{path}{hashed}"
    if other.translated and page.translated and other.language != page.language:
        # MkDocs builds one language after the other and knows no page of another: an address, not a file.
        return (posixpath.relpath(other.url or ".", page.url or ".") + "/").replace("././", "./") + hashed
    # Without its language: mkdocs-static-i18n takes the page of the language that it builds.
    return relative(Page(other.path, ENGLISH, other.translated).file, page.file) + hashed
