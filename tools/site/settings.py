"""The reference of settings, made of group_vars/all: each with its comment, its default and the input of a role that takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .markdown import escaped
from .options import prose as markup
from .place import PROJECT

_KEY = re.compile(r"^(\w+):")


@dataclass
class Setting:
    """A setting as its file declares it."""

    name: str
    default: str
    #: Lines of the comment above it, without their marks.
    meaning: list[str] = field(default_factory=list)
    #: The setting right above it whose comment may be about both.
    below: str = ""


@dataclass
class Topic:
    """A file of group_vars/all."""

    name: str
    about: list[str]
    settings: list[Setting]


def _comment(lines: list[str]) -> list[str]:
    return [re.sub(r"^# ?", "", line) for line in lines]


def topic(path: Path) -> Topic:
    """Read a file: a comment is about the key below it, and may be about those that follow without an empty line; the first is
    about the file.
    """
    lines = path.read_text("utf-8").splitlines()
    read = Topic(path.stem, [], [])
    comment: list[str] = []
    commented = False
    for number, line in enumerate(lines):
        if line.startswith("#"):
            comment = comment + [line] if commented else [line]
            commented = True
        elif found := _KEY.match(line):
            value = [line[found.end() :].strip()]
            for following in lines[number + 1 :]:
                if following and not following.startswith(" "):
                    break
                value.append(following)
            setting = Setting(found[1], "\n".join(value).strip(), _comment(comment))
            if comment and not commented:
                setting.meaning, setting.below = [], read.settings[-1].below or read.settings[-1].name
            read.settings.append(setting)
            commented = False
        elif not line.strip():
            if commented and not read.settings and not read.about:
                read.about = _comment(comment)
            comment, commented = [], False
    if not read.about and read.settings and (first := read.settings[0].meaning):
        # One block: its first line says what the file is, as in all files.
        read.about, read.settings[0].meaning = first[:1], first[1:]
    return read


def topics(root: Path = PROJECT) -> list[Topic]:
    """All files of settings."""
    return [topic(path) for path in sorted((root / "group_vars/all").glob("*.yml"))]


def takers(root: Path = PROJECT) -> dict[str, list[tuple[str, str]]]:
    """For each setting the roles and inputs that are given it as it is, or something made of it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((root / "group_vars/all/_roles").glob("*.yml")):
        for name, value in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
            for setting in sorted(set(re.findall(r"\brailyard_\w+", str(value)))):
                found.setdefault(setting, []).append((path.stem, name))
    return found


def inputs(root: Path = PROJECT) -> dict[str, dict[str, Any]]:
    """Options of all roles, by the names of inputs."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((root / "roles").glob("*/meta/argument_specs.yml")):
        for entry in yaml.safe_load(path.read_text("utf-8"))["argument_specs"].values():
            found.update(entry.get("options") or {})
    return found


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
    words = option.get("type", "str")
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
    out = [f"# {read.name.replace('_', ' ').capitalize()}", prose(read.about), f"Declared in `group_vars/all/{read.name}.yml`."]
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
        "(`-e railyard_web_count=3`), or in an environment's file. What only one role knows is on [its page](../roles/index.md).",
    ]
    for one in read:
        index.append(f"## [{one.name.replace('_', ' ').capitalize()}]({one.name}.md)")
        index.append(prose(one.about))
        index.append("\n".join(f"- [`{setting.name}`]({one.name}.md#{setting.name})" for setting in one.settings))
    out["reference/settings/index.md"] = "\n\n".join(index) + "\n"
    return out
