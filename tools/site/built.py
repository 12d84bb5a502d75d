"""Whether the site that was built holds together: links, anchors, nothing from elsewhere, and what the search knows."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser fetches without being asked to, by element and attribute.
_FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("image", "href"),
}
#: Relations of a `link` that make a browser fetch something.
_FETCHING = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "manifest"}


class _Reader(HTMLParser):
    """Anchors, links and what is fetched, of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        for name, value in given.items():
            if (tag, name) in _FETCHED:
                self.fetched.append(value)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and _FETCHING & set(given.get("rel", "").split()):
            self.fetched.append(given.get("href", ""))


def _read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text("utf-8"))
    return reader


def _file(page: str, path: str, base: str) -> str:
    """The file of the site that an address on a page means; a site's own address begins with ``base``."""
    if path.startswith("/"):
        found = posixpath.normpath(path.removeprefix(base.rstrip("/")).lstrip("/") or ".")
    else:
        found = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path))) if path else page
    found = unquote(found)
    return posixpath.join(found, "index.html").removeprefix("./") if path.endswith("/") or found == "." else found


def problems(site: Path, address: str) -> Iterator[str]:
    """Every link that leads nowhere, and everything that a browser would fetch from elsewhere."""
    pages = {path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))}
    base = urlsplit(address).path
    if not pages:
        yield f"{site} has no page"
    for page, read in pages.items():
        for fetched in read.fetched:
            parts = urlsplit(fetched)
            if parts.scheme not in ("", "data") or parts.netloc:
                yield f"{page} fetches {fetched}, which is not of the site"
            elif not parts.scheme and not (site / _file(page, parts.path, base)).is_file():
                yield f"{page} fetches {fetched}, which does not exist"
        for link in read.links:
            local = "/" + link.removeprefix(address).lstrip("/") if link.startswith(address) else link
            parts = urlsplit(local)
            if parts.scheme or parts.netloc:
                continue
            file = _file(page, parts.path, base if not link.startswith(address) else "")
            if (site / file).is_dir():
                file = posixpath.join(file, "index.html")
            if not (site / file).is_file():
                yield f"{page} links to {link}: there is no {file}"
            elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].anchors:
                yield f"{page} links to {link}: {file} has no #{unquote(parts.fragment)}"
    for style in sorted(site.rglob("*.css")):
        text = style.read_text("utf-8")
        if "@import" in text or "url(http" in text or "url(//" in text:
            yield f"{style.relative_to(site)} fetches something from elsewhere"


def found_by(site: Path, word: str) -> list[str]:
    """Pages whose entry in the index of the search has the word."""
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    return sorted(
        {entry["location"].partition("#")[0] for entry in index["docs"] if word in entry["text"] + entry["title"]}
    )
