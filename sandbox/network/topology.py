"""One VPC seen as a router sees it: endpoints with addresses, and where the routes lead. No side effects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from sandbox.core.settings import API_ADDRESS, CONTROLLER_ADDRESS, MAIL_ADDRESS, S3_ADDRESS
from sandbox.services.ec2.picture import Route, Router, Subnet, Vpc
from sandbox.services.picture import Picture

#: Candidates for the link between a router and its NAT; the first that the VPC does not overlap is taken.
_UPLINK_RANGES = ("10.0.2.0/24", "172.31.255.0/24", "192.168.255.0/24")


@dataclass(frozen=True)
class Address:
    ip: str
    subnet: Subnet

    @property
    def interface(self) -> str:
        """Address with the prefix length of its subnet."""
        return f"{self.ip}/{IPv4Network(self.subnet.cidr).prefixlen}"


@dataclass(frozen=True)
class Endpoint:
    """What has a link to the router: a live instance, a database, a load balancer with an address per zone, or a
    replication group of the cache with an address per node."""

    id: str
    mac: str
    group_ids: tuple[str, ...]
    addresses: tuple[Address, ...]
    public: bool  # whether an internet gateway translates for it
    forwards: bool = False  # whether it may send on what others sent

    @property
    def gateway(self) -> str:
        return gateway(self.addresses[0].subnet)


@dataclass(frozen=True)
class Detour:
    """Where what a subnet sends somewhere goes: to an instance that carries it on, or (without one) straight out."""

    source: str
    destination: str
    instance: Router | None


@dataclass(frozen=True)
class Topology:
    vpc: Vpc
    endpoints: tuple[Endpoint, ...]

    @property
    def resolver(self) -> str:
        """The VPC's DNS server: its base address plus two."""
        return str(IPv4Network(self.vpc.cidr)[2])

    @property
    def router_addresses(self) -> tuple[str, ...]:
        """Addresses at which the router itself answers."""
        gateways = (gateway(subnet) for subnet in self.vpc.subnets)
        fixed = (CONTROLLER_ADDRESS, S3_ADDRESS, API_ADDRESS, MAIL_ADDRESS, "169.254.169.254", "169.254.169.253")
        return (*fixed, self.resolver, *gateways)

    def public_addresses(self) -> Iterator[str]:
        """Private addresses that the internet reaches: public, in a subnet routed to the internet gateway."""
        for endpoint in self.endpoints:
            for address in endpoint.addresses:
                if endpoint.public and reaches_internet_gateway(self.vpc, address.subnet):
                    yield address.ip

    @property
    def needs_uplink(self) -> bool:
        """Whether some subnet has a way out."""
        return any(leads_out(self.vpc, route) for subnet in self.vpc.subnets for route in subnet.routes)

    @property
    def detours(self) -> tuple[Detour, ...]:
        """Of the subnets that have a way through an instance, all ways out: the first that fits is taken."""
        linked = {endpoint.id for endpoint in self.endpoints}
        found = []
        for subnet in self.vpc.subnets:
            ways = [(route, router_of(self.vpc, route)) for route in longest_first(subnet.routes)]
            if any(router and router.instance_id in linked for _unused, router in ways):
                found += [Detour(subnet.cidr, route.destination, router) for route, router in ways]
        return tuple(found)

    @property
    def uplink_range(self) -> str:
        """CIDR for the link to the NAT."""
        vpc = IPv4Network(self.vpc.cidr)
        return next(r for r in _UPLINK_RANGES if not IPv4Network(r).overlaps(vpc))


def of_picture(picture: Picture) -> tuple[Topology, ...]:
    """The VPCs of the picture, each with what is linked to it."""
    return tuple(Topology(vpc, tuple(_endpoints(picture, vpc))) for vpc in picture.vpcs)


def gateway(subnet: Subnet) -> str:
    """The router's address in a subnet: the first after the network's."""
    return str(IPv4Address(int(IPv4Network(subnet.cidr).network_address) + 1))


