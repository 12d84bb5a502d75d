# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module says when its own code failed, which is mostly an answer of AWS that lacks what it should have."""

from __future__ import annotations

import functools
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

#: What an answer that lacks something ends in. No more: ansible-test learns a module's arguments by an exception of its own.
_FAILURES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def message(error: Exception) -> str:
    """The failure in words, with the place in the code for whoever reports it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"An answer could not be understood ({type(error).__name__}: {error}, at {place}). AWS may not show yet what was just "
        "made: run the same command again, which goes on where this one stopped. If it comes again, report it with what -vvv shows."
    )


def guarded(main: Callable[[], None]) -> Callable[[], None]:
    """A module's ``main`` that ends with a message where it would end with a traceback."""

    @functools.wraps(main)
    def run() -> None:
        try:
            main()
        except _FAILURES as error:
            sys.stdout.write(json.dumps({"failed": True, "msg": message(error), "exception": traceback.format_exc()}) + "\n")
            raise SystemExit(1) from error

    return run
