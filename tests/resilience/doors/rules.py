"""What security groups say of a connection, by AWS's words alone, and where the world says another. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

#: What a connection came to: somebody took it, nobody listens there, or nothing came back.
ANSWERS, CLOSED, NOTHING = "answers", "closed", "nothing"
_TCP = ("tcp", "6")
_ALL = "-1"
#: A rule of more ports than this is tried at its ends.
WIDEST = 16

#: As ``describe_security_groups`` has them, by id.
Groups = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Something with an address in the VPC. Outside it is a place without groups."""

    name: str
    addresses: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    #: Network namespace in which its sockets are.
    namespace: str = ""


def _has(permission: Mapping[str, Any], port: int) -> bool:
    protocol = permission["IpProtocol"]
    if protocol == _ALL:
        return True
    return protocol in _TCP and permission["FromPort"] <= port <= permission["ToPort"]


def _lets(permissions: Iterable[Mapping[str, Any]], address: str, groups: Collection[str], port: int) -> bool:
    """Whether one of the rules is about that peer and port."""
    return any(
        any(ip_address(address) in ip_network(one["CidrIp"]) for one in permission.get("IpRanges", ()))
        or any(pair["GroupId"] in groups for pair in permission.get("UserIdGroupPairs", ()))
        for permission in permissions
        if _has(permission, port)
    )


def _of(groups: Groups, place: Place, key: str) -> list[Mapping[str, Any]]:
    return [permission for group in sorted(place.groups) for permission in groups[group][key]]


def lets_in(groups: Groups, source: str, source_groups: Collection[str], destination: Place, port: int) -> bool:
    """Whether the destination's groups let a connection in."""
    return _lets(_of(groups, destination, "IpPermissions"), source, source_groups, port)


def allowed(groups: Groups, source: Place, own: str, destination: Place, address: str, port: int) -> bool:
    """Whether the groups of both let one get from an address of one place to that of another."""
    out = _lets(_of(groups, source, "IpPermissionsEgress"), address, destination.groups, port)
    return out and lets_in(groups, own, source.groups, destination, port)


def ports_of(groups: Groups) -> set[int]:
    """Ports of TCP that rules name, of wide ones their ends and what is beyond them."""
    found: set[int] = set()
    for group in groups.values():
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"]):
            if permission["IpProtocol"] in _TCP:
                first, last = permission["FromPort"], permission["ToPort"]
                found |= set(range(first, last + 1)) if last - first < WIDEST else {first, last}
                found |= {first - 1, last + 1}
    return {port for port in found if 0 < port < 65536}


def wrong(may: Mapping[int, bool], listening: Collection[int], seen: Mapping[int, str]) -> list[str]:
    """What is more than the rules say, and what is less: of each port, whether it may be reached and what was seen."""
    found = []
    for port, what in sorted(seen.items()):
        if not may[port] and what != NOTHING:
            found.append(f"port {port} {what}, and no group lets it through")
        elif may[port] and port in listening and what != ANSWERS:
            found.append(f"port {port} is let through and listened on, and came to {what}")
        elif may[port] and what == NOTHING:
            found.append(f"port {port} is let through, and nothing came back")
    return found
