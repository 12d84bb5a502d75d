# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the nodes of a replication group, as ElastiCache gives them. Pure."""

from __future__ import annotations

from typing import Any


def cache_nodes(group: str, shards: int, replicas: int, cluster_mode: bool) -> list[str]:
    """Node names: ``group-0001-001`` ... by shard and node in cluster mode, ``group-001`` ... without."""
    if not group:
        return []
    nodes = range(1, replicas + 2)
    if not cluster_mode:
        return [f"{group}-{node:03d}" for node in nodes]
    return [f"{group}-{shard:04d}-{node:03d}" for shard in range(1, shards + 1) for node in nodes]


def nodes_to_watch(planned: list[str], found: dict[str, Any]) -> list[str]:
    """Names of the nodes of a cache: those that it has, as AWS numbers on where one went.

    :arg planned: the names that one of the wanted size gets when it is made.
    :arg found: its entry of stack_info (``state``, ``member_clusters``); empty where there is none.
    While it is being made or changed the planned ones count too, unless AWS has numbered otherwise.
    """
    has = sorted(found.get("member_clusters") or [])
    if not has or not planned:
        return planned
    if found.get("state") == "available":
        return has
    if set(has) <= set(planned) or set(planned) <= set(has):
        return planned
    return sorted({*has, *planned})
