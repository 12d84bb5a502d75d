"""The reference of settings: comment and default of each, and which inputs of roles get it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .declared import Setting, Topic, inputs, takers, topics
from .markdown import escaped
from .options import prose as markup
from .place import PROJECT


def prose(lines: list[str]) -> str:
    """A comment as Markdown; what is indented in it is an example."""
    out: list[str] = []
    example: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("  "):
            example.append(line[2:])
            continue
        if example:
            out += ["", "```yaml", *example, "```", ""]
            example = []
        out.append(escaped(line))
    return "\n".join(out).strip()


def _default(value: str) -> str:
    return f"```yaml\n{value}\n```"


def _type(option: dict[str, Any]) -> str:
    words = str(option.get("type", "str"))
    if words == "list" and option.get("elements"):
        words = f"list of {option['elements']}"
    if choices := option.get("choices"):
        words += ", one of " + ", ".join(f"`{choice}`" for choice in choices)
    return words


def _of_input(setting: Setting, taken: list[tuple[str, str]], known: dict[str, dict[str, Any]]) -> str:
    """What the first role that takes the setting says of its input."""
    return next((markup(known[name].get("description")) for _role, name in taken if name in known), "")


def page(read: Topic, given: dict[str, list[tuple[str, str]]], known: dict[str, dict[str, Any]]) -> str:
    """The page of a topic."""
    out = [
        f"# {read.name.replace('_', ' ').capitalize()}",
        prose(read.about),
        f"Declared in `group_vars/all/{read.name}.yml`.",
    ]
    for setting in read.settings:
        out.append(f"## `{setting.name}`")
        taken = given.get(setting.name, [])
        if setting.meaning:
            out.append(prose(setting.meaning))
        else:
            out.append(_of_input(setting, taken, known))
        if setting.below:
            out.append(f"Declared below [`{setting.below}`](#{setting.below}).")
        out.append("Default:")
        out.append(_default(setting.default))
        if taken:
            out.append(
                "Given to: "
                + "; ".join(
                    f"[{role}](../roles/{role}.md), `{name}`" + (f" ({_type(known[name])})" if name in known else "")
                    for role, name in taken
                )
                + "."
            )
    return "\n\n".join(part for part in out if part) + "\n"


def pages(root: Path = PROJECT) -> dict[str, str]:
    """All pages of settings by their paths, with an index of every name."""
    given, known = takers(root), inputs(root)
    read = topics(root)
    out = {f"reference/settings/{one.name}.md": page(one, given, known) for one in read}
    index = [
        "# Settings",
        "What a stack is, by the files that declare it. Set them in a file of your own (`-e @mine.yml`), one by one "
        "(`-e railyard_web_count=3`), or in an environment's file. What only one role knows is on "
        "[its page](../roles/index.md).",
    ]
    for one in read:
        index.append(f"## [{one.name.replace('_', ' ').capitalize()}]({one.name}.md)")
        index.append(prose(one.about))
        index.append("\n".join(f"- [`{setting.name}`]({one.name}.md#{setting.name})" for setting in one.settings))
    out["reference/settings/index.md"] = "\n\n".join(index) + "\n"
    return out
