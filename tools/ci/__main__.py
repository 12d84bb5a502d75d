"""``python -m tools.ci VERB``. What they read of the environment is in examples/ci/README.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from tools.ci import deploy, ending, key, plan
from tools.verbs.trouble import Trouble

VERBS: dict[str, Callable[[], int]] = {
    "plan": plan.comment,
    "drift": plan.drift,
    "deploy": deploy.deploy,
    "key": key.make,
}


def main(argv: Sequence[str]) -> int:
    """Do one verb; returns the exit status."""
    if len(argv) != 1 or argv[0] not in VERBS:
        print(f"'{' '.join(argv)}' is no verb; those that there are: {', '.join(VERBS)}.", file=sys.stderr)
        return 2
    try:
        with ending.once():
            return VERBS[argv[0]]()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
