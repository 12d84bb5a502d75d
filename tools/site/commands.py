"""The reference of playbooks and make targets, made of their own words."""

from __future__ import annotations

import re
from pathlib import Path

from .markdown import escaped
from .place import PROJECT

_TARGET = re.compile(r"^([a-z0-9-]+):.*?## (.+)$", re.MULTILINE)


def targets(root: Path = PROJECT) -> dict[str, str]:
    """What `make help` lists."""
    return dict(_TARGET.findall((root / "Makefile").read_text("utf-8")))


def _head(lines: list[str]) -> list[str]:
    """The comment that a playbook begins with."""
    head: list[str] = []
    for line in lines:
        if line.startswith("#"):
            head.append(re.sub(r"^# ?", "", line))
        elif head or line.strip() not in ("", "---"):
            break
    return head


def playbook(path: Path) -> tuple[str, list[str]]:
    """What a playbook says of itself, and its tags."""
    text = path.read_text("utf-8")
    out: list[str] = []
    commands: list[str] = []
    for line in [*_head(text.splitlines()), ""]:
        if line.startswith("  "):
            commands.append(line.strip())
            continue
        if commands:
            out += ["", "```", *commands, "```", ""]
            commands = []
        out.append(escaped(line))
    tags = sorted(
        {tag.strip() for found in re.findall(r"^ *tags: \[([^]]+)\]", text, re.MULTILINE) for tag in found.split(",")}
    )
    return "\n".join(out).strip(), tags


def pages(root: Path = PROJECT) -> dict[str, str]:
    """The two pages."""
    books = [
        "# Playbooks",
        "Each runs by itself, with `ansible-playbook` and its path. Most have [a make target](make.md).",
    ]
    for path in sorted((root / "playbooks").glob("*.yml")):
        about, tags = playbook(path)
        books += [f"## `playbooks/{path.name}`", about]
        if tags:
            books.append("Tags: " + ", ".join(f"`{tag}`" for tag in tags) + ".")
    rows = [
        f"| `make {name}` | {escaped(about).replace('|', chr(92) + '|')} |" for name, about in targets(root).items()
    ]
    make = [
        "# Make targets",
        "In the sandbox as they stand, on Amazon with `SANDBOX=` after them where they touch an account. "
        '`ARGS="..."` is handed on.',
        "\n".join(["| target | does |", "|---|---|", *rows]),
    ]
    return {
        "reference/playbooks.md": "\n\n".join(part for part in books if part) + "\n",
        "reference/make.md": "\n\n".join(make) + "\n",
    }
