# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the nodes of a replication group, as ElastiCache gives them. Pure."""

from __future__ import annotations


def cache_nodes(group: str, shards: int, replicas: int, cluster_mode: bool) -> list[str]:
    """Node names: ``group-0001-001`` ... by shard and node in cluster mode, ``group-001`` ... without."""
    if not group:
        return []
    nodes = range(1, replicas + 2)
    if not cluster_mode:
        return [f"{group}-{node:03d}" for node in nodes]
    return [f"{group}-{shard:04d}-{node:03d}" for shard in range(1, shards + 1) for node in nodes]
