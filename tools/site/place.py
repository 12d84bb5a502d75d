"""Which file of the tree is which page of the site, and in which language."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: The site's language where a page has no other, and the one that pages are translated to.
ENGLISH, KOREAN = "en", "ko"
LANGUAGES = (ENGLISH, KOREAN)

#: Pattern of a path in the tree, and what the page is called. Those with ``language`` are translated.
_PAGES = tuple(
    (re.compile(pattern), page)
    for pattern, page in (
        (r"README(?:\.(?P<language>ko))?\.md", "index"),
        (r"docs/(?P<folder>book|how-to)/(?P<language>en|ko)/(?P<name>[\w-]+)\.md", "{folder}/{name}"),
        (r"docs/decisions/(?P<name>[\w-]+)\.md", "design/decisions/{name}"),
        (r"docs/KINDS\.md", "reference/kinds"),
        (r"docs/(?P<name>\w+)\.md", "design/{name}"),
        (r"(?P<name>CONTRIBUTING|MAINTAINERS|CHANGELOG)\.md", "project/{name}"),
        # There is a page of this name already: what is left open, and why.
        (r"SECURITY\.md", "project/reporting"),
        (r"roles/(?P<name>\w+)/README\.md", "reference/roles/{name}"),
        (r"sandbox/README\.md", "reference/sandbox"),
        (r"examples/(?P<name>awx|event-driven)/README\.md", "project/{name}"),
    )
)
#: What pages show: copied as it is.
_SHOWN = re.compile(r"docs/(screenshots/[\w-]+\.png)")


@dataclass(frozen=True)
class Page:
    """A page of the site: its path without language and suffix, and its language."""

    path: str
    language: str
    #: Whether the page exists in each language, so that a link to it stays within one.
    translated: bool

    @property
    def file(self) -> str:
        """The file that MkDocs reads, by the names that mkdocs-static-i18n knows."""
        return f"{self.path}.md" if self.language == ENGLISH else f"{self.path}.{self.language}.md"

    @property
    def url(self) -> str:
        """Where the page is in the site, from its root."""
        path = re.sub(r"(^|/)index$", r"\1", self.path)
        prefix = "" if self.language == ENGLISH else f"{self.language}/"
        return prefix + (path if not path or path.endswith("/") else f"{path}/")


def page_of(source: str) -> Page | None:
    """The page that a file of the tree becomes, by its path from the tree's root; none for what is no page."""
    for pattern, page in _PAGES:
        if found := pattern.fullmatch(source):
            given = found.groupdict()
            name = (given.get("name") or "").lower()
            path = page.format(folder=given.get("folder"), name="index" if name == "readme" else name)
            return Page(path, given.get("language") or ENGLISH, "language" in given)
    return None


def shown_at(source: str) -> str | None:
    """Where a picture of the tree is in the site."""
    found = _SHOWN.fullmatch(source)
    return found[1] if found else None


def sources(root: Path = PROJECT) -> dict[str, Page]:
    """Every file of the tree that becomes a page, with the page."""
    patterns = ("*.md", "docs/**/*.md", "roles/*/README.md", "sandbox/README.md", "examples/*/README.md")
    files = sorted({path.relative_to(root).as_posix() for pattern in patterns for path in root.glob(pattern)})
    return {file: page for file in files if (page := page_of(file))}


def relative(target: str, start: str) -> str:
    """A path as it is written in a file that lies beside ``start``."""
    return posixpath.relpath(target, posixpath.dirname(start) or ".")
