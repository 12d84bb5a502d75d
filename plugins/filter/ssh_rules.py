# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who may ssh to the jump host, as rules of a security group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: ssh_rules
short_description: Who may ssh to the jump host, as rules of a security group
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Administrators and people together, each network once, as AWS takes no two rules of one network. The description of a rule
    names the people who come from there.
  - An administrator's network that lies in one of a person's needs no rule of its own.
positional: _input, people
options:
  _input:
    description: Networks of the administrators.
    type: list
    elements: str
    required: true
  people:
    description: People, each with C(name) and C(addresses); those without addresses have no rule.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show who may come
  ansible.builtin.debug:
    msg: "{{ ['192.0.2.1/32'] | railyard.aws.ssh_rules([{'name': 'kim', 'addresses': ['203.0.113.7/32']}]) }}"
"""

RETURN = r"""
_value:
  description: Rules as M(amazon.aws.ec2_security_group) takes them, the administrators' first.
  type: list
  elements: dict
  sample:
    - {proto: tcp, ports: ["22"], cidr_ip: [192.0.2.1/32], rule_desc: ssh from the administrators}
    - {proto: tcp, ports: ["22"], cidr_ip: [203.0.113.7/32], rule_desc: ssh from kim}
"""

#: Characters that AWS takes for a description.
LONGEST = 255


def _rule(networks: list[str], description: str) -> dict[str, Any]:
    """Return a rule of ssh. Of a long description the start is enough: AWS refuses more."""
    return {"proto": "tcp", "ports": ["22"], "cidr_ip": networks, "rule_desc": description[:LONGEST]}


def _inside(network: str, others: Mapping[str, Any]) -> bool:
    """Return whether a network lies in one of others."""
    return any(IPv4Network(network).subnet_of(IPv4Network(other)) for other in others)


def ssh_rules(administrators: list[str], people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules for the networks of administrators and of people.

    :raises AnsibleFilterError: for what is no IPv4 network.
    """
    whose: dict[str, list[str]] = {}
    for person in people:
        for network in person.get("addresses") or []:
            whose.setdefault(network, []).append(person["name"])
    try:
        others = [network for network in administrators if not _inside(network, whose)]
    except (ValueError, TypeError) as error:
        raise AnsibleFilterError(f"ssh_rules: {error}; write IPv4 networks like 203.0.113.7/32") from error
    by_names: dict[str, list[str]] = {}
    for network, names in whose.items():
        by_names.setdefault(", ".join(dict.fromkeys(names)), []).append(network)
    rules = [_rule(networks, f"ssh from {names}") for names, networks in by_names.items()]
    return [_rule(others, "ssh from the administrators"), *rules] if others else rules


class FilterModule:
    """Filters that make rules of security groups."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"ssh_rules": ssh_rules}
