# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The environment of a service as a file that systemd and shells read alike."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._deploy import environment

DOCUMENTATION = r"""
name: environment_file
short_description: The environment of a service as a file that systemd and shells read alike
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Writes one line C(NAME="value") for each variable, quoted so that systemd's C(EnvironmentFile), C(bash) and C(sh) read the
    value as it was given, with quotes, dollars, backticks, backslashes and line ends.
  - Booleans become C(true) and C(false), whole numbers are written as they are.
  - What P(railyard.aws.environment_problems#filter) names is refused.
options:
  _input:
    description: Names and values.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the environment
  ansible.builtin.copy:
    content: "{{ {'RAILS_ENV': 'production', 'WEB_CONCURRENCY': 2} | railyard.aws.environment_file }}"
    dest: /etc/railyard/app.env
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The lines, sorted by name.
  type: str
"""


def environment_file(variables):
    """Return the text of the file."""
    found = environment.problems(variables)
    if found:
        raise AnsibleFilterError(" ".join(found))
    return environment.text(variables)


class FilterModule:
    """Filters about the environment of the application."""

    def filters(self):
        return {"environment_file": environment_file, "environment_problems": environment.problems}
