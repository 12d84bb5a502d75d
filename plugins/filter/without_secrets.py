# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A text without the secrets of an environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.secrets import without_secrets

DOCUMENTATION = r"""
name: without_secrets
short_description: A text without the secrets of an environment
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Puts C(***) in the place of each value of the environment whose name says that it is a secret, such as C(SECRET_KEY_BASE)
    and C(DATABASE_URL), and in the place of credentials in any URL.
  - For last words from a journal, which an application may have written anything into.
positional: _input, environment
options:
  _input:
    description: The text.
    type: str
    required: true
  environment:
    description: The environment's file, as P(railyard.aws.environment_file#filter) writes it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Report why it does not start
  ansible.builtin.fail:
    msg: "{{ journal.stdout | railyard.aws.without_secrets(environment.content | b64decode) }}"
"""

RETURN = r"""
_value:
  description: The text that may be shown.
  type: str
"""


class FilterModule:
    """Filters about secrets in texts."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"without_secrets": without_secrets}
