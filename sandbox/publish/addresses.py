"""Which ports of which loopback addresses stand for what inside a VPC. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.lines import joined
from sandbox.services.ec2.picture import Instance, SecurityGroup
from sandbox.services.picture import Picture

#: A rule that opens more ports than this publishes none of them: nobody means them one by one.
WIDEST_RANGE = 16

SSH = 22

#: What browsers take every name below ``localhost`` for, without asking anybody.
LOCALHOST = "127.0.0.1"


@dataclass(frozen=True, order=True)
class Published:
    """One TCP port of one public address, and what answers there."""

    address: str  # loopback address of the controller
    port: int
    vpc_id: str
    targets: tuple[str, ...]  # private addresses, tried in order


def published(picture: Picture) -> tuple[Published, ...]:
    """Everything that the controller can reach of the account, sorted.

    Whether a connection is let in is decided inside the VPC; here only stands which ports are worth listening on.
    """
    groups = {group.id: group for vpc in picture.vpcs for group in vpc.groups}
    found = {
        Published(instance.public_ip, port, instance.vpc_id, (instance.private_ip,))
        for instance in picture.instances
        if instance.public_ip and instance.state == "running"
        for port in _instance_ports(instance, groups)
    }
    found |= {
        Published(balancer.public_ip, listener.port, balancer.vpc_id, tuple(a for _unused, a in balancer.addresses))
        for balancer in picture.load_balancers
        if balancer.public_ip and balancer.addresses
        for listener in balancer.listeners
    }
    return tuple(sorted(entry for entry in found if entry.address.startswith("127.")))


def local_sites(picture: Picture) -> tuple[Published, ...]:
    """Load balancers that an alias of a public zone below ``localhost`` names, as what browsers find there.

    One port is one load balancer's: the first by name of the record.
    """
    balancers = {balancer.public_ip: balancer for balancer in picture.load_balancers if balancer.addresses}
    named = sorted(
        (record["Name"], record["AliasTarget"]["DNSName"].rstrip("."))
        for zone in picture.public_zones
        if zone.name.rstrip(".").rpartition(".")[2] == "localhost"
        for record in zone.records
        if record["Type"] == "A" and "AliasTarget" in record
    )
    found: dict[int, Published] = {}
    for _name, address in named:
        if (balancer := balancers.get(address)) is None:
            continue
        for listener in balancer.listeners:
            targets = tuple(a for _unused, a in balancer.addresses)
            found.setdefault(listener.port, Published(LOCALHOST, listener.port, balancer.vpc_id, targets))
    return tuple(sorted(found.values()))


def _instance_ports(instance: Instance, groups: Mapping[str, SecurityGroup]) -> set[int]:
    ports = {SSH}
    for identifier in instance.group_ids:
        group = groups.get(identifier)
        for rule in group.ingress if group else ():
            if rule.protocol != "tcp" or not rule.cidrs or rule.from_port is None or rule.to_port is None:
                continue
            span = range(rule.from_port, rule.to_port + 1)
            if len(span) <= WIDEST_RANGE:
                ports.update(port for port in span if 0 < port < 65536)
    return ports


def redirections(table: str, ports: Mapping[tuple[str, int], int]) -> str:
    """nft script that makes ``table`` redirect each (address, port) to a listening port, in one transaction."""
    rules = [
        f"    ip daddr {address} tcp dport {port} dnat ip to {address}:{listening}"
        for (address, port), listening in sorted(ports.items())
    ]
    return joined(
        [
            f"table ip {table} {{}}",
            f"delete table ip {table}",
            f"table ip {table} {{",
            "  chain output {",
            "    type nat hook output priority -100; policy accept;",
            *rules,
            "  }",
            "}",
        ]
    )
