"""The course of a game: begin, hint, done, give up."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tools.game import proof, running
from tools.game.game import Game, Text, text_of
from tools.game.games import GAMES, named
from tools.game.place import Place
from tools.game.running import Running
from tools.game.speech import lasted, say
from tools.verbs.trouble import Trouble


@dataclass
class Player:
    """A person at a stack: their language, and what they gave Ansible with ``-e``."""

    place: Place
    language: str
    extra: Sequence[str] = ()

    def _say(self, key: str, **values: object) -> None:
        print(say(key, self.language, **values), flush=True)

    def _text(self, game: Game) -> Text:
        return text_of(game, self.language, {key: str(value) for key, value in asdict(self.place.names).items()})

    def _current(self) -> tuple[Game, Running]:
        """The game that runs. Raises Trouble where none does; one whose stack is gone ends here."""
        path = self.place.state_file
        current = running.read(path)
        if current is None:
            raise Trouble(say("nothing_runs", self.language))
        try:
            there = self.place.identity()
        except Trouble:
            there = ""
        if there != current.identity:
            path.unlink()
            raise Trouble(say("gone", self.language, game=current.game))
        return named(current.game), current

    def _time(self, current: Running) -> str:
        return lasted(time.time() - current.began, self.language)

    # -- what a person says

    def list(self) -> int:
        """Show the games, and which one runs."""
        for game in GAMES.values():
            print(f"{game.name:<11} {self._text(game).title}")
        current = running.read(self.place.state_file)
        if current:
            self._say("runs", game=current.game, time=self._time(current))
        return 0

    def begin(self, name: str) -> int:
        """Break what a game breaks, on a stack that is well."""
        game = named(name)
        path = self.place.state_file
        # A file of before a stack was taken away must not keep people from the next one.
        if (old := running.read(path)) and old.identity == self.place.identity():
            raise Trouble(running.already(path))
        identity, before = self.place.identity(), game.look(self.place)
        if old:
            path.unlink()
        self._say("looking", command=proof.command(game))
        said = proof.of(game, self.extra)
        if not said.well:
            print(said.words, file=sys.stderr)
            raise Trouble(say("unwell", self.language, command=said.command))
        current = Running(game.name, identity, time.time(), before)
        current.begin(path)
        try:
            game.spoil(self.place)
            broken = game.look(self.place) != before
        except Exception:
            # It may be broken by half: then the game goes on, and its run mends it.
            if game.look(self.place) == before:
                path.unlink()
            raise
        if not broken:
            path.unlink()
            raise Trouble(
                f"{game.name} could not break anything of stack '{self.place.names.stack}', which is set up otherwise"
                " than the book's; play another chapter: `make game ARGS=list`."
            )
        current.began = time.time()
        current.save(path)
        text = self._text(game)
        print(f"\n{game.name}: {text.title}\n\n{text.story}\n")
        self._say("begun", hints=len(text.hints))
        return 0

    def hint(self) -> int:
        """Give the next hint."""
        game, current = self._current()
        hints = self._text(game).hints
        if current.hints >= len(hints):
            self._say("no_more_hints")
            return 1
        current.hints += 1
        current.save(self.place.state_file)
        self._say("hint", number=current.hints, hints=len(hints))
        print(hints[current.hints - 1])
        return 0

    def done(self) -> int:
        """Look whether it is mended, and tell what it was; 1 where it is not."""
        game, current = self._current()
        passed = self._time(current)
        if game.look(self.place) != current.before:
            self._say("still", time=passed)
            return 1
        self._say("proving", command=proof.command(game))
        said = proof.of(game, self.extra)
        if not said.well:
            print(said.words, file=sys.stderr)
            self._say("not_well", time=passed, command=said.command)
            return 1
        text = self._text(game)
        self._say("won", time=passed, hints=current.hints, all=len(text.hints))
        self._tell(game, text)
        return 0

    def give_up(self) -> int:
        """Mend it by its one run, and tell what it was; 1 where the run has not mended it."""
        game, current = self._current()
        self._say("mending", command=game.mending)
        if proof.mend(game, self.extra) or game.look(self.place) != current.before:
            self._say("not_mended")
            return 1
        self._say("given_up", time=self._time(current))
        self._tell(game, self._text(game))
        return 0

    def _tell(self, game: Game, text: Text) -> None:
        """The end: what it was, and where to look."""
        self.place.state_file.unlink()
        print(f"\n{say('what', self.language)}\n  {text.broken}")
        print(f"\n{say('run', self.language)}\n  {game.mending}")
        print(f"\n{say('professional', self.language)}")
        for step in text.professional:
            print(f"  {step.run}\n      {step.why}")
