"""``make game``: words come from ARGS, as those of the verbs do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tools.game.game import LANGUAGES
from tools.game.games import GAMES, named
from tools.game.place import Place
from tools.game.play import Player
from tools.verbs import words as reading
from tools.verbs.trouble import Trouble

USAGE = 'make game ARGS="list | chapter-4 ... chapter-14 | hint | done | give-up [--language ko] [-e VARIABLE]"'


def _language() -> str:
    """The person's, as their shell has it."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ko" if spoken.startswith("ko") else "en"


def game(words: Sequence[str]) -> int:
    """Do one thing of a game; the exit status. Raises Trouble."""
    parser = argparse.ArgumentParser(prog="make game", usage=USAGE)
    parser.add_argument("what", nargs="?", default="list", help=f"list, hint, done, give-up, or {', '.join(GAMES)}")
    parser.add_argument("--language", choices=LANGUAGES, default=_language(), help="as the shell has it otherwise")
    parser.add_argument(
        "--real-account", metavar="STACK", help="break this stack although it is in an account of Amazon's"
    )
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options = parser.parse_args(words)
    if options.what not in ("list", "hint", "done", "give-up"):
        # Before a stack is asked for: a name that is none is told at once.
        named(options.what)
    player = Player(Place.standing(options.extra_vars, options.real_account), options.language, options.extra_vars)

    from botocore.exceptions import BotoCoreError, ClientError

    does = {"list": player.list, "hint": player.hint, "done": player.done, "give-up": player.give_up}
    try:
        return does[options.what]() if options.what in does else player.begin(options.what)
    except (BotoCoreError, ClientError) as error:
        raise Trouble(f"AWS did not do what the game asked: {error}") from None


def main(argv: Sequence[str]) -> int:
    """Returns the exit status."""
    given = list(argv)
    try:
        if given[:1] == ["--make"]:
            # make would have given them to a shell.
            given = reading.split(os.environ.get("ARGS", ""))
        return game(given)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