def leads_out(vpc: Vpc, route: Route) -> bool:
    """Whether a route ends at an attached internet gateway, by itself or through a NAT gateway or an instance."""
    if route.target_kind == "internet_gateway":
        return vpc.internet_gateway_id is not None and route.target_id == vpc.internet_gateway_id
    if route.target_kind == "nat_gateway":
        nat = next((n for n in vpc.nat_gateways if n.id == route.target_id), None)
        subnet = next((s for s in vpc.subnets if nat and s.id == nat.subnet_id), None)
        return bool(nat and nat.state == "available" and subnet and reaches_internet_gateway(vpc, subnet))
    return router_of(vpc, route) is not None


def router_of(vpc: Vpc, route: Route) -> Router | None:
    """The instance to which a route leads, if packets get on from there."""
    if route.target_kind != "instance":
        return None
    router = next((r for r in vpc.routers if r.id == route.target_id), None)
    subnet = next((s for s in vpc.subnets if router and s.id == router.subnet_id), None)
    leads_on = router and router.public_ip and subnet and reaches_internet_gateway(vpc, subnet)
    return router if leads_on else None


def longest_first(routes: Iterable[Route]) -> list[Route]:
    """Routes that lead out of the VPC, as a router looks them up."""
    outside = [r for r in routes if r.target_kind != "local"]
    return sorted(outside, key=lambda r: -IPv4Network(r.destination).prefixlen)


def reaches_internet_gateway(vpc: Vpc, subnet: Subnet) -> bool:
    """Whether the subnet is public: its way to the internet is the attached internet gateway."""
    return any(
        route.target_kind == "internet_gateway" and route.destination == "0.0.0.0/0" and leads_out(vpc, route)
        for route in subnet.routes
    )


def _endpoints(picture: Picture, vpc: Vpc) -> Iterator[Endpoint]:
    subnets = {subnet.id: subnet for subnet in vpc.subnets}

    def belongs(ip: str, subnet_id: str) -> bool:
        """An address elsewhere would take the place of what is there, the controller's own for example."""
        return subnet_id in subnets and IPv4Address(ip) in IPv4Network(subnets[subnet_id].cidr, strict=False)

    for instance in picture.live_instances():
        if instance.vpc_id == vpc.id and belongs(instance.private_ip, instance.subnet_id):
            yield Endpoint(
                id=instance.id,
                mac=instance.mac or _mac(instance.id),
                group_ids=tuple(sorted(instance.group_ids)),
                addresses=(Address(instance.private_ip, subnets[instance.subnet_id]),),
                public=bool(instance.public_ip),
                forwards=instance.forwards,
            )
    for balancer in picture.load_balancers:
        addresses = tuple(Address(ip, subnets[s]) for s, ip in balancer.addresses if belongs(ip, s))
        if balancer.vpc_id == vpc.id and addresses:
            yield Endpoint(
                id=balancer.id,
                mac=_mac(balancer.id),
                group_ids=tuple(sorted(balancer.group_ids)),
                addresses=addresses,
                public=balancer.scheme == "internet-facing",
            )
    for database in picture.databases:
        if database.vpc_id == vpc.id and belongs(database.address, database.subnet_id):
            yield Endpoint(
                id=database.id,
                mac=database.mac,
                group_ids=tuple(sorted(database.group_ids)),
                addresses=(Address(database.address, subnets[database.subnet_id]),),
                # The sandbox publishes no database; on AWS a group's rule decides who of the internet reaches it.
                public=False,
            )
    for group in picture.replication_groups:
        inside = (node for node in group.nodes if belongs(node.address, node.subnet_id))
        addresses = tuple(Address(node.address, subnets[node.subnet_id]) for node in inside)
        if group.vpc_id == vpc.id and addresses:
            yield Endpoint(
                id=group.key,
                mac=_mac(group.key),
                group_ids=group.group_ids,
                addresses=addresses,
                public=False,
            )


def _mac(resource_id: str) -> str:
    """A locally administered address that stays the same for a resource."""
    digest = hashlib.sha256(resource_id.encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0x02, *digest[:5]))
