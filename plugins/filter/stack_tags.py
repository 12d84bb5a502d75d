# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags by which a stack finds what is its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: stack_tags
short_description: Put the tags by which a stack finds its resources beside a person's own
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Every resource carries C(Stack), C(ManagedBy) and C(Role). A resource without C(Stack) would not be found again, so it
    would be made once more at every run and never be removed; therefore these tags win over those of a person.
positional: _input, stack, role
options:
  _input:
    description: A person's own tags, by key.
    type: dict
    required: true
  stack:
    description: Value of the tag C(Stack).
    type: str
    required: true
  role:
    description: Value of the tag C(Role), the role that makes the resource; for servers what the server is.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the tags of the network's resources
  ansible.builtin.debug:
    msg: "{{ {'CostCenter': '4711'} | railyard.aws.stack_tags('railyard', 'vpc') }}"
"""

RETURN = r"""
_value:
  description: All tags but C(Name).
  type: dict
  sample: {CostCenter: "4711", Stack: railyard, ManagedBy: railyard.aws, Role: vpc}
"""

from ansible_collections.railyard.aws.plugins.module_utils._inventory.stack_tags import own_tags


class FilterModule:
    """Filters on tags."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_tags": own_tags}
