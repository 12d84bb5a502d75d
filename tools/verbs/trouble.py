"""What ends a verb with words for the person, and no traceback."""

from __future__ import annotations


class Trouble(Exception):
    """The text says what is wrong, the value seen, and the command that mends it."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code
