"""Answers of ElastiCache → the caches of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from sandbox.core.fields import check
from sandbox.core.intake import Intake, Strict
from sandbox.services.ec2.picture import HostName
from sandbox.services.elasticache.fields import CacheParameter
from sandbox.services.elasticache.names import group_key, interface_description, node_key
from sandbox.services.elasticache.picture import CacheNode, ReplicationGroup

Answer = Mapping[str, Any]

_STRICT = Strict()


def group_of(
    group: Answer,
    clusters: Iterable[Answer],
    interfaces: Iterable[Answer],
    subnets: Iterable[Answer],
    parameters: Callable[[str], Iterable[Answer]],
    take: Intake = _STRICT,
) -> ReplicationGroup | None:
    """One replication group, or None while none of its nodes has a network interface.

    :param clusters: as ``describe_cache_clusters`` gives them, with node information
    :param parameters: answers ``describe_cache_parameters`` for a parameter group's name
    """
    by_id = {cluster["CacheClusterId"]: cluster for cluster in clusters}
    by_description = {interface.get("Description"): interface for interface in interfaces}
    vpcs = {subnet["SubnetId"]: subnet["VpcId"] for subnet in subnets}
    nodes: list[CacheNode] = []
    used: list[Answer] = []
    member: Answer = {}
    for shard in group.get("NodeGroups", ()):
        for position, entry in enumerate(shard["NodeGroupMembers"]):
            interface = by_description.get(interface_description(entry["CacheClusterId"]))
            cluster = by_id.get(entry["CacheClusterId"])
            if interface is None or cluster is None:
                continue
            member = cluster
            used.append(interface)
            nodes.append(
                CacheNode(
                    key=node_key(interface["NetworkInterfaceId"]),
                    id=entry["CacheClusterId"],
                    name=cluster["CacheNodes"][0]["Endpoint"]["Address"],
                    shard=shard["NodeGroupId"],
                    primary=entry.get("CurrentRole", "replica" if position else "primary") == "primary",
                    subnet_id=interface["SubnetId"],
                    address=interface["PrivateIpAddress"],
                )
            )
    if not nodes:
        return None
    clustered = bool(group.get("ClusterEnabled"))
    port = member["CacheNodes"][0]["Endpoint"]["Port"]
    entries = parameters(member["CacheParameterGroup"]["CacheParameterGroupName"])
    return ReplicationGroup(
        key=group_key(group["ARN"], group.get("ReplicationGroupCreateTime", "")),
        id=group["ReplicationGroupId"],
        vpc_id=vpcs[nodes[0].subnet_id],
        engine=member["Engine"],
        cluster_mode=clustered,
        port=int(port),
        tls=bool(group.get("TransitEncryptionEnabled")),
        encrypted_at_rest=bool(group.get("AtRestEncryptionEnabled")),
        group_ids=tuple(sorted({entry["GroupId"] for interface in used for entry in interface["Groups"]})),
        nodes=tuple(nodes),
        slots=tuple((s["NodeGroupId"], s.get("Slots", "")) for s in group["NodeGroups"]) if clustered else (),
        parameters=take.parts(
            "parameter",
            group["ReplicationGroupId"],
            [partial(_parameter, entry) for entry in sorted(entries, key=lambda entry: entry["ParameterName"])],
        ),
        names=tuple(_endpoints(group, nodes)),
    )


def _parameter(entry: Answer) -> tuple[str, str]:
    return check(CacheParameter, (entry["ParameterName"], entry.get("ParameterValue", "")), entry["ParameterName"])


def _endpoints(group: Answer, nodes: list[CacheNode]) -> Iterable[tuple[str, tuple[str, ...]]]:
    every = tuple(node.address for node in nodes)
    if group.get("ConfigurationEndpoint"):
        yield group["ConfigurationEndpoint"]["Address"], every
    for shard in group["NodeGroups"]:
        primary = tuple(node.address for node in nodes if node.primary)
        if shard.get("PrimaryEndpoint"):
            yield shard["PrimaryEndpoint"]["Address"], primary
        if shard.get("ReaderEndpoint"):
            # AWS: the reader endpoint of a group without replicas is its primary
            yield shard["ReaderEndpoint"]["Address"], tuple(a for a in every if a not in primary) or primary


def names_of(groups: Iterable[ReplicationGroup]) -> tuple[HostName, ...]:
    """All host names of the caches: endpoints and nodes."""
    return tuple(
        HostName(group.vpc_id, name, addresses)
        for group in groups
        for name, addresses in (*group.names, *((node.name, (node.address,)) for node in group.nodes))
    )
