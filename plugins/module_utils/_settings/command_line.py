# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the command line: tags, and what ``-e`` gives the playbooks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import did_you_mean, shown

#: Tags that Ansible itself knows.
ANSIBLE_TAGS = {"all", "always", "never", "tagged", "untagged"}
#: What the playbooks take beside the variables of stack and roles, and what each may be.
_SWITCH = (r"true|false|yes|no|on|off|1|0", "true or false")
VARIABLES: dict[str, tuple[str, str]] = {
    "maintenance": (r"true|false|yes|no|on|off|1|0", "on or off"),
    "take_lock": _SWITCH,
    "release": (r"[A-Za-z0-9][A-Za-z0-9._-]*", "the name of a release, as the record and /var/www/*.d/releases have it, such as 20261124T120000-0123abc"),
    "revision": (r"(?!-)\S+", "a branch, a tag or a full commit id, such as main"),
    "confirm": (r"[A-Za-z0-9-]+", "the name that is asked for: the environment's, or the stack's"),
    "from": (r"[a-z][a-z0-9-]*", "the environment whose release is wanted, such as staging"),
    "teardown_remove_key": _SWITCH,
    "teardown_retries": (r"[1-9]\d{0,3}", "a number of looks, such as 24"),
    "verify_retries": (r"[1-9]\d{0,3}", "a number of looks, such as 36"),
    "verify_timeout": (r"[1-9]\d{0,4}", "a number of seconds, such as 60"),
    "deploy_drain_timeout": (r"[1-9]\d{0,4}", "a number of seconds, such as 330"),
    "deploy_healthy_timeout": (r"[1-9]\d{0,4}", "a number of seconds, such as 180"),
}


def tag_problems(run: list[str], skip: list[str], known: list[str]) -> list[str]:
    """Tags on the command line that no task has: Ansible itself would silently do nothing."""
    problems = []
    for option, given in (("--tags", run), ("--skip-tags", skip)):
        for tag in given:
            if tag in known or tag in ANSIBLE_TAGS:
                continue
            near = did_you_mean(tag, known)
            example = re.search(r"'(.*)'", near)
            command = f"ansible-playbook site.yml {option} {example[1] if example else known[0]}"
            problems.append(f"{option} {tag}: there is no such tag{near} Tags are: {', '.join(known)}. For example: {command}")
    return problems


def variable_problems(given: dict[str, Any]) -> list[str]:
    """Values of the playbooks' own variables, those that are given."""
    return [
        f"{name} is '{shown(given[name])}'; write {wanted}: -e {name}={'on' if name == 'maintenance' else '...'}"
        for name, (pattern, wanted) in VARIABLES.items()
        if name in given and not re.fullmatch(pattern, str(given[name]).strip().lower() if pattern == _SWITCH[0] else str(given[name]).strip())
    ]


def extra_problems(extra: Iterable[str], known: Iterable[str]) -> list[str]:
    """Names given with ``-e`` that are nearly one of the playbooks': ``-e revison=main`` deploys what was not meant.

    Names that are like none of them are a person's own.
    """
    problems = []
    for name in sorted(set(extra) - set(known) - set(VARIABLES)):
        near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.85)
        if near:
            problems.append(f"{name} is no variable of the playbooks; did you mean '{near[0]}'? Write -e {near[0]}=..., or give your own another name.")
    return problems
