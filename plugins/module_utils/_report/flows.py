# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may reach whom on which port, as the security groups say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]
#: A stack as ``stack_info`` returns it.
Stack = dict[str, dict[str, Entry]]

#: What stands for everybody.
WORLD = ("0.0.0.0/0", "::/0")
#: Ports that a site shows to everybody.
SITE_PORTS = frozenset({"80", "443"})


@dataclass
class Flow:
    """Traffic that one rule or several let through.

    :param direction: ``in`` to the group, ``out`` of it
    :param peer: a CIDR, the id of a prefix list, or the id of a group
    :param peer_kind: ``cidr``, ``list`` or ``group``
    :param group: id of the group whose rule it is
    """

    direction: str
    peer: str
    peer_kind: str
    group: str
    ports: set[str] = field(default_factory=set)
    descriptions: set[str] = field(default_factory=set)

    @property
    def port_list(self) -> str:
        """The ports for people, in the order of their numbers."""
        return ", ".join(sorted(self.ports, key=lambda one: (not one[0].isdigit(), int(one.split("-")[0].split("/")[0]) if one[0].isdigit() else 0, one)))

    @property
    def to_everybody(self) -> bool:
        return self.peer in WORLD

    @property
    def risky(self) -> bool:
        """Whether the whole internet reaches more than a site's own ports."""
        return self.direction == "in" and self.to_everybody and not self.ports <= SITE_PORTS


def port_label(permission: Entry) -> str:
    """What a rule opens: ``443``, ``1024-65535``, ``53/udp``, ``icmp`` or ``all``."""
    protocol = str(permission.get("ip_protocol", "-1"))
    first, last = permission.get("from_port"), permission.get("to_port")
    if protocol == "-1":
        return "all"
    if protocol not in ("tcp", "6", "udp", "17") or first is None or first == -1:
        return protocol
    ports = str(first) if first == last else f"{first}-{last}"
    return ports if protocol in ("tcp", "6") else f"{ports}/udp"


def _peers(permission: Entry) -> Iterator[tuple[str, str, str]]:
    """Yield kind, peer and description of each that a rule names."""
    kinds = (
        ("cidr", "ip_ranges", "cidr_ip"),
        ("cidr", "ipv6_ranges", "cidr_ipv6"),
        ("list", "prefix_list_ids", "prefix_list_id"),
        ("group", "user_id_group_pairs", "group_id"),
    )
    for kind, listed, key in kinds:
        for one in permission.get(listed) or []:
            if one.get(key):
                yield kind, str(one[key]), str(one.get("description") or "")


def flows(stack: Stack) -> list[Flow]:
    """Every flow of the stack's groups: what comes in first, from addresses before groups."""
    found: dict[tuple[str, str, str], Flow] = {}
    for group in stack.get("security_groups", {}).values():
        for direction, key in (("in", "ip_permissions"), ("out", "ip_permissions_egress")):
            for permission in group.get(key) or []:
                for kind, peer, description in _peers(permission):
                    flow = found.setdefault((direction, peer, group["id"]), Flow(direction, peer, kind, group["id"]))
                    flow.ports.add(port_label(permission))
                    flow.descriptions.update({description} - {""})
    names = {group["id"]: str(group["name"]) for group in stack.get("security_groups", {}).values()}
    order = {"cidr": 0, "list": 1, "group": 2}
    return sorted(found.values(), key=lambda one: (one.direction, order[one.peer_kind], names[one.group], names.get(one.peer, one.peer)))
