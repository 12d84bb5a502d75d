"""The game that runs, on disk: a person comes back to it in another shell, and after a crash."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.verbs.trouble import Trouble


@dataclass
class Running:
    """What has to be known until the end. ``before`` is what the game's look answered before it was broken."""

    game: str
    identity: str
    began: float
    before: Any
    hints: int = 0

    def begin(self, path: Path) -> None:
        """Keep it, before anything is broken. Raises Trouble where one runs already."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise Trouble(already(path)) from None
        with open(file, "w", encoding="utf-8") as writing:
            writing.write(self._text())

    def save(self, path: Path) -> None:
        """Keep what changed, whole or not at all."""
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as writing:
            writing.write(self._text())
        beside.replace(path)

    def _text(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def already(path: Path) -> str:
    """Words for a second game."""
    return (
        f"A game runs already ({path}). Mend it and say `make game ARGS=done`, or end it with `make game ARGS=give-up`."
    )


def read(path: Path) -> Running | None:
    """The game that runs, or None. Raises Trouble for a file that is none."""
    try:
        return Running(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise Trouble(f"{path} is not what a game writes; remove it and run `ansible-playbook site.yml`.") from None
