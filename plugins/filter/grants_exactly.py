# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a security group has exactly the rules it should have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: grants_exactly
short_description: Whether a security group has exactly these rules
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Compares what AWS has of a security group with rules as M(amazon.aws.ec2_security_group) takes them, so that the module
    need not be called for each group that is as it should be.
  - Descriptions count, the order of the rules and how they are spread over permissions does not.
  - Rules that say more than protocol, ports, networks, one group and a description are never found equal; whether anything
    is to be done for them is left to the module.
positional: _input, rules
options:
  _input:
    description: RV(ignore:ip_permissions) or RV(ignore:ip_permissions_egress) of a group in RV(railyard.aws.stack_info#module:stack).
    type: list
    elements: dict
    required: true
  rules:
    description: As O(amazon.aws.ec2_security_group#module:rules).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Open the group for the site's visitors
  amazon.aws.ec2_security_group:
    name: shop-alb
    description: Load balancer
    rules: "{{ rules }}"
  when: not group.ip_permissions | railyard.aws.grants_exactly(rules)
  vars:
    rules:
      - {proto: tcp, ports: ["443"], cidr_ip: 0.0.0.0/0, rule_desc: visitors of the site}
"""

RETURN = r"""
_value:
  description: Whether the module would have nothing to do.
  type: bool
"""

#: What a rule may say to be compared here.
_KNOWN = {"proto", "ports", "cidr_ip", "cidr_ipv6", "group_id", "rule_desc"}
#: The lists of a permission, and what in their entries names the peer.
_PEERS = {"ip_ranges": "cidr_ip", "ipv6_ranges": "cidr_ipv6", "user_id_group_pairs": "group_id", "prefix_list_ids": "prefix_list_id"}
#: Protocol, first and last port, peer, description.
Grant = tuple[Any, ...]


def _listed(value: Any) -> list[Any]:
    """Return a value, or what is in a list of lists, as a flat list."""
    return [inner for one in value for inner in _listed(one)] if isinstance(value, list) else [value]


def _ports(value: str | int) -> tuple[int, int]:
    """Return the first and last port of ``80``, ``"80"`` or ``"80-90"``."""
    first, _dash, last = str(value).partition("-")
    return int(first), int(last or first)


def _asked(rule: dict[str, Any]) -> set[Grant]:
    """Return what a rule grants: protocol, first and last port, peer and description of each grant."""
    peers = [peer for key in ("cidr_ip", "cidr_ipv6", "group_id") for peer in _listed(rule.get(key) or [])]
    return {(rule["proto"], *_ports(ports), peer, rule.get("rule_desc") or "") for ports in _listed(rule["ports"]) for peer in peers}


def _given(permission: dict[str, Any]) -> set[Grant]:
    """Return what a permission grants, in the same form."""
    return {
        (permission["ip_protocol"], permission.get("from_port"), permission.get("to_port"), entry.get(name), entry.get("description") or "")
        for peers, name in _PEERS.items()
        for entry in permission.get(peers) or []
    }


def grants_exactly(permissions: list[dict[str, Any]], rules: list[dict[str, Any]]) -> bool:
    """Return whether the permissions of a group are those that the rules ask for."""
    if any(not {"proto", "ports"} <= set(rule) <= _KNOWN for rule in rules):
        return False
    return set().union(*map(_given, permissions)) == set().union(*map(_asked, rules))


class FilterModule:
    """Filters that read security groups."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"grants_exactly": grants_exactly}
