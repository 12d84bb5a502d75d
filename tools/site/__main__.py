"""Build the site of documentation and look whether it holds together: ``python -m tools.site [serve [PORT]]``."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import yaml

from . import built
from .links import BrokenLink
from .navigation import navigation
from .pages import written
from .place import PROJECT

BUILD = PROJECT / "build"
PAGES, SITE, CONFIGURATION = BUILD / "site-pages", BUILD / "site", BUILD / "mkdocs.yml"
#: GitHub's rule for anchors, so that they are the same there and here. Only Python's own YAML reads the tag.
SLUGIFY = """
markdown_extensions:
  toc:
    slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}
"""
#: Words that the search has to find, with a page that has each: one in English, one in Korean, one that is code.
SEARCHED = {"teardown": "", "로드 밸런서": "ko/book/chapter-07/", "railyard_web_count": "reference/settings/stack/"}


def configured(names: list[str], galaxy: dict[str, str]) -> str:
    """MkDocs' configuration, with what the pages are and where the site is."""
    configuration = {
        "INHERIT": "../tools/site/mkdocs.yml",
        "docs_dir": PAGES.name,
        "site_dir": SITE.name,
        "site_url": address(galaxy),
        "copyright": f"railyard.aws {galaxy['version']}",
        "extra": {"social": [{"icon": "fontawesome/brands/github", "link": galaxy["repository"], "name": "GitHub"}]},
        "nav": navigation(names),
    }
    return yaml.safe_dump(configuration, allow_unicode=True, sort_keys=False) + SLUGIFY


def address(galaxy: dict[str, str]) -> str:
    """Where GitHub Pages shows the site of a repository, unless SITE_URL says otherwise."""
    owner, name = galaxy["repository"].rstrip("/").split("/")[-2:]
    return os.environ.get("SITE_URL", f"https://{owner}.github.io/{name}/")


def build() -> None:
    """Write the pages, build the site of them, and look at it."""
    begun = time.monotonic()
    galaxy = yaml.safe_load((PROJECT / "galaxy.yml").read_text("utf-8"))
    BUILD.mkdir(exist_ok=True)
    try:
        names = written(PAGES, galaxy["repository"])
    except BrokenLink as broken:
        raise SystemExit(str(broken)) from None
    CONFIGURATION.write_text(configured(names, galaxy), "utf-8")
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", str(CONFIGURATION)]
    if subprocess.run(mkdocs, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}).returncode:
        raise SystemExit(
            "MkDocs warns of the above. It reads build/site-pages, which tools/site/ makes of docs/, READMEs and code."
        )
    wrong = list(built.problems(SITE, address(galaxy)))
    wrong += [
        f"the search does not find '{word}' on '{page}'"
        for word, page in SEARCHED.items()
        if page not in built.found_by(SITE, word)
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))
    pages = len(list(SITE.rglob("*.html")))
    print(f"{pages} pages in {time.monotonic() - begun:.0f} s: {SITE.relative_to(PROJECT)}/index.html")


def serve(port: int) -> None:
    """Show what was built, on this machine alone."""
    print(f"http://127.0.0.1:{port}/ until Ctrl-C")
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(SITE)]
    try:
        subprocess.run(command, check=True)
    except KeyboardInterrupt:
        print()


def main(words: list[str]) -> None:
    """Build, and serve if asked to."""
    if words and (words[0] != "serve" or len(words) > 2 or not all(word.isdigit() for word in words[1:])):
        raise SystemExit(f"'{' '.join(words)}' is nothing the site can do; write ARGS=serve or ARGS=\"serve 8001\".")
    os.chdir(PROJECT)
    build()
    if words:
        serve(int(words[1]) if len(words) > 1 else 8000)


if __name__ == "__main__":
    main(sys.argv[1:])
