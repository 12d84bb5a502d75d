# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Variables that are secrets, and a variable more that says so."""

from __future__ import annotations

from collections.abc import Callable

DOCUMENTATION = r"""
name: secret_variables
short_description: Variables that are secrets, and a variable more that says so
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Adds C(RAILYARD_SECRETS) with the names of all, by which P(railyard.aws.without_secrets#filter) takes their values out of what
    people see, whatever they are called.
positional: _input
options:
  _input:
    description: Names and values.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the environment's file
  ansible.builtin.copy:
    content: "{{ usual | combine(secrets | railyard.aws.secret_variables) | railyard.aws.environment_file }}"
    dest: /etc/railyard/app.env
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The same, with C(RAILYARD_SECRETS) unless there are none.
  type: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._deploy.people_secrets import MARK


def secret_variables(variables: dict[str, str]) -> dict[str, str]:
    """Return ``variables`` with their mark."""
    return {**variables, MARK: " ".join(sorted(variables))} if variables else {}


class FilterModule:
    """Filters about the environment of the application."""

    def filters(self) -> dict[str, Callable[..., dict[str, str]]]:
        return {"secret_variables": secret_variables}
