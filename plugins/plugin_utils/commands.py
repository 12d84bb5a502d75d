# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as Ansible makes them to run a module through standard input. Pure."""

from __future__ import annotations

import re

#: What every module's program has, and little else.
_MODULE = b"_ansiballz_main"
#: What the program has of a module from a directory `library`, of a role's or a playbook's. It comes with packages of Ansible's
#: names, into which a process that has Ansible's own does not look.
_LEGACY = b"module_fqn='ansible.legacy."
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)


def is_portable(program: bytes) -> bool:
    """Whether a process that has imported Ansible may run this, as it does a module of Ansible's or a collection's."""
    return _MODULE in program and _LEGACY not in program


def assigned(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The variables that a command sets before its first word, and its words."""
    given: dict[str, str] = {}
    for number, word in enumerate(words):
        if not _VARIABLE.fullmatch(word):
            return given, words[number:]
        name, _equal, given[name] = word.partition("=")
    return given, []
