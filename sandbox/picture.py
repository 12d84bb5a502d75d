"""What the API says should exist, as plain data: the only thing the layers of the sandbox look at.

``read_picture`` (sandbox/reader.py) fills it from boto3 answers; the layers converge the world to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Route:
    destination: str  # CIDR
    target_kind: str  # local | internet_gateway | nat_gateway | blackhole
    target_id: str


@dataclass(frozen=True)
class AclEntry:
    number: int
    egress: bool
    allow: bool
    protocol: str  # "-1" or an IANA number, as the API gives it
    cidr: str
    from_port: int | None
    to_port: int | None


@dataclass(frozen=True)
class Subnet:
    id: str
    cidr: str
    zone: str
    routes: tuple[Route, ...]
    acl: tuple[AclEntry, ...]
    gateway_services: tuple[str, ...] = ()  # to which gateway endpoints on its route table lead, for example "s3"


@dataclass(frozen=True)
class Rule:
    """One permission of a security group; a peer is a CIDR or another group."""

    protocol: str  # tcp | udp | icmp | "-1"
    from_port: int | None
    to_port: int | None
    cidrs: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecurityGroup:
    id: str
    name: str
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


@dataclass(frozen=True)
class NatGateway:
    id: str
    subnet_id: str
    state: str
    public_ip: str | None


@dataclass(frozen=True)
class Vpc:
    id: str
    cidr: str
    internet_gateway_id: str | None
    subnets: tuple[Subnet, ...]
    groups: tuple[SecurityGroup, ...]
    nat_gateways: tuple[NatGateway, ...]


@dataclass(frozen=True)
class MetadataOptions:
    enabled: bool = True
    tokens_required: bool = True
    hop_limit: int = 1
    tags: bool = False


@dataclass(frozen=True)
class Instance:
    id: str
    vpc_id: str
    subnet_id: str
    state: str  # pending | running | stopping | stopped | shutting-down | terminated
    private_ip: str
    public_ip: str | None
    group_ids: tuple[str, ...]
    mac: str
    image_id: str
    instance_type: str
    zone: str
    public_key: str | None  # OpenSSH line of the key pair it was launched with
    key_name: str | None
    user_data: str | None
    profile_arn: str | None
    metadata: MetadataOptions = field(default_factory=MetadataOptions)
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Target:
    id: str  # instance id or address
    port: int


@dataclass(frozen=True)
class HealthCheck:
    protocol: str
    port: str  # a number or "traffic-port"
    path: str
    interval: int  # seconds
    timeout: int  # seconds
    healthy: int  # successes in a row
    unhealthy: int  # failures in a row
    codes: str  # matcher, for example "200" or "200-299"


@dataclass(frozen=True)
class TargetGroup:
    arn: str
    name: str
    protocol: str
    port: int
    check: HealthCheck
    targets: tuple[Target, ...]
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ListenerRule:
    priority: str  # a number or "default"
    conditions: tuple[tuple[str, tuple[str, ...]], ...]  # (field, values)
    actions: tuple[dict, ...]  # as describe_rules returns them


@dataclass(frozen=True)
class Listener:
    arn: str
    protocol: str  # HTTP | HTTPS
    port: int
    rules: tuple[ListenerRule, ...]
    certificate_arns: tuple[str, ...] = ()
    tls_policy: str = ""


@dataclass(frozen=True)
class LoadBalancer:
    arn: str
    name: str
    vpc_id: str
    scheme: str  # internet-facing | internal
    group_ids: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]  # (subnet id, private address) of each zone
    public_ip: str | None  # loopback address at which an internet-facing one answers
    listeners: tuple[Listener, ...]
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """Short identifier, unique in the account: the last part of the ARN."""
        return "lb-" + self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Certificate:
    """A certificate of ACM that some listener uses."""

    arn: str
    names: tuple[str, ...]  # the first is its common name


@dataclass(frozen=True)
class PublicZone:
    """The world's zone; in the sandbox that is every VPC, and the controller for names below ``localhost``."""

    id: str
    name: str
    records: tuple[dict, ...]  # as list_resource_record_sets returns them


@dataclass(frozen=True)
class PrivateZone:
    id: str
    name: str
    vpc_ids: tuple[str, ...]
    records: tuple[dict, ...]  # as list_resource_record_sets returns them


@dataclass(frozen=True)
class Database:
    """One RDS instance. Its master password is no part of it: no answer of the API has it."""

    id: str  # DbiResourceId: stays when the instance is renamed
    name: str  # DBInstanceIdentifier
    vpc_id: str
    subnet_id: str
    address: str
    mac: str
    port: int
    host_name: str  # endpoint
    group_ids: tuple[str, ...]
    engine: str
    version: str
    master_user: str
    database: str | None  # schema made with it
    parameter_group: str
    parameters: tuple[tuple[str, str], ...]  # those that somebody set
    storage: int  # GiB
    state: str  # in the API's words
    public: bool = False


@dataclass(frozen=True)
class DatabaseSnapshot:
    name: str
    database_id: str  # DbiResourceId of its source


@dataclass(frozen=True)
class CacheNode:
    """One node of a replication group; ``name`` and ``id`` as the API gives them."""

    key: str  # short identifier; another one for a node that was removed and made again
    id: str  # cache cluster id
    name: str  # host name
    shard: str  # node group id
    primary: bool  # in cluster mode only at first: nodes of a shard may change roles
    subnet_id: str
    address: str


@dataclass(frozen=True)
class CacheGroup:
    """A replication group. Without cluster mode it has one shard, and no slots."""

    key: str  # short identifier; another one for a group that was deleted and made again
    id: str
    vpc_id: str
    engine: str  # redis | valkey
    cluster_mode: bool
    port: int
    tls: bool
    encrypted_at_rest: bool
    group_ids: tuple[str, ...]
    nodes: tuple[CacheNode, ...]  # by shard, the primary first
    slots: tuple[tuple[str, str], ...]  # (node group id, ranges such as "0-5461" with commas between)
    parameters: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, tuple[str, ...]], ...]  # (endpoint, addresses)


@dataclass(frozen=True)
class HostName:
    """A name that a VPC's resolver knows besides those of instances and load balancers."""

    vpc_id: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
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

    def live_instances(self) -> tuple[Instance, ...]:
        """Instances that should have a booted host."""
        return tuple(i for i in self.instances if i.state in ("pending", "running"))
