# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one way to wait: look, and look again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

Seen = TypeVar("Seen")

#: How much longer each pause is than the one before it.
GROWTH = 1.5


class TimeUp(Exception):
    """What was waited for did not come. ``seen`` is the last that was seen of it, ``waited`` the seconds."""

    def __init__(self, seen: Any, waited: float) -> None:
        super().__init__(f"not there after {waited:.0f} s")
        self.seen = seen
        self.waited = waited


def wait_until(look: Callable[[], Seen], done: Callable[[Seen], bool], timeout: float, pause: float, longest: float = 0) -> Seen:
    """What ``look`` sees, once ``done`` says that this is it.

    :arg timeout: seconds; no pause is begun that would end later.
    :arg pause: seconds between the first two looks; later ones lie further apart, up to ``longest``.
    Raises TimeUp.
    """
    started = time.monotonic()
    while not done(seen := look()):
        waited = time.monotonic() - started
        if waited + pause > timeout:
            raise TimeUp(seen, waited)
        time.sleep(pause)
        pause = min(pause * GROWTH, max(pause, longest))
    return seen
