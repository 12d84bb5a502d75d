#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stack_await
short_description: Wait until what was requested of a stack is there
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Looks at the stack, as M(railyard.aws.stack_info) does, until none of its resources of the kinds in O(kinds) is on its way.
  - Shows while it waits what is being waited for, how long it has waited, and how long that usually takes.
  - One wait for several kinds takes as long as the slowest of them. In check mode nothing is waited for.
options:
  stack:
    description: Name of the stack, the value of the tag C(Stack).
    type: str
    required: true
  region:
    description: AWS region.
    type: str
    required: true
  kinds:
    description: Kinds of resources, as in O(railyard.aws.stack_info#module:kinds).
    type: list
    elements: str
    required: true
  timeout:
    description: Seconds to wait at most.
    type: int
    default: 1800
  interval:
    description: Seconds between two looks.
    type: float
    default: 5
attributes:
  check_mode:
    description: Waits for nothing.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
  platform:
    platforms: all
  action:
    description: The waiting is done on the controller, each look by M(railyard.aws.stack_info) on the host.
    support: full
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
seealso:
  - module: railyard.aws.stack_info
"""

EXAMPLES = r"""
- name: Wait for the database and the cache
  railyard.aws.stack_await:
    stack: railyard
    region: ap-northeast-1
    kinds: [databases, replication_groups]
"""

RETURN = r"""
stack:
  description: The last look, as RV(railyard.aws.stack_info#module:stack).
  returned: success
  type: dict
waited:
  description: Seconds that were waited.
  returned: success
  type: float
  sample: 312.4
"""
