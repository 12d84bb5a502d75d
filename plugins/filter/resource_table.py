# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A stack as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: resource_table
short_description: A stack as a table for people
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Writes what M(railyard.aws.stack_info) found as lines of name, what it is, id and address.
positional: _input
options:
  _input:
    description: RV(railyard.aws.stack_info#module:stack).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what the stack has
  ansible.builtin.debug:
    msg: "{{ look.stack | railyard.aws.resource_table }}"
"""

RETURN = r"""
_value:
  description: The table, its header first.
  type: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS

#: Attributes that say where something is found, the first that is there counts.
ADDRESSES = ("public_ip_address", "dns_name", "address", "private_ip_address", "cidr_block", "public_ips")


def _address(entry: dict[str, Any]) -> str:
    """Return where the thing is found, or an empty string."""
    for attribute in ADDRESSES:
        value = entry.get(attribute)
        if value:
            return ", ".join(value) if isinstance(value, list) else value
    return ""


def _label(label: str) -> str:
    """Return what people call it in the middle of a sentence: abbreviations keep their capitals."""
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


def _short_id(resource_id: str) -> str:
    """Return the part of an ARN that tells it from its neighbours; other ids as they are."""
    return resource_id.split(":", 5)[-1].split("/", 1)[-1] if resource_id.startswith("arn:") else resource_id


def resource_table(stack: dict[str, dict[str, Any]]) -> str:
    """Return the table of everything in ``stack`` that exists."""
    rows = [("name", "what", "id", "address")]
    for kind, of in KINDS.items():
        for _name, entry in sorted(stack.get(kind, {}).items()) if of.listed else ():
            if entry["exists"]:
                rows.append((entry["name"], _label(of.label), _short_id(entry["id"]), _address(entry)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip() for row in rows)


class FilterModule:
    """Filters that write for people."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"resource_table": resource_table}
