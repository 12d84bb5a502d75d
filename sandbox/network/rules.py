"""What a VPC lets through, as nftables text: routes, network ACLs and security groups. No side effects.

Way of a packet through the router of a VPC:

- forward: network ACLs (stateless) → known connections → way out or none → groups of the source (egress) → groups
  of the destination (ingress). Nothing new comes in from the uplink.
- forward to an instance that carries it on: like the uplink, by the routes of the source, then the groups of both. What
  the instance sends on has its own address and is judged anew.
- output with the controller's address as source: like a packet from the internet. It needs a public address and a
  route to the internet gateway, then passes the destination's ACL and groups.
- input: DNS and metadata; AWS's endpoints and SMTP service, judged like a destination on the internet, except that a
  gateway endpoint is a way to S3; and answers to the controller's sockets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses

from sandbox.core.lines import one_line
from sandbox.core.settings import API_ADDRESS, CONTROLLER_ADDRESS, MAIL_ADDRESS, S3_ADDRESS
from sandbox.network.topology import Endpoint, Topology, leads_out, longest_first
from sandbox.services.ec2.picture import AclEntry, Route, Rule, SecurityGroup, Subnet

TABLE = "vpc"
UPLINK = "tap0"
METADATA = "169.254.169.254"
RESOLVER = "169.254.169.253"

#: What the NAT never leads to: this machine's surroundings. RFC 5737's TEST-NETs are not among them, because a
#: closed network may keep its package mirror there.
NEVER_OUTSIDE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
OUTSIDE_PORTS = (80, 443)

#: Addresses of the router that stand for something outside the VPC.
OUTSIDERS = f"{{ {CONTROLLER_ADDRESS}, {S3_ADDRESS}, {API_ADDRESS}, {MAIL_ADDRESS} }}"

_ANYWHERE = "0.0.0.0/0"
_UNREACHABLE = "reject with icmp type net-unreachable"
_PROHIBITED = "reject with icmp type admin-prohibited"
_PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp"}


def guard(table: str, cidrs: Iterable[str], replace: bool = True) -> str:
    """Script for the controller's own namespace: nothing for a VPC's range leaves this machine.

    Without ``replace`` it adds to what the table rejects already.
    """
    ranges = _set(cidrs)
    guard = [f'oifname != "lo" ip daddr {ranges} reject'] if ranges else []
    return _table(
        table,
        [
            _block("chain output", ["type filter hook output priority -10; policy accept;", *guard]),
            _block("chain forward", ["type filter hook forward priority -10; policy accept;", *guard]),
        ],
        replace,
    )


def router(topology: Topology, forbidden: Iterable[str] = ()) -> str:
    """Script for the router of a VPC. ``nft -f`` applies it in one step and replaces what was there.

    ``forbidden`` are addresses that the NAT must not lead to, besides private ones: this machine's own.
    """
    subnets = [s for s in topology.vpc.subnets if not _allows_all(s.acl)]
    endpoints = topology.endpoints
    blocks = [
        *(_members(group, endpoints) for group in topology.vpc.groups),
        _block(
            "set public",
            ["type ipv4_addr;", *_elements(topology.public_addresses())],
        ),
        _input(bool(subnets), topology.resolver),
        _output(bool(subnets)),
        _forward(bool(subnets), _detoured(topology)),
        *_uplink_chains(topology, forbidden),
        *_ways_to_aws(topology),
        *(_acls(subnets) if subnets else ()),
        *_judges(topology),
        *(chain for group in topology.vpc.groups for chain in _group(group, topology)),
        _block(
            "chain translate",
            [
                "type nat hook postrouting priority srcnat; policy accept;",
                f'oifname "{UPLINK}" masquerade',
            ],
        ),
    ]
    return _table(TABLE, blocks)


# -- base chains


def _input(acls: bool, resolver: str) -> str:
    return _block(
        "chain input",
        [
            "type filter hook input priority filter; policy drop;",
            'iifname "lo" accept',
            "meta nfproto ipv6 drop",
            *([f"ip daddr {OUTSIDERS} jump acls"] if acls else []),
            "ct state established,related accept",
            f'iifname "{UPLINK}" drop',
            f"ip daddr {{ {resolver}, {RESOLVER} }} meta l4proto {{ tcp, udp }} th dport 53 accept",
            f"ip daddr {METADATA} tcp dport 80 accept",
            f"ip daddr {S3_ADDRESS} tcp dport {{ 80, 443 }} goto to_s3",
            f"ip daddr {API_ADDRESS} tcp dport 443 goto to_aws",
            f"ip daddr {MAIL_ADDRESS} tcp dport {{ 465, 587 }} goto to_aws",
        ],
    )


def _output(acls: bool) -> str:
    return _block(
        "chain output",
        [
            "type filter hook output priority filter; policy drop;",
            'oifname "lo" accept',
            *([f"ip saddr {OUTSIDERS} jump acls"] if acls else []),
            "ct state established,related accept",
            f"ip saddr {CONTROLLER_ADDRESS} ip daddr @public goto ingress",
        ],
    )


def _detoured(topology: Topology) -> str:
    """Match of what goes to an instance and not to its address; nothing when no route leads through one."""
    instances = {detour.instance.private_ip for detour in topology.detours if detour.instance}
    return f"ip daddr != {topology.vpc.cidr} rt ip nexthop {_set(instances)}" if instances else ""


def _forward(acls: bool, detoured: str) -> str:
    return _block(
        "chain forward",
        [
            "type filter hook forward priority filter; policy drop;",
            "meta nfproto ipv6 drop",
            *(["jump acls"] if acls else []),
            "ct state established,related accept",
            "ct state invalid drop",
            f'iifname "{UPLINK}" drop',
            f'oifname "{UPLINK}" jump uplink',
            *([f"{detoured} jump ways"] if detoured else []),
            "goto egress",
        ],
    )


# -- routes


def _uplink_chains(topology: Topology, forbidden: Iterable[str]) -> Iterator[str]:
    """The chain ``uplink``: what a subnet's routes lead outside and the NAT carries goes on to the groups."""
    jumps = []
    for subnet in topology.vpc.subnets:
        chain = f"uplink.{subnet.id}"
        lines = [line for route in longest_first(subnet.routes) for line in _route(topology, route)]
        yield _block(f"chain {chain}", [*lines, _UNREACHABLE])
        jumps.append(f"ip saddr {subnet.cidr} goto {chain}")
    yield _block(
        "chain uplink",
        [
            f"ip daddr {_set([*NEVER_OUTSIDE, topology.vpc.cidr, *forbidden])} {_UNREACHABLE}",
            f"meta l4proto != tcp {_PROHIBITED}",
            f"tcp dport != {{ {', '.join(map(str, OUTSIDE_PORTS))} }} {_PROHIBITED}",
            "goto ways",
        ],
    )
    yield _block("chain ways", [*jumps, _UNREACHABLE])


