# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The answers that a target group's matcher stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: status_codes
short_description: The answers that a target group's matcher stands for
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads codes of HTTP as the matcher of a target group takes them, single ones and ranges, for those that need each of them,
    such as nginx and M(ansible.builtin.uri).
options:
  _input:
    description: Codes from 200 to 499, as V(200), V(200,302) or V(200-499).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Check whether the application runs
  ansible.builtin.uri:
    url: http://localhost/
    follow_redirects: none
    status_code: "{{ '200-499' | railyard.aws.status_codes }}"
"""

RETURN = r"""
_value:
  description: The codes, in rising order.
  type: list
  elements: int
"""


def status_codes(matcher: str | int) -> list[int]:
    """Return the codes that ``matcher`` stands for."""
    codes: set[int] = set()
    for part in str(matcher).split(","):
        first, hyphen, last = part.strip().partition("-")
        try:
            low, high = int(first), int(last if hyphen else first)
        except ValueError:
            low, high = 0, 0
        if not 200 <= low <= high <= 499:
            raise AnsibleFilterError(f"'{matcher}' are no answers of an application; write codes from 200 to 499, such as 200, 200,302 or 200-499.")
        codes.update(range(low, high + 1))
    return sorted(codes)


class FilterModule:
    """Filters about the health of the application."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"status_codes": status_codes}
