# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What makes a zone have the records that are wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: record_changes
short_description: What makes a zone have the records that are wanted
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Compares the records of a zone with those that are wanted.
  - Removed is what stands in the way of a wanted record, and what O(owned) matches and nobody wants. Other records are
    left alone.
positional: _input, wanted, owned
options:
  _input:
    description: Records of the zone, as RV(railyard.aws.stack_info#module:stack) describes them.
    type: list
    elements: dict
    required: true
  wanted:
    description: Records to have, for example from P(railyard.aws.stack_records#filter).
    type: list
    elements: dict
    required: true
  owned:
    description: Regular expression of whole names whose addresses and CNAMEs are ours. Without it none are.
    type: str
    default: ""
seealso:
  - plugin: railyard.aws.stack_records
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the names of web servers that are gone
  ansible.builtin.debug:
    msg: "{{ (zone.records | railyard.aws.record_changes(wanted, 'web[0-9]+[.]home')).remove | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: What to do, in this order.
  type: dict
  contains:
    remove:
      description: Records to remove.
      type: list
      elements: dict
    set:
      description: Records to make or change.
      type: list
      elements: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._route53 import records


def record_changes(existing: list[records.Record], wanted: list[records.Record], owned: str = "") -> dict[str, list[records.Record]]:
    """Return what to remove and what to set."""
    return records.changes(list(existing), list(wanted), owned)


class FilterModule:
    """Filters on DNS records."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"record_changes": record_changes}
