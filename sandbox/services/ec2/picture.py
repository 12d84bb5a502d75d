"""What a picture holds of EC2: networks with their rules, instances, names inside a VPC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.core.fields import (
    Address,
    Arn,
    Checked,
    Count,
    Identifier,
    Line,
    Mac,
    NameOfHost,
    Network,
    Protocol,
    PublicKey,
    RulePort,
    Text,
    VpcNetwork,
    Word,
)

#: What a route leads to.
RouteKind = Literal["local", "internet_gateway", "nat_gateway", "instance", "blackhole"]


@dataclass(frozen=True)
class Route(Checked):
    destination: Network
    target_kind: RouteKind
    target_id: Word


@dataclass(frozen=True)
class AclEntry(Checked):
    number: Count
    egress: bool
    allow: bool
    protocol: Protocol  # "-1" or an IANA number, as the API gives it
    cidr: Network
    from_port: RulePort | None
    to_port: RulePort | None


@dataclass(frozen=True)
class Subnet(Checked):
    id: Identifier
    cidr: VpcNetwork
    zone: Word
    routes: tuple[Route, ...]
    acl: tuple[AclEntry, ...]
    gateway_services: tuple[Word, ...] = ()  # to which gateway endpoints on its route table lead, for example "s3"


@dataclass(frozen=True)
class Rule(Checked):
    """One permission of a security group; a peer is a CIDR or another group."""

    protocol: Protocol  # tcp, udp, icmp, "-1" for all, or an IANA number
    from_port: RulePort | None
    to_port: RulePort | None
    cidrs: tuple[Network, ...] = ()
    group_ids: tuple[Identifier, ...] = ()


@dataclass(frozen=True)
class SecurityGroup(Checked):
    id: Identifier
    name: Line
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


@dataclass(frozen=True)
class NatGateway(Checked):
    id: Identifier
    subnet_id: Identifier
    state: Word
    public_ip: Address | None


@dataclass(frozen=True)
class Router(Checked):
    """The interface of an instance that may carry packets which are neither from it nor to it."""

    id: Identifier
    subnet_id: Identifier
    instance_id: Identifier
    private_ip: Address
    public_ip: Address | None


@dataclass(frozen=True)
class Vpc(Checked):
    id: Identifier
    cidr: VpcNetwork
    internet_gateway_id: Identifier | None
    subnets: tuple[Subnet, ...]
    groups: tuple[SecurityGroup, ...]
    nat_gateways: tuple[NatGateway, ...]
    dns_support: bool = True  # without it nobody answers at the VPC's resolver
    routers: tuple[Router, ...] = ()


@dataclass(frozen=True)
class MetadataOptions(Checked):
    enabled: bool = True
    tokens_required: bool = True
    hop_limit: Count = 1
    tags: bool = False


@dataclass(frozen=True)
class System(Checked):
    """What an image promises: the release of Debian that boots, and the login user."""

    release: Word | None = None  # None: whichever the sandbox boots
    user: Word = "ec2-user"


@dataclass(frozen=True)
class Instance(Checked):
    id: Identifier
    vpc_id: Identifier
    subnet_id: Identifier
    state: Literal["pending", "running", "stopping", "stopped", "shutting-down", "terminated"]
    private_ip: Address
    public_ip: Address | None
    group_ids: tuple[Identifier, ...]
    mac: Mac
    image_id: Identifier
    instance_type: Word
    zone: Word
    public_key: PublicKey | None  # OpenSSH line of the key pair it was launched with
    key_name: Line | None
    user_data: Text | None
    profile_arn: Arn | None
    metadata: MetadataOptions = field(default_factory=MetadataOptions)
    tags: tuple[tuple[Line, Line], ...] = ()
    system: System = field(default_factory=System)
    forwards: bool = False  # its source/destination check is off


@dataclass(frozen=True)
class HostName(Checked):
    """A name that a VPC's resolver knows besides those of instances and load balancers."""

    vpc_id: Identifier
    name: NameOfHost
    addresses: tuple[Address, ...]