def _ways_to_aws(topology: Topology) -> Iterator[str]:
    """The chains ``to_s3`` and ``to_aws``: whether the source's subnet has a way there; then its groups."""
    subnets = topology.vpc.subnets
    shortcut = _set(subnet.cidr for subnet in subnets if "s3" in subnet.gateway_services)
    yield _block("chain to_aws", [*(f"ip saddr {s.cidr} goto uplink.{s.id}" for s in subnets), _UNREACHABLE])
    yield _block("chain to_s3", [*([f"ip saddr {shortcut} goto egress"] if shortcut else []), "goto to_aws"])


def _route(topology: Topology, route: Route) -> Iterator[str]:
    where = "" if route.destination == _ANYWHERE else f"ip daddr {route.destination} "
    if not leads_out(topology.vpc, route):
        yield f"{where}{_UNREACHABLE}"
    elif route.target_kind == "internet_gateway":
        # An internet gateway only translates for who has a public address.
        yield f"{where}ip saddr @public goto egress"
        yield f"{where}{_UNREACHABLE}"
    else:
        if route.target_kind == "instance":
            # Past it, none goes out.
            yield f'{where}oifname "{UPLINK}" {_UNREACHABLE}'
        yield f"{where}goto egress"


# -- network ACLs


def _allows_all(entries: tuple[AclEntry, ...]) -> bool:
    """Whether the first entry of each direction lets everything pass, as a VPC's default ACL does.

    Every ACL of the API ends in an entry that denies, so an empty one means that the subnet has none.
    """
    if not entries:
        return True
    for egress in (False, True):
        first = min((e for e in entries if e.egress is egress), key=lambda e: e.number, default=None)
        if first is None or not first.allow or first.protocol != "-1" or first.cidr != _ANYWHERE:
            return False
    return True


def _acls(subnets: list[Subnet]) -> Iterator[str]:
    jumps = []
    for subnet in subnets:
        for egress, side, other in ((True, "saddr", "daddr"), (False, "daddr", "saddr")):
            chain = f"acl_{'out' if egress else 'in'}.{subnet.id}"
            entries = sorted((e for e in subnet.acl if e.egress is egress), key=lambda e: e.number)
            yield _block(
                f"chain {chain}",
                [*(_acl_entry(entry, other) for entry in entries), "drop"],
            )
            jumps.append(f"ip {side} {subnet.cidr} ip {other} != {subnet.cidr} jump {chain}")
    yield _block("chain acls", jumps)


