"""The words of ``ARGS``: read here, and by no shell of this machine, so that none becomes a command of it."""

from __future__ import annotations

import re
import shlex

from tools.verbs.trouble import Trouble

#: What a shell would act on. Nothing here does, and a person who writes it expects that something does.
_OPERATORS = ";|&<>()`\n"
#: A branch, a tag, a commit, a ref of git; the name of a release.
_REVISION = re.compile(r"[A-Za-z0-9_@][\w./@+~^{}-]*", re.ASCII)


def split(text: str) -> list[str]:
    """Words as a shell has them, quotes and backslashes included; nothing is expanded.

    Raises Trouble for an open quote, and for what only a shell would act on outside quotes.
    """
    quote, escaped = "", False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in _OPERATORS:
            shown = "a line end" if character == "\n" else f"`{character}`"
            raise Trouble(
                f"ARGS is {text!r}, with {shown} outside quotes, and no shell reads it. A text goes into quotes; for a"
                " shell on the server write it as one word: make run ARGS=\"sh -c 'date; uptime'\""
            )
    try:
        return shlex.split(text)
    except ValueError:
        raise Trouble(f"ARGS is {text!r}, where a quote is not closed; close it.") from None


def revision(word: str, what: str) -> str:
    """``word``, when it can be what git or the record calls a thing so. Raises Trouble."""
    if not _REVISION.fullmatch(word) or ".." in word:
        raise Trouble(
            f"'{word}' is no name of a {what}; write letters, digits and . _ / - only, such as main or 3f2a91c07d55."
        )
    return word
