# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the map shows, from what AWS describes: subnets with their routes, and the things that stand in them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Entry, Stack
from ansible_collections.railyard.aws.plugins.module_utils._report.states import BAD, GOOD, health, server_health

PUBLIC, PRIVATE = "public", "private"
#: Rows of a tier: what takes requests, then what keeps data.
FRONT, DATA = "front", "data"


@dataclass(frozen=True)
class Subnet:
    """A subnet, with its tier and where its route table sends what leaves the VPC."""

    id: str
    name: str
    cidr: str
    zone: str
    tier: str
    exit: str
    exit_kind: str
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A thing that stands in subnets.

    :param zones: availability zones that it is drawn over
    :param groups: ids of its security groups
    """

    id: str
    kind: str
    title: str
    lines: tuple[str, ...]
    state: str
    tier: str
    row: str
    zones: tuple[str, ...]
    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()


@dataclass
class Network:
    """Everything of the map, before anything has a place."""

    name: str
    cidr: str
    zones: list[str]
    subnets: list[Subnet] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    gateways: list[str] = field(default_factory=list)
    endpoints: list[Entry] = field(default_factory=list)


def existing(stack: Stack, kind: str) -> list[Entry]:
    """Entries of a kind that exist, sorted by name."""
    return [entry for _name, entry in sorted(stack.get(kind, {}).items()) if entry.get("exists")]


def _routes(stack: Stack, subnet_id: str) -> list[Entry]:
    return [route for table in existing(stack, "route_tables") if subnet_id in table["subnet_ids"] for route in table.get("routes") or []]


def _exit(stack: Stack, subnet_id: str) -> tuple[str, str]:
    """Kind and name of what the default route of a subnet leads to: nothing where there is none."""
    kinds = ("internet_gateways", "nat_gateways", "nat_interfaces", "instances")
    names = {entry["id"]: str(entry["name"]) for kind in kinds for entry in existing(stack, kind)}
    for route in _routes(stack, subnet_id):
        if route.get("destination_cidr_block") != "0.0.0.0/0":
            continue
        for kind, key in (("nat", "nat_gateway_id"), ("nat", "network_interface_id"), ("nat", "instance_id"), ("internet", "gateway_id")):
            target = route.get(key)
            if target:
                return kind, names.get(target, str(target))
    return "", ""


def _subnet(stack: Stack, entry: Entry) -> Subnet:
    kind, name = _exit(stack, entry["id"])
    endpoints = tuple(sorted({str(route["gateway_id"]) for route in _routes(stack, entry["id"]) if str(route.get("gateway_id") or "").startswith("vpce-")}))
    tables = {table["id"] for table in existing(stack, "route_tables") if entry["id"] in table["subnet_ids"]}
    # AWS lists an endpoint's route beside the others; not everything that speaks its API does.
    linked = tuple(one["id"] for one in existing(stack, "vpc_endpoints") if tables & set(one.get("route_table_ids") or []))
    return Subnet(
        entry["id"], str(entry["name"]), str(entry["cidr_block"]), str(entry["availability_zone"]),
        PUBLIC if kind == "internet" else PRIVATE, name, kind, endpoints or linked,
    )  # fmt: skip


class _Builder:
    """Puts things into subnets that are known."""

    def __init__(self, stack: Stack, subnets: list[Subnet]) -> None:
        self._stack, self._subnets = stack, {subnet.id: subnet for subnet in subnets}

    def node(self, entry: Entry, kind: str, title: str, lines: list[str], state: str, row: str, subnet_ids: list[str], zone: str = "") -> Node | None:
        """The thing, or None where it stands in no subnet that is drawn. ``zone`` narrows what AWS says of several."""
        stands = [self._subnets[one] for one in subnet_ids if one in self._subnets]
        narrowed = [one for one in stands if one.zone == zone] or stands
        if not narrowed:
            return None
        tier = PUBLIC if all(one.tier == PUBLIC for one in narrowed) else PRIVATE
        zones = tuple(sorted({one.zone for one in narrowed}))
        groups = tuple(entry.get("security_group_ids") or ())
        return Node(entry["id"], kind, title, tuple(line for line in lines if line), state, tier, row, zones, groups, tuple(one.id for one in narrowed))

    def servers(self) -> list[Node | None]:
        return [
            self.node(
                one, "jump" if one.get("role") == "jump" else "server", str(one.get("hostname") or one["name"]),
                [str(one.get("instance_type") or ""), str(one.get("private_ip_address") or "")],
                server_health(self._stack, one), FRONT, [one.get("subnet_id") or ""],
            )
            for one in existing(self._stack, "instances")
        ]  # fmt: skip

    def gateways(self) -> list[Node | None]:
        return [
            self.node(
                one, "nat", str(one["name"]), ["NAT gateway", ", ".join(one.get("public_ips") or [])], health("nat_gateways", one), FRONT, [one["subnet_id"]]
            )
            for one in existing(self._stack, "nat_gateways")
        ]

    def nat_instances(self) -> list[Node | None]:
        """By their interfaces: an instance comes and goes behind one."""
        kinds = {
            str(instance.get("instance_id")): str(instance.get("instance_type") or "")
            for group in existing(self._stack, "auto_scaling_groups")
            for instance in group.get("instances") or []
        }
        return [
            self.node(
                one, "nat", str(one["name"]),
                [f"NAT instance {kinds.get(str(one.get('instance_id')), '')}".strip(), str(one.get("public_ip") or "")],
                health("nat_interfaces", one), FRONT, [str(one.get("subnet_id") or "")],
            )
            for one in existing(self._stack, "nat_interfaces")
        ]  # fmt: skip

    def balancers(self) -> list[Node | None]:
        found = []
        for one in existing(self._stack, "load_balancers"):
            listens = sorted((item.get("port") or 0, str(item.get("protocol"))) for item in one.get("listeners") or [])
            text = ", ".join(f"{protocol} {port}" for port, protocol in listens)
            found.append(
                self.node(
                    one, "balancer", str(one["name"]), ["Application Load Balancer", text], health("load_balancers", one), FRONT, one.get("subnet_ids") or []
                )
            )
        return found

    def databases(self) -> list[Node | None]:
        found = []
        for one in existing(self._stack, "databases"):
            group = self._stack.get("db_subnet_groups", {}).get(one.get("subnet_group") or "", {})
            double = bool(one.get("multi_az"))
            lines = [
                f"{one.get('engine') or ''} {one.get('engine_version') or ''}".strip(),
                f"{one.get('instance_class') or ''}{' Multi-AZ' if double else ''}",
            ]
            zone = "" if double else str(one.get("availability_zone") or "")
            found.append(self.node(one, "database", str(one["name"]), lines, health("databases", one), DATA, group.get("subnet_ids") or [], zone))
        return found

    def caches(self) -> list[Node | None]:
        found = []
        for one in existing(self._stack, "replication_groups"):
            group = self._stack.get("cache_subnet_groups", {}).get(one.get("subnet_group") or "", {})
            nodes = len(one.get("member_clusters") or [])
            lines = [f"{one.get('engine') or ''} {one.get('engine_version') or ''}".strip(), f"{nodes} × {one.get('node_type') or ''}"]
            found.append(self.node(one, "cache", str(one["name"]), lines, health("replication_groups", one), DATA, group.get("subnet_ids") or []))
        return found


def network_of(stack: Stack) -> Network | None:
    """The stack's network; None without a VPC."""
    vpcs = existing(stack, "vpc")
    if not vpcs:
        return None
    vpc = vpcs[0]
    subnets = [_subnet(stack, one) for one in existing(stack, "subnets") if one.get("vpc_id") in (vpc["id"], None)]
    network = Network(str(vpc["name"]), str(vpc["cidr_block"]), sorted({one.zone for one in subnets}), subnets)
    build = _Builder(stack, subnets)
    made = [*build.servers(), *build.gateways(), *build.nat_instances(), *build.balancers(), *build.databases(), *build.caches()]
    network.nodes = [one for one in made if one is not None]
    network.gateways = [str(one["name"]) for one in existing(stack, "internet_gateways")]
    network.endpoints = [{**one, "health": GOOD if one.get("state") == "available" else BAD} for one in existing(stack, "vpc_endpoints")]
    return network
