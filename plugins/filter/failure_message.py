# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a failed task said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: failure_message
short_description: The message of a failed task, those of its items included
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Of a loop, whose own message only says that items failed, the messages of these.
options:
  _input:
    description: Result of the failed task, such as C(ansible_failed_result).
    type: dict
    required: true
seealso:
  - plugin: railyard.aws.passing_failure
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Report what failed
  ansible.builtin.fail:
    msg: "{{ ansible_failed_result | railyard.aws.failure_message }}"
"""

RETURN = r"""
_value:
  description: The messages, each once.
  type: str
  sample: VPC 'railyard' not found in ap-northeast-1; run `ansible-playbook site.yml --tags vpc` first.
"""

from ansible_collections.railyard.aws.plugins.module_utils._failures.passing import failure_message


class FilterModule:
    """Filters on failed tasks."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failure_message": failure_message}
