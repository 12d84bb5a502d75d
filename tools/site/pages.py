"""The pages that MkDocs reads: those of the tree, with links and lists as it needs them, and those made of code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from . import commands, plugins, settings
from .anchors import headings, slug
from .links import for_site, replaced
from .markdown import escapes, lists
from .options import prose
from .place import ENGLISH, PROJECT, Page, shown_at, sources


def with_anchors_of(text: str, original: str) -> str:
    """A translation that also has the anchors of its original's headings, which pages without a translation link to.

    Only where both have the same headings one by one; else no heading stands for another.
    """
    own, theirs = headings(text), headings(original)
    if len(own) != len(theirs):
        return text
    lines = text.splitlines()
    # Not the title, which MkDocs looks for in the first line.
    for (number, heading), (_number, other) in reversed(list(zip(own, theirs, strict=True))[1:]):
        if slug(heading) != slug(other):
            lines[number:number] = [f'<a id="{slug(other)}"></a>', ""]
    return "\n".join(lines) + "\n"


def of_tree(repository: str, root: Path = PROJECT) -> dict[str, str]:
    """Texts of the tree's pages, by the file that MkDocs reads."""
    found = sources(root)
    originals = {page.path: source for source, page in found.items() if page.language == ENGLISH}
    out: dict[str, str] = {}
    for source, page in found.items():
        text = (root / source).read_text("utf-8")
        if page.language != ENGLISH and page.path in originals:
            text = with_anchors_of(text, (root / originals[page.path]).read_text("utf-8"))
        out[page.file] = lists(replaced(text, _to_site(source, page, repository, root), escapes))
    return out


def _to_site(source: str, page: Page, repository: str, root: Path) -> Callable[[str], str]:
    return lambda target: for_site(source, page, target, repository, root)


def with_inputs(texts: dict[str, str], roles: dict[str, Any], root: Path = PROJECT) -> dict[str, str]:
    """The roles' pages with their inputs below their READMEs, and a list of the roles."""
    out = {}
    rows = []
    for name, documented in sorted(roles.items()):
        role = plugins.short(name)
        file = f"reference/roles/{role}.md"
        defaults = yaml.safe_load((root / "roles" / role / "defaults/main.yml").read_text("utf-8")) or {}
        out[file] = f"{texts[file]}\n{plugins.role_inputs(documented, defaults)}"
        main = documented["entry_points"][plugins.MAIN]
        rows.append(f"| [{role}]({role}.md) | {prose(main['short_description'])} |")
    out["reference/roles/index.md"] = "\n".join(["# Roles", "", "| role | does |", "|---|---|", *rows, ""])
    return out


def written(into: Path, repository: str, root: Path = PROJECT) -> list[str]:
    """Write all pages and pictures into an empty folder; the pages' names."""
    everything = plugins.described(root)
    texts = of_tree(repository, root)
    texts |= with_inputs(texts, everything["role"], root)
    texts |= dict(plugins.plugin_pages(everything))
    texts |= settings.pages(root) | commands.pages(root)
    shutil.rmtree(into, ignore_errors=True)
    for name, text in texts.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(text, "utf-8")
    for path in sorted((root / "docs/screenshots").glob("*.png")):
        to = into / str(shown_at(path.relative_to(root).as_posix()))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    return sorted(texts)
