"""The product's own proof that a stack is as it should be: `verify`, or a plan that would change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.game.game import Game
from tools.verbs.stack import PROJECT

#: Lines of a proof that a person is shown when it fails.
SHOWN = 40


@dataclass(frozen=True)
class Proof:
    """Whether the stack is well, and otherwise what was said."""

    well: bool
    words: str
    command: str


def _run(command: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-SHOWN:])


def _options(extra: Sequence[str]) -> list[str]:
    return [word for one in extra for word in ("-e", one)]


def command(game: Game) -> str:
    """What a person gives for the same proof."""
    return "make verify" if game.proof == "verify" else f'make plan ARGS="--tags {game.tags}"'


def of(game: Game, extra: Sequence[str]) -> Proof:
    """What notices a game says of the stack now."""
    if game.proof == "verify":
        code, text = _run(["ansible-playbook", "playbooks/verify.yml", *_options(extra)], {})
        return Proof(code == 0, _end(text), command(game))
    with tempfile.TemporaryDirectory(prefix="rly-") as folder:
        planned = Path(folder) / "plan.json"
        code, text = _run(
            ["ansible-playbook", "playbooks/plan.yml", "--check", "--diff", "--tags", game.tags, *_options(extra)],
            {"RAILYARD_PLAN_FILE": str(planned)},
        )
        changes = json.loads(planned.read_text("utf-8")) if planned.exists() else None
    return Proof(code == 0 and changes == [], _end(text), command(game))


def mend(game: Game, extra: Sequence[str]) -> int:
    """The one run that mends a game, before the person's eyes; its exit status."""
    command = [*game.mending.split(), *_options(extra)]
    return subprocess.run(command, cwd=PROJECT, stdin=subprocess.DEVNULL, check=False).returncode
