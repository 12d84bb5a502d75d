"""The reference of modules, plugins and roles, made of what `ansible-doc` says of the collection."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .options import example, listed, prose
from .place import PROJECT

COLLECTION = "railyard.aws"
#: What `ansible-doc` calls them, what the site calls them, and what one is.
TYPES = {
    "module": ("modules", "Modules", "A task calls it."),
    "filter": ("filters", "Filters", "An expression calls it: `value | railyard.aws.NAME`."),
    "lookup": ("lookups", "Lookups", "An expression calls it: `lookup('railyard.aws.NAME')`."),
    "callback": ("callbacks", "Callbacks", "`ansible.cfg` of the project enables them."),
    "connection": ("connections", "Connections", "`inventory/` and `group_vars/` of the project choose them."),
    "vars": ("vars", "Vars plugins", "`ansible.cfg` of the project enables them."),
}
#: Entry point of a role that is no other's.
MAIN = "main"


def described(root: Path = PROJECT) -> dict[str, Any]:
    """What `ansible-doc` says of everything in the collection, by type and name."""
    program = shutil.which("ansible-doc")
    if not program:
        raise SystemExit("There is no ansible-doc on the PATH. `make docs-site` has that of the project there.")
    done = subprocess.run(
        [program, "--metadata-dump", "--no-fail-on-errors", COLLECTION],
        cwd=root,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_DEPRECATION_WARNINGS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"ansible-doc ended with {done.returncode}: {done.stderr.strip()}. Run `make setup` first.")
    everything: dict[str, Any] = json.loads(done.stdout)["all"]
    return everything


def short(name: str) -> str:
    """The name without its collection."""
    return name.removeprefix(f"{COLLECTION}.")


def _line(text: Any) -> str:
    """Markup as Markdown, in one line."""
    return " ".join(prose(text).split())


def _support(attributes: dict[str, Any]) -> str:
    rows = [
        f"| {name.replace('_', ' ')} | {one['support']} | {_line(one.get('details') or one['description'])} |"
        for name, one in sorted(attributes.items())
    ]
    return "\n".join(["| supports | how far | that is |", "|---|---|---|", *rows]) if rows else ""


def plugin_page(name: str, documented: dict[str, Any]) -> str:
    """The page of a module or of another plugin."""
    doc = documented["doc"]
    parts = [
        f"# {short(name)}",
        f"`{name}`: {prose(doc['short_description'])}.",
        prose(doc.get("description")),
        "## Options" if doc.get("options") else "",
        listed(doc.get("options")),
        "## What it supports" if doc.get("attributes") else "",
        _support(doc.get("attributes") or {}),
        "## Notes" if doc.get("notes") else "",
        "\n".join(f"- {prose(note)}" for note in doc.get("notes") or []),
        "## Examples" if documented.get("examples") else "",
        example(documented.get("examples")),
        "## Returned" if documented.get("return") else "",
        listed(documented.get("return")),
        f"Since {doc['version_added']}." if doc.get("version_added") else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plugin_pages(everything: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Pages of all plugins, and for each type of them a list."""
    for kind, (folder, title, about) in TYPES.items():
        found = {name: one for name, one in sorted(everything[kind].items()) if name.startswith(f"{COLLECTION}.")}
        if wrong := [f"{name}: {one['error']}" for name, one in found.items() if "error" in one]:
            raise SystemExit(
                f"ansible-doc does not understand what documents these; run `make docs`. {'; '.join(wrong)}"
            )
        rows = [
            f"| [{short(name)}]({short(name)}.md) | {prose(one['doc']['short_description'])} |"
            for name, one in found.items()
        ]
        yield (
            f"reference/{folder}/index.md",
            "\n".join([f"# {title}\n", about, "", "| name | does |", "|---|---|", *rows, ""]),
        )
        for name, one in found.items():
            yield f"reference/{folder}/{short(name)}.md", plugin_page(name, one)


def role_inputs(documented: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The inputs of a role, by entry points, to stand below its README. A default stands in the role's own defaults."""
    parts = ["## Inputs"]
    points = documented["entry_points"]
    for name in sorted(points, key=lambda one: (one != MAIN, one)):
        point = points[name]
        options = {
            key: {**option, "default": option.get("default", defaults.get(key))}
            for key, option in (point.get("options") or {}).items()
        }
        if name != MAIN:
            parts += [f"### Entry point `{name}`", prose(point.get("description") or point.get("short_description"))]
        parts.append(listed(options) or "None.")
    return "\n\n".join(part for part in parts if part) + "\n"
