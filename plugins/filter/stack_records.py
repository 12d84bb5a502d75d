# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DNS records that lead to a stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

DOCUMENTATION = r"""
name: stack_records
short_description: DNS records that lead to a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Makes records of names for a stack's load balancer, servers and endpoints. What does not exist yet has none.
positional: _input
options:
  _input:
    description: RV(railyard.aws.stack_info#module:stack), with the kinds that the names are for.
    type: dict
    required: true
  balancer:
    description: Name of the load balancer that O(site_names) are aliases of.
    type: str
    default: ""
  site_names:
    description: Names of the site.
    type: list
    elements: str
    default: []
  public_hosts:
    description: Names of servers at their public addresses, each with the server's tag C(Hostname).
    type: dict
    default: {}
  private_hosts:
    description: Names of servers at their private addresses, each with the server's tag C(Hostname).
    type: dict
    default: {}
  endpoints:
    description: Names that stand for other names, each with the one it stands for; one with none is left out.
    type: dict
    default: {}
  ttl:
    description: Seconds that others may remember an answer. An alias has that of its target.
    type: int
    default: 60
seealso:
  - plugin: railyard.aws.record_changes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the records of the web servers
  ansible.builtin.debug:
    msg: "{{ look.stack | railyard.aws.stack_records(private_hosts={'web01.home': 'web01', 'web02.home': 'web02'}) }}"
"""

RETURN = r"""
_value:
  description: The records, in the form of those of a zone in RV(railyard.aws.stack_info#module:stack).
  type: list
  elements: dict
  sample: [{name: web01.home, type: A, values: [10.0.64.10], ttl: 60, alias_zone_id: null, identifier: null}]
"""

from ansible_collections.railyard.aws.plugins.module_utils._route53 import records


def stack_records(
    stack: dict[str, Any],
    balancer: str = "",
    site_names: Sequence[str] = (),
    public_hosts: dict[str, str] | None = None,
    private_hosts: dict[str, str] | None = None,
    endpoints: dict[str, str | None] | None = None,
    ttl: int | str = 60,
) -> list[records.Record]:
    """Return the records."""
    return [
        *records.site_records(stack, balancer, list(site_names)),
        *records.host_records(stack, public_hosts or {}, "public_ip_address", int(ttl)),
        *records.host_records(stack, private_hosts or {}, "private_ip_address", int(ttl)),
        *records.endpoint_records(endpoints or {}, int(ttl)),
    ]


class FilterModule:
    """Filters on DNS records."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_records": stack_records}
