# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``stack_info`` for actions: from what the run has seen already, so far as that goes; the module asks AWS for the rest."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.railyard.aws.plugins.module_utils._inventory.answer import Found, answer
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.reading import asked_names
from ansible_collections.railyard.aws.plugins.module_utils._inventory.surplus import doubles
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.plugin_utils import looks

MODULE = "railyard.aws.stack_info"
#: Of the module's options, what decides about an answer and not about where is looked.
JUDGED = ("kinds", "require", "named", "unique_names", "entries")


def ask(action: ActionBase, given: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
    """What the module answers that looks now."""
    return action._execute_module(module_name=MODULE, module_args=given, task_vars=task_vars)


def look(action: ActionBase, given: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
    """What the module answers to options, without asking AWS for kinds that the run has seen since its last change."""
    if looks.current is None or not well_formed(given):
        return ask(action, given, task_vars)
    require = given.get("require") or {}
    names = asked_names(given.get("named") or {}, require)
    wanted = KINDS if given.get("kinds") is None else given["kinds"]
    kinds = [kind for kind in KINDS if kind in wanted or kind in require]
    where = {key: value for key, value in given.items() if key not in JUDGED}
    with looks.current.of(where, action._compute_environment_string()) as seen:
        lacking = seen.lacking(kinds, names)
        if lacking:
            asked = {kind: names[kind] for kind in lacking if names.get(kind)}
            told = ask(action, where | {"kinds": lacking, "named": asked, "unique_names": False, "entries": True}, task_vars)
            if told.get("failed"):
                return told
            seen.add(told["entries"], asked, {key: told[key] for key in ("zones", "region", "account_id")})
        found = Found(seen.entries(kinds), **seen.where)
    # Which of two of a name is the stack's, AWS must be asked.
    if given.get("unique_names", True) and doubles(found.entries):
        return ask(action, given, task_vars)
    try:
        told = answer(found, given["stack"], require, kept=found.entries, surplus=[], check_mode=action._task.check_mode)
    except ResourceError as error:
        return {"failed": True, "changed": False, "msg": str(error)}
    return {"changed": False, **told}


def well_formed(given: dict[str, Any]) -> bool:
    """Whether the options are what the module takes, and nothing but its plain answer is wanted. If not, the module sees to it."""
    lists = [*(given.get("require") or {}).items(), *(given.get("named") or {}).items()] if _dictionaries(given) else [("", None)]
    return (
        isinstance(given.get("stack"), str)
        and isinstance(given.get("unique_names", True), bool)
        and given.get("entries", False) is False
        and all(kind in KINDS and isinstance(names, list) and all(isinstance(name, str) for name in names) for kind, names in lists)
        and (given.get("kinds") is None or (isinstance(given["kinds"], list) and set(given["kinds"]) <= set(KINDS)))
    )


def _dictionaries(given: dict[str, Any]) -> bool:
    return all(isinstance(given.get(option) or {}, dict) for option in ("require", "named"))
