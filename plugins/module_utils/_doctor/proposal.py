# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of variables that makes an application run, as far as variables can. Servers have no PyYAML: JSON is YAML, too."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import Finding, Stack

_HEAD = "# What variables can do for this application: lines for group_vars/all/app.yml, or for a file that -e @ names."


def variables(findings: Iterable[Finding], stack: Stack) -> dict[str, Any]:
    """All variables that findings ask for; dictionaries and lists are put together. What people gave stays."""
    found: dict[str, Any] = {}
    for finding in findings:
        for name, value in finding.variables.items():
            before = found.get(name)
            if isinstance(value, dict) and isinstance(before, dict):
                found[name] = {**before, **value}
            elif isinstance(value, list) and isinstance(before, list):
                found[name] = sorted({*before, *value})
            else:
                found[name] = value
    if "app_shared" in found:
        # One within another would be made where the other leads.
        every = found["app_shared"]
        found["app_shared"] = [path for path in every if not any(path.startswith(f"{other}/") for other in every)]
    return found


def _contracted(found: dict[str, Any], contract: str) -> dict[str, Any]:
    """The same with the contract of Rails, where that gives a variable that the present one does not."""
    given = found.get("app_environment", {})
    more = set(given) & names.given_by("rails") - names.given_by("book")
    if contract == "rails" or not more:
        return found
    rest = {name: value for name, value in given.items() if name not in more}
    kept = {name: value for name, value in found.items() if name != "app_environment"}
    return {"railyard_app_contract": "rails", **kept, **({"app_environment": rest} if rest else {})}


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def text(findings: list[Finding], stack: Stack) -> str:
    """The file; empty where nothing has to be said."""
    found = _contracted(variables(findings, stack), stack["contract"])
    if not found:
        return ""
    lines = [_HEAD]
    for name, value in found.items():
        why = next((finding.where for finding in findings if name in finding.variables and finding.where), "")
        if not isinstance(value, dict):
            lines.append(f"{name}: {_scalar(value)}{f'  # {why}' if why else ''}")
            continue
        lines.append(f"{name}:")
        for key, one in value.items():
            why = next((finding.where for finding in findings if key in finding.variables.get(name, {}) and finding.where), "")
            lines.append(f"  {key}: {_scalar(one)}{f'  # {why}' if why else ''}")
    if names.UNKNOWN in "".join(lines):
        lines.insert(1, f"# {names.UNKNOWN} is what only you know.")
    return "\n".join(lines)
