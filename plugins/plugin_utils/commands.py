# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as Ansible makes them to run a module through standard input. Pure."""

from __future__ import annotations

import re

#: What every module's program has, and little else.
MODULE = b"_ansiballz_main"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)


def assigned(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The variables that a command sets before its first word, and its words."""
    given: dict[str, str] = {}
    for number, word in enumerate(words):
        if not _VARIABLE.fullmatch(word):
            return given, words[number:]
        name, _equal, given[name] = word.partition("=")
    return given, []
