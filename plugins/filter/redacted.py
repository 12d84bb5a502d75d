# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Text that people may see, of one that may hold a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: redacted
short_description: Take passwords and tokens out of the URLs in a text
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Puts C(***) in the place of passwords, tokens and values of queries. A user's name alone stays.
positional: _input
options:
  _input:
    description: Any text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Report where the application comes from
  ansible.builtin.debug:
    msg: "{{ railyard_app_source | railyard.aws.redacted }}"
"""

RETURN = r"""
_value:
  description: The text without them.
  type: str
  sample: https://***@git.example.com/shop.git
"""

from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted


class FilterModule:
    """Filters that hide secrets."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"redacted": lambda text: redacted(str(text))}
