# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where a route table leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: cidr_routes
short_description: Where a route table leads
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Picks the routes that somebody made to IPv4 networks. The VPC's own and those of VPC endpoints are left out.
positional: _input
options:
  _input:
    description: The C(routes) of a route table in RV(railyard.aws.stack_info#module:stack).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Assert that everything leads to the internet gateway
  ansible.builtin.assert:
    that: (table.routes | railyard.aws.cidr_routes)['0.0.0.0/0'] == gateway.id
"""

RETURN = r"""
_value:
  description: Id of what each network is reached through, by CIDR.
  type: dict
  sample: {"0.0.0.0/0": igw-0123456789abcdef0}
"""


def _target(route: dict[str, Any]) -> str | None:
    """Return the id of what the route leads to: the interface, where AWS names the instance behind it and its owner, too."""
    if route.get("network_interface_id"):
        return str(route["network_interface_id"])
    targets = [value for key, value in route.items() if key.endswith("_id") and key != "destination_prefix_list_id"]
    return next((target for target in targets if target), None)


def cidr_routes(routes: list[dict[str, Any]]) -> dict[str, str | None]:
    """Return the made routes to IPv4 networks as a dictionary of CIDR and target."""
    return {route["destination_cidr_block"]: _target(route) for route in routes if route.get("destination_cidr_block") and route.get("origin") == "CreateRoute"}


class FilterModule:
    """Filters that read routes."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cidr_routes": cidr_routes}
