"""What group_vars/all declares: settings with comments and defaults, and what gets them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

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
    """Read a file.

    A comment is about the key below it, and may be about those that follow without an empty line. The first is about
    the file: all of it where an empty line follows, else its first line.
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
