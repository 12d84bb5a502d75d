"""``python -m tools.verbs VERB WORD...``; ``python -m tools.verbs --make VERB`` reads its words from ARGS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from tools.verbs import join, logs, playbooks, remote, secret, tunnel
from tools.verbs import words as reading
from tools.verbs.trouble import Trouble

#: Those that a person sits in front of, and the one that finds out which stack is meant. All others are playbooks.
DIRECT: dict[str, Callable[[Sequence[str]], int]] = {
    "join": join.join,
    "run": remote.run,
    "console": remote.console,
    "logs": logs.logs,
    "secret": secret.secret,
    "tunnel": tunnel.tunnel,
}
VERBS = sorted([*DIRECT, *playbooks.VERBS])


def main(argv: Sequence[str]) -> int:
    """Do one verb; returns the exit status, that of the command for ``run``."""
    from_make, given = argv[:1] == ["--make"], list(argv)
    try:
        if from_make:
            # make would have given them to a shell.
            given = [*argv[1:2], *reading.split(os.environ.get("ARGS", ""))]
        if not given or given[0] not in VERBS:
            raise Trouble(f"'{' '.join(given[:1])}' is no verb; those that there are: {', '.join(VERBS)}.")
        if given[0] in DIRECT:
            return DIRECT[given[0]](given[1:])
        playbooks.play(given[0], given[1:])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
