"""The game's own words in a person's language."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

_WORDS = Path(__file__).resolve().parent / "words.yml"


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = yaml.safe_load(_WORDS.read_text("utf-8"))
    return read


def say(key: str, language: str, **values: Any) -> str:
    """A sentence, with its values filled in."""
    text = " ".join(_words()[key][language].split())
    for name, value in values.items():
        text = text.replace(f"<{name}>", str(value))
    return text


def lasted(seconds: float, language: str) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    units = {"en": ("h", "min", "s"), "ko": ("시간", "분", "초")}[language]
    parts = [(hours, units[0]), (minutes, units[1]), (rest, units[2])]
    space = " " if language == "en" else ""
    return " ".join(f"{number}{space}{unit}" for number, unit in parts if number) or f"0{space}{units[2]}"
