"""What a game is, and its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.game.place import Place

TEXTS = Path(__file__).resolve().parent / "texts"
LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Game:
    """One thing of a chapter that is broken.

    ``look`` answers what is there now, in what JSON can say: it answers the same again once it is mended, by whichever
    way. ``tags`` are those of the one run that mends it. ``proof`` is what notices it: ``verify``, or ``plan`` of these
    tags.
    """

    chapter: int
    tags: str
    proof: str
    look: Callable[[Place], Any]
    spoil: Callable[[Place], None]

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"chapter-{self.chapter}"

    @property
    def mending(self) -> str:
        """The command that mends it."""
        return f"ansible-playbook site.yml --tags {self.tags}"


@dataclass(frozen=True)
class Step:
    """A command that a professional gives, and what it tells."""

    run: str
    why: str


@dataclass(frozen=True)
class Text:
    """What a game says in one language."""

    title: str
    story: str
    hints: tuple[str, ...]
    broken: str
    professional: tuple[Step, ...]


def text_of(game: Game, language: str, names: dict[str, str]) -> Text:
    """A game's words, with the stack's own names in their commands."""

    def told(said: Any) -> str:
        text = " ".join(str(said if isinstance(said, str) else said[language]).split())
        for name, value in names.items():
            # No format string: queries of AWS's command line have braces.
            text = text.replace(f"<{name}>", value)
        return text

    said = yaml.safe_load((TEXTS / f"chapter-{game.chapter:02}.yml").read_text("utf-8"))
    return Text(
        title=told(said["title"]),
        story=told(said["story"]),
        hints=tuple(told(one) for one in said["hints"]),
        broken=told(said["broken"]),
        professional=tuple(Step(told(one["run"]), told(one["why"])) for one in said["professional"]),
    )
