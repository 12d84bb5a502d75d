"""What the API says should exist, as plain data: the only thing the layers of the sandbox look at.

``Reader`` (sandbox/reader.py) fills it from boto3 answers; the layers converge the world to it. Every part judges its
own values (``fields.py``): what the layers get is a number, a network, one of some words or a text of a known form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.balancer_fields import (
    Action,
    Attribute,
    CheckPort,
    Codes,
    Condition,
    PolicyName,
    Priority,
)
from sandbox.cache_fields import CacheParameter, Slots
from sandbox.fields import (
    Address,
    Arn,
    BalancerArn,
    Checked,
    Count,
    DatabasePort,
    DnsName,
    Identifier,
    Line,
    Mac,
    NameOfHost,
    Network,
    Port,
    Protocol,
    PublicKey,
    RulePort,
    TargetId,
    Text,
    VpcNetwork,
    Word,
)
from sandbox.zone_fields import Record


@dataclass(frozen=True)
class Route(Checked):
    destination: Network
    target_kind: Literal["local", "internet_gateway", "nat_gateway", "blackhole"]
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
class Vpc(Checked):
    id: Identifier
    cidr: VpcNetwork
    internet_gateway_id: Identifier | None
    subnets: tuple[Subnet, ...]
    groups: tuple[SecurityGroup, ...]
    nat_gateways: tuple[NatGateway, ...]


@dataclass(frozen=True)
class MetadataOptions(Checked):
    enabled: bool = True
    tokens_required: bool = True
    hop_limit: Count = 1
    tags: bool = False


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


@dataclass(frozen=True)
class Target(Checked):
    id: TargetId  # instance id or address
    port: Port


@dataclass(frozen=True)
class HealthCheck(Checked):
    protocol: Literal["HTTP", "HTTPS", "TCP"]
    port: CheckPort  # a number or "traffic-port"
    path: Line
    interval: Count  # seconds
    timeout: Count  # seconds
    healthy: Count  # successes in a row
    unhealthy: Count  # failures in a row
    codes: Codes  # matcher, for example "200" or "200-299"


@dataclass(frozen=True)
class TargetGroup(Checked):
    arn: BalancerArn
    name: Identifier
    protocol: Word
    port: Port
    check: HealthCheck
    targets: tuple[Target, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class ListenerRule(Checked):
    priority: Priority  # a number or "default"
    conditions: tuple[Condition, ...]  # (field, values)
    actions: tuple[Action, ...]  # as describe_rules returns them


@dataclass(frozen=True)
class Listener(Checked):
    arn: Arn
    protocol: Literal["HTTP", "HTTPS"]
    port: Port
    rules: tuple[ListenerRule, ...]
    certificate_arns: tuple[Arn, ...] = ()
    tls_policy: PolicyName = ""


@dataclass(frozen=True)
class LoadBalancer(Checked):
    arn: BalancerArn
    name: Identifier
    vpc_id: Identifier
    scheme: Literal["internet-facing", "internal"]
    group_ids: tuple[Identifier, ...]
    addresses: tuple[tuple[Identifier, Address], ...]  # (subnet id, private address) of each zone
    public_ip: Address | None  # loopback address at which an internet-facing one answers
    listeners: tuple[Listener, ...]
    attributes: tuple[Attribute, ...] = ()

    @property
    def id(self) -> str:
        """Short identifier, unique in the account: the last part of the ARN."""
        return "lb-" + self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Certificate(Checked):
    """A certificate of ACM that some listener uses."""

    arn: Arn
    names: tuple[NameOfHost, ...]  # the first is its common name


@dataclass(frozen=True)
class PublicZone(Checked):
    """The world's zone; in the sandbox that is every VPC, and the controller for names below ``localhost``."""

    id: Identifier
    name: DnsName
    records: tuple[Record, ...]  # as list_resource_record_sets returns them


@dataclass(frozen=True)
class PrivateZone(Checked):
    id: Identifier
    name: DnsName
    vpc_ids: tuple[Identifier, ...]
    records: tuple[Record, ...]  # as list_resource_record_sets returns them


@dataclass(frozen=True)
class Database(Checked):
    """One RDS instance. Its master password is no part of it: no answer of the API has it."""

    id: Identifier  # DbiResourceId: stays when the instance is renamed
    name: Identifier  # DBInstanceIdentifier
    vpc_id: Identifier
    subnet_id: Identifier
    address: Address
    mac: Mac
    port: DatabasePort
    host_name: NameOfHost  # endpoint
    group_ids: tuple[Identifier, ...]
    engine: Literal["mysql", "mariadb"]
    version: Word
    master_user: Identifier
    database: Identifier | None  # schema made with it
    parameter_group: Word
    parameters: tuple[tuple[Identifier, Line], ...]  # those that somebody set
    storage: Count  # GiB
    state: Word  # in the API's words
    public: bool = False


@dataclass(frozen=True)
class DatabaseSnapshot(Checked):
    name: Identifier
    database_id: Identifier  # DbiResourceId of its source


@dataclass(frozen=True)
class CacheNode(Checked):
    """One node of a replication group; ``name`` and ``id`` as the API gives them."""

    key: Identifier  # short identifier; another one for a node that was removed and made again
    id: Identifier  # cache cluster id
    name: NameOfHost  # host name
    shard: Identifier  # node group id
    primary: bool  # in cluster mode only at first: nodes of a shard may change roles
    subnet_id: Identifier
    address: Address


@dataclass(frozen=True)
class CacheGroup(Checked):
    """A replication group. Without cluster mode it has one shard, and no slots."""

    key: Identifier  # short identifier; another one for a group that was deleted and made again
    id: Identifier
    vpc_id: Identifier
    engine: Literal["redis", "valkey"]
    cluster_mode: bool
    port: Port
    tls: bool
    encrypted_at_rest: bool
    group_ids: tuple[Identifier, ...]
    nodes: tuple[CacheNode, ...]  # by shard, the primary first
    slots: tuple[tuple[Identifier, Slots], ...]  # (node group id, ranges such as "0-5461" with commas between)
    parameters: tuple[CacheParameter, ...]
    names: tuple[tuple[NameOfHost, tuple[Address, ...]], ...]  # (endpoint, addresses)


@dataclass(frozen=True)
class HostName(Checked):
    """A name that a VPC's resolver knows besides those of instances and load balancers."""

    vpc_id: Identifier
    name: NameOfHost
    addresses: tuple[Address, ...]


@dataclass(frozen=True)
class Picture(Checked):
    vpcs: tuple[Vpc, ...] = ()
    instances: tuple[Instance, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    private_zones: tuple[PrivateZone, ...] = ()
    databases: tuple[Database, ...] = ()
    database_snapshots: tuple[DatabaseSnapshot, ...] = ()
    cache_groups: tuple[CacheGroup, ...] = ()
    names: tuple[HostName, ...] = ()
    public_zones: tuple[PublicZone, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    odd: tuple[Line, ...] = ()  # what of the account is not in here, or not as it is now, and why

    def live_instances(self) -> tuple[Instance, ...]:
        """Instances that should have a booted host."""
        return tuple(i for i in self.instances if i.state in ("pending", "running"))
