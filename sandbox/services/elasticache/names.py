"""What the parts of a cache are called, so that the emulator, the network and the layer agree."""

from __future__ import annotations

import hashlib


def interface_description(cluster_id: str) -> str:
    """Description of a node's network interface, in AWS's words."""
    return f"ElastiCache {cluster_id}"


def group_key(arn: str, created: object) -> str:
    """Endpoint and directory of a replication group: another one when the group was deleted and made again."""
    return "cache-" + hashlib.sha256(f"{arn} {created}".encode()).hexdigest()[:10]


def node_key(interface_id: str) -> str:
    """Container and directory of a node: it lives as long as its network interface."""
    return "node-" + interface_id.removeprefix("eni-")
