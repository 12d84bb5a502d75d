# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What runs on each server, as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: status_table
short_description: What runs on each server, as a table for people
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Puts together which servers there are, what each says of its units and its release, and what the load balancer thinks of it.
options:
  _input:
    description: The instances of RV(railyard.aws.stack_info#module:stack).
    type: dict
    required: true
  targets:
    description: The targets of a target group, as M(railyard.aws.stack_info) has them.
    type: list
    elements: dict
    required: true
  said:
    description:
      - By host name what the server said, none for one that was not reached. The first line has the seconds since it
        was started, the second where the application's link leads, all further ones are C(systemctl show)'s, or in its form
        how the last run of a schedule ended.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what runs
  ansible.builtin.debug:
    msg: "{{ look.stack.instances | railyard.aws.status_table(look.stack.target_groups[group].targets, said) }}"
"""

RETURN = r"""
_value:
  description: The table, its header first.
  type: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._deploy.table import lasted, table


def _units(uptime: float, shown: str) -> str:
    """Return each unit with its state, and for how long it has been active."""
    found = []
    for block in shown.split("\n\n"):
        unit = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        if not unit.get("Id"):
            continue
        name, state = unit["Id"].removesuffix(".service"), unit.get("ActiveState", "unknown")
        since = float(unit.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
        age = f" for {lasted(max(0.0, uptime - since))}" if state == "active" and since else ""
        restarts = f", {unit['NRestarts']} restarts" if unit.get("NRestarts", "0") not in ("0", "") else ""
        found.append(f"{name} {state}{age}{restarts}")
    return "; ".join(found) or "no units"


def _row(server: dict[str, Any], targets: dict[str, dict[str, Any]], said: dict[str, str | None]) -> tuple[str, ...]:
    name = server.get("hostname") or server["name"]
    target = targets.get(server["id"])
    balancer = "" if server.get("role") != "web" else target["state"] if target else "not registered"
    if target and target.get("reason"):
        balancer += f" ({target['reason']})"
    if server["state"] != "running":
        return (name, server["id"], server["state"], "", balancer)
    if name not in said:
        return (name, server["id"], "running", "", balancer)
    text = said[name]
    if not text:
        return (name, server["id"], "not reached over ssh", "", balancer)
    first, link, shown = (*text.split("\n", 2), "", "")[:3]
    release = link.rpartition("/")[2] or "no release"
    return (name, server["id"], _units(float(first.split()[0]), shown), release, balancer)


def status_table(instances: dict[str, Any], targets: list[dict[str, Any]], said: dict[str, str | None]) -> str:
    """Return a row for each server, the jump host included."""
    by_id = {target["id"]: target for target in targets}
    servers = sorted((one for one in instances.values() if one["exists"]), key=lambda one: one.get("hostname") or one["name"])
    rows = [_row(server, by_id, said) for server in servers]
    return table([("server", "instance", "runs", "release", "load balancer"), *rows])


class FilterModule:
    """Filters that write for people."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"status_table": status_table}
