"""What a picture holds of ElastiCache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.core.fields import Address, Checked, Identifier, NameOfHost, Port
from sandbox.services.elasticache.fields import CacheParameter, Slots


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
class ReplicationGroup(Checked):
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
