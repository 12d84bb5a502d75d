#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: planned_change
short_description: Say in a plan what a module cannot say itself
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reports a change in check mode, for modules that have no check mode or need a parent that does not exist yet.
  - Outside check mode it does nothing and is skipped. It never changes anything.
  - The callback P(railyard.aws.plan#callback) counts what it reports like any other change.
options:
  kind:
    description: Kind of the resource, as in O(railyard.aws.stack_info#module:kinds), or words for what that does not know.
    type: str
    required: true
  name:
    description: Name of the resource.
    type: str
    required: true
  action:
    description: What would happen to it.
    type: str
    choices: [create, change, replace, delete]
    required: true
  detail:
    description: What exactly would change, in words.
    type: str
    default: ""
  billed:
    description: By what AWS would bill it, with the names that M(railyard.aws.stack_info) gives them, such as C(instance_type).
    type: dict
    default: {}
attributes:
  check_mode:
    description: Reports a change in check mode only.
    support: full
  diff_mode:
    description: Its message says what would change.
    support: none
  platform:
    platforms: all
  action:
    description: Runs on the controller only.
    support: full
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
"""

EXAMPLES = r"""
- name: Plan the bucket
  railyard.aws.planned_change:
    kind: buckets
    name: railyard-uploads
    action: create
"""

RETURN = r"""
kind:
  description: O(kind).
  returned: in check mode
  type: str
name:
  description: O(name).
  returned: in check mode
  type: str
action:
  description: O(action).
  returned: in check mode
  type: str
billed:
  description: O(billed).
  returned: in check mode
  type: dict
msg:
  description: The change as a sentence.
  returned: in check mode
  type: str
  sample: "Bucket railyard-uploads: create"
"""
