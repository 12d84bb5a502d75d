# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which failures of a task another look at the account mends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: passing_failure
short_description: Say whether a failed task is mended by beginning again
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - AWS may carry a request out and answer with an error. The SDK repeats it, and hears that the thing exists already.
  - AWS may also not show for some seconds what it has just made.
  - A role that begins with a look at the account gets past both when it begins again.
options:
  _input:
    description: Result of the failed task, such as C(ansible_failed_result).
    type: dict
    required: true
seealso:
  - plugin: railyard.aws.failure_message
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Stop unless another look helps
  ansible.builtin.assert:
    that: ansible_failed_result | railyard.aws.passing_failure | length > 0
"""

RETURN = r"""
_value:
  description: Why beginning again is likely to help; empty when it is not.
  type: str
  sample: AWS does not show yet what was just made
"""

from ansible_collections.railyard.aws.plugins.module_utils._failures.passing import passing_failure


class FilterModule:
    """Filters on failed tasks."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"passing_failure": passing_failure}
