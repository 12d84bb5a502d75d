"""Verbs that are playbooks: their words become variables, and what begins with a hyphen goes to ansible-playbook."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NoReturn

from tools.verbs import words as reading
from tools.verbs.trouble import Trouble

#: Verb → the variable that a word of its own becomes, and what it is called. None takes no word.
VERBS: dict[str, tuple[str, str] | None] = {
    "deploy": ("revision", "revision"),
    "promote": ("from", "environment"),
    "rollback": ("release", "release"),
    "releases": None,
    "status": None,
    "restart": None,
    "maintenance": ("maintenance", "state"),
    "sleep": None,
    "wake": None,
    "doctor": ("revision", "revision"),
}
#: Options of ansible-playbook whose value is the next word.
_VALUED = {
    "-e",
    "--extra-vars",
    "-i",
    "--inventory",
    "-l",
    "--limit",
    "-t",
    "--tags",
    "--skip-tags",
    "-f",
    "--forks",
    "--start-at-task",
}


def parted(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """A verb's own words, and options of ansible-playbook with their values."""
    own: list[str] = []
    options: list[str] = []
    rest = iter(given)
    for word in rest:
        if word in _VALUED:
            options += [word, next(rest, "")]
        elif word.startswith("-"):
            options.append(word)
        else:
            own.append(word)
    return own, options


def command(verb: str, given: Sequence[str]) -> list[str]:
    """ansible-playbook's command line. Raises Trouble for a word that the verb does not take."""
    own, options = parted(given)
    takes = VERBS[verb]
    if len(own) > (1 if takes else 0):
        what = f"one {takes[1]} at most" if takes else "no word of its own"
        raise Trouble(f"{verb} takes {what}, and options of ansible-playbook; it was given {' '.join(own)!r}.")
    if own and takes:
        # As JSON, which Ansible splits nowhere.
        # As `from=staging` it says what it is.
        word = own[0].removeprefix(f"{takes[0]}=")
        options += ["-e", json.dumps({takes[0]: reading.revision(word, takes[1])})]
    return ["ansible-playbook", f"playbooks/{verb}.yml", *options]


def play(verb: str, given: Sequence[str]) -> NoReturn:
    """Become ansible-playbook."""
    arguments = command(verb, given)
    os.execvp(arguments[0], arguments)
