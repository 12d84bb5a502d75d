"""How the shards and nodes of a replication group are named and share the slots. Pure."""

from __future__ import annotations

from typing import Any

#: Hash slots of a Redis or Valkey cluster.
SLOTS = 16384

_WORDS = {"central": "c", "north": "n", "south": "s", "east": "e", "west": "w"}


def region_short(region: str) -> str:
    """The region in cache host names: ``ap-northeast-1`` is ``apne1``."""
    area, direction, number = region.split("-")[0], region.split("-")[-2], region.split("-")[-1]
    for word, letter in _WORDS.items():
        direction = direction.replace(word, letter)
    return f"{area}{direction}{number}"


def slot_ranges(shards: int) -> list[str]:
    """Equal shares of all slots, as ``first-last``, for each of ``shards`` (1 or more)."""
    bounds = [round(SLOTS * number / shards) for number in range(shards + 1)]
    return [f"{first}-{after - 1}" for first, after in zip(bounds, bounds[1:], strict=False)]


def member_names(group_id: str, cluster_enabled: bool, shard: str, replicas: int) -> list[str]:
    """Cluster ids of one shard's nodes, the primary first."""
    prefix = f"{group_id}-{shard}" if cluster_enabled else group_id
    return [f"{prefix}-{number:03}" for number in range(1, replicas + 2)]


def endpoints(group: Any, domain: str) -> dict[str, str]:
    """Host names of a replication group: ``configuration`` in cluster mode, else ``primary`` and ``reader``.

    :param group: has ``replication_group_id``, ``cluster_enabled``, ``transit_encryption_enabled`` and ``host_hash``
    :param domain: what all host names of the region end in
    """
    name, mark = group.replication_group_id, group.host_hash
    if group.cluster_enabled:
        if group.transit_encryption_enabled:
            return {"configuration": f"clustercfg.{name}.{mark}.{domain}"}
        return {"configuration": f"{name}.{mark}.clustercfg.{domain}"}
    if group.transit_encryption_enabled:
        return {"primary": f"master.{name}.{mark}.{domain}", "reader": f"replica.{name}.{mark}.{domain}"}
    return {"primary": f"{name}.{mark}.ng.0001.{domain}", "reader": f"{name}-ro.{mark}.ng.0001.{domain}"}


def node_host(group: Any, cluster_id: str, shard: str, domain: str) -> str:
    """Host name of one node."""
    if group.transit_encryption_enabled:
        return f"{cluster_id}.{group.replication_group_id}.{group.host_hash}.{domain}"
    return f"{cluster_id}.{group.host_hash}.{shard}.{domain}"
