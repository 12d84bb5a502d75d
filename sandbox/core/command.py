"""What a person calls the sandbox by, for messages that name a command."""

from __future__ import annotations

import os
import sys

#: Tells the daemon how the command was called that started it.
VARIABLE = "RAILYARD_SANDBOX_COMMAND"
_NAMES = ("railyard-sandbox", "python -m sandbox")


def name() -> str:
    """``railyard-sandbox`` where that was called, else ``python -m sandbox``."""
    told = os.environ.get(VARIABLE)
    if told in _NAMES:
        return told
    return _NAMES[0] if os.path.basename(sys.argv[0]) == _NAMES[0] else _NAMES[1]
