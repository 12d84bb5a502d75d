# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the report's page shows of a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: stack_report
short_description: What a page about a stack shows, with the map of its network
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Computes what C(templates/report.html.j2) shows from what AWS describes of a stack - the map with the place of every box
    and arrow, the state of every tier, what is open to whom, releases, alarms, and the ages of certificates and secrets.
  - Every text is escaped for HTML, also between quotes, so that the template shows it as it is.
  - No value of a secret or of a parameter is in it, but for the record of releases without passwords in its URLs.
positional: _input
options:
  _input:
    description: What M(railyard.aws.stack_info) returned of all kinds.
    type: dict
    required: true
  name:
    description: Name of the stack.
    type: str
    required: true
  now:
    description: The moment of the look, in ISO 8601.
    type: str
    required: true
  url:
    description: Where the site is opened.
    type: str
    default: ""
  proved:
    description: What a run proved last, C(at) which moment and which C(tiers). Empty where nobody knows.
    type: dict
    default: {}
  release_parameter:
    description: Name of the parameter that M(railyard.aws.release_record) keeps.
    type: str
    default: ""
  language:
    description: The language that is shown first. Both are on the page.
    type: str
    choices: [en, ko]
    default: en
"""

EXAMPLES = r"""
- name: Write a page about the stack
  ansible.builtin.template:
    src: report.html.j2
    dest: railyard.html
    mode: "0600"
  vars:
    report: "{{ look | railyard.aws.stack_report(name='railyard', now=now(utc=true).isoformat()) }}"
"""

RETURN = r"""
_value:
  description: What the page shows, with every text escaped.
  type: dict
"""

from ansible.errors import AnsibleFilterError


def stack_report(
    look: dict[str, Any],
    name: str,
    now: str,
    url: str = "",
    proved: dict[str, Any] | None = None,
    release_parameter: str = "",
    language: str = "en",
) -> dict[str, Any]:
    """Return what the page shows of the result of ``stack_info``.

    :raises AnsibleFilterError: when the language is none of the page's.
    """
    # Read for the one task that writes a page, not for each that asks for any filter.
    from ansible_collections.railyard.aws.plugins.module_utils._report.page import page_of

    try:
        return page_of(
            look["stack"], name, look["region"], look["account_id"], now, url=url, proved=proved, release_parameter=release_parameter, language=language
        )
    except ValueError as error:
        raise AnsibleFilterError(f"stack_report: {error}") from error


class FilterModule:
    """Filters that report."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_report": stack_report}
