"""``python -m tools.ci VERB``. What they read of the environment is in examples/ci/README.md."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from tools.ci import deploy, key, plan
from tools.verbs.trouble import Trouble

VERBS: dict[str, Callable[[], int]] = {
    "plan": plan.comment,
    "drift": plan.drift,
    "deploy": deploy.deploy,
    "key": key.make,
}


def _end(number: int, _frame: FrameType | None) -> None:
    """CI ends a run so; what was opened for it is still taken back."""
    raise SystemExit(128 + number)


def main(argv: Sequence[str]) -> int:
    """Do one verb; returns the exit status."""
    if len(argv) != 1 or argv[0] not in VERBS:
        print(f"'{' '.join(argv)}' is no verb; those that there are: {', '.join(VERBS)}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _end)
    try:
        return VERBS[argv[0]]()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
