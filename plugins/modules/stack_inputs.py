#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stack_inputs
short_description: Say everything that is wrong with the inputs of a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Checks all variables of the stack and of every role, as people set them for the controller, for hosts and for groups,
    before anything is changed. Each problem names the variable, the value seen and what to write instead.
  - Types, choices and names come from the argument specifications of the roles, and from which input each setting is given to;
    a variable that begins like these and is none of them is refused as misspelt.
  - Called twice, before AWS is asked and with its answers in O(answers), which fails where there is any problem.
options:
  tags:
    description: Tags that the playbooks have.
    type: list
    elements: str
    required: true
  run_tags:
    description: Tags of this run.
    type: list
    elements: str
    required: true
  skip_tags:
    description: Tags that this run leaves out.
    type: list
    elements: str
    required: true
  inventory_region:
    description: Region in which the inventory looks for servers.
    type: str
    required: true
  inventory_stack:
    description: Stack whose servers the inventory looks for.
    type: str
    required: true
  problems:
    description: Problems that were found before AWS was asked.
    type: list
    elements: str
  answers:
    description:
      - What AWS answered, with the keys C(zones), C(account), C(failure) (why it could not be asked), C(database_versions)
        (what M(railyard.aws.rds_engine_info) returned), C(bucket_owners) and C(today).
      - When it is given, only what depends on it is checked, and any problem fails, those of O(problems) included.
    type: dict
attributes:
  check_mode:
    description: Changes nothing, ever.
    support: full
  diff_mode:
    description: There is nothing to differ.
    support: none
  platform:
    platforms: all
  action:
    description: Runs on the controller only.
    support: full
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
seealso:
  - module: railyard.aws.stack_info
"""

EXAMPLES = r"""
- name: Check the inputs as far as this machine knows
  railyard.aws.stack_inputs:
    tags: [vpc, rds]
    run_tags: "{{ ansible_run_tags }}"
    skip_tags: "{{ ansible_skip_tags }}"
    inventory_region: ap-northeast-1
    inventory_stack: railyard
  register: checked

- name: Assert that the inputs make sense
  railyard.aws.stack_inputs:
    tags: [vpc, rds]
    run_tags: "{{ ansible_run_tags }}"
    skip_tags: "{{ ansible_skip_tags }}"
    inventory_region: ap-northeast-1
    inventory_stack: railyard
    problems: "{{ checked.problems }}"
    answers:
      zones: [ap-northeast-1a, ap-northeast-1c]
"""

RETURN = r"""
problems:
  description: What is wrong; empty when all is well.
  returned: success
  type: list
  elements: str
  sample: ["railyard_web_count is '0'; write a number from 1 to 99."]
reachable:
  description: Whether region, profile and authorities are such that AWS can be asked.
  returned: when O(answers) is not given
  type: bool
  sample: true
"""
