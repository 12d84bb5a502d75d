# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Releases and receipts as tables for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: releases_table
short_description: Releases, and who did what, as tables for people
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Writes what M(railyard.aws.release_record) remembers, the current release first, and below it what
    M(railyard.aws.stack_receipts) keeps.
options:
  _input:
    description: RV(railyard.aws.release_record#module:history).
    type: list
    elements: dict
    required: true
  receipts:
    description: RV(railyard.aws.stack_receipts#module:receipts).
    type: list
    elements: dict
    default: []
  most:
    description: How many receipts to show.
    type: int
    default: 20
"""

EXAMPLES = r"""
- name: Show what the stack ran
  ansible.builtin.debug:
    msg: "{{ record.history | railyard.aws.releases_table(receipts.receipts) }}"
"""

RETURN = r"""
_value:
  description: The tables, each with a header.
  type: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._deploy.table import lasted, moment, table

NONE = "No release is recorded yet: `make site` makes the first one."


def releases_table(history: list[dict[str, Any]], receipts: list[dict[str, Any]] | None = None, most: int = 20) -> str:
    """Return both tables, each when there is something to show."""
    rows = [("release", "", "since (UTC)", "by", "from")]
    for number, one in enumerate(history):
        rows.append((one["name"], "current" if number == 0 else "", moment(one["at"]), one["by"], one["source"]))
    parts = [table(rows) if history else NONE]
    if receipts:
        done = [("at (UTC)", "by", "on", "took", "what", "result")]
        for entry in receipts[:most]:
            took = lasted(entry["seconds"]) if "seconds" in entry else ""
            # One line each, whatever a command had in it.
            what, result = (" ".join(str(entry.get(name, "")).split()) for name in ("what", "result"))
            done.append((moment(entry["at"]), entry["by"], entry.get("on", ""), took, what, result))
        parts.append(table(done))
    return "\n\n".join(parts)


class FilterModule:
    """Filters that write for people."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"releases_table": releases_table}