def _acl_entry(entry: AclEntry, other: str) -> str:
    where = "" if entry.cidr == _ANYWHERE else f"ip {other} {entry.cidr} "
    protocol = _PROTOCOL_NAMES.get(entry.protocol, entry.protocol)
    what = _service(protocol, entry.from_port, entry.to_port)
    return f"{where}{what}{'return' if entry.allow else 'drop'}"


# -- security groups


def _members(group: SecurityGroup, endpoints: Iterable[Endpoint]) -> str:
    addresses = sorted(a.ip for e in endpoints if group.id in e.group_ids for a in e.addresses)
    return _block(f"set members.{group.id}", ["type ipv4_addr;", *_elements(addresses)])


def _judges(topology: Topology) -> Iterator[str]:
    """The chains ``egress`` and ``ingress``: they find the endpoint's groups and end in a verdict."""
    endpoints = topology.endpoints
    known = {group.id for group in topology.vpc.groups}
    for endpoint in endpoints:
        for way in ("egress", "ingress"):
            yield _block(
                f"chain {way}.{endpoint.id}",
                [*(f"jump {way}.{group}" for group in sorted(known.intersection(endpoint.group_ids))), "drop"],
            )
    outside: tuple[str, ...] = (
        f'oifname "{UPLINK}" accept',
        f"ip daddr {{ {S3_ADDRESS}, {API_ADDRESS}, {MAIL_ADDRESS} }} accept",
    )
    through = {d.instance.private_ip: d.instance.instance_id for d in topology.detours if d.instance}
    if through:
        instances = ", ".join(f"{ip} : goto ingress.{instance}" for ip, instance in sorted(through.items()))
        outside = (*outside, f"ip daddr != {topology.vpc.cidr} rt ip nexthop vmap {{ {instances} }}")
    for way, side, before in (("ingress", "daddr", outside), ("egress", "saddr", ())):
        jumps = [f"{a.ip} : goto {way}.{e.id}" for e in endpoints for a in e.addresses]
        yield _block(
            f"chain {way}",
            [
                *before,
                *([f"ip {side} vmap {{ {', '.join(sorted(jumps))} }}"] if jumps else []),
                "drop",
            ],
        )


def _group(group: SecurityGroup, topology: Topology) -> Iterator[str]:
    known = {g.id for g in topology.vpc.groups}
    for way, rules, side, verdict in (
        ("ingress", group.ingress, "saddr", "accept"),
        ("egress", group.egress, "daddr", "goto ingress"),
    ):
        lines = [f"{match}{verdict}" for rule in rules for match in _matches(rule, side, known)]
        yield _block(f"chain {way}.{group.id}", list(dict.fromkeys(lines)))


def _matches(rule: Rule, side: str, known: set[str]) -> Iterator[str]:
    what = _service(rule.protocol, rule.from_port, rule.to_port)
    if rule.cidrs:
        peers = _set(rule.cidrs)
        yield f"{'' if _ANYWHERE in rule.cidrs else f'ip {side} {peers} '}{what}"
    for peer in rule.group_ids:
        # A peer of another VPC has no address here.
        if peer in known:
            yield f"ip {side} @members.{peer} {what}"


def _service(protocol: str, first: int | None, last: int | None) -> str:
    """Match of protocol and ports (or ICMP type and code), ending in a space; nothing when all match."""
    protocol = _PROTOCOL_NAMES.get(protocol, protocol)
    if protocol == "-1":
        return ""
    if protocol == "icmp":
        if first in (None, -1):
            return "ip protocol icmp "
        return f"icmp type {first} " + ("" if last in (None, -1) else f"icmp code {last} ")
    if protocol not in ("tcp", "udp"):
        return f"meta l4proto {protocol} "
    if first is None or last is None or (first <= 0 and last == 65535) or first == -1:
        return f"meta l4proto {protocol} "
    return f"{protocol} dport {first if first == last else f'{first}-{last}'} "


# -- text


def _set(cidrs: Iterable[str]) -> str:
    """Anonymous set without overlaps, which nft refuses; empty text when there is nothing in it."""
    networks = collapse_addresses(IPv4Network(cidr, strict=False) for cidr in cidrs)
    texts = [str(network) for network in networks]
    return f"{{ {', '.join(texts)} }}" if texts else ""


def _elements(addresses: Iterable[str]) -> list[str]:
    listed = ", ".join(sorted(addresses))
    return [f"elements = {{ {listed} }}"] if listed else []


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"\t{one_line(head)} {{", *(f"\t\t{one_line(line)}" for line in lines), "\t}"])


def _table(name: str, blocks: Iterable[str], replace: bool = True) -> str:
    # Declared first so that deleting never fails; all of it is one transaction.
    head = [f"table inet {name}", f"delete table inet {name}"] if replace else []
    return "\n".join([*head, f"table inet {name} {{", *blocks, "}", ""])
