"""Hand-made replication groups for the tests of the cache."""

from __future__ import annotations

from sandbox.services.elasticache.picture import CacheNode, ReplicationGroup

DOMAIN = "site.abc123.apne1.cache.amazonaws.com"
SECRET = "0123456789abcdef"


def node(number: int, shard: str = "0001", primary: bool = True) -> CacheNode:
    return CacheNode(
        key=f"node-{number}",
        id=f"site-{shard}-{number:03}",
        name=f"site-{shard}-{number:03}.{DOMAIN}",
        shard=shard,
        primary=primary,
        subnet_id="subnet-priv1" if primary else "subnet-priv2",
        address=f"10.0.{64 if primary else 80}.{20 + number}",
    )


def group(**more: object) -> ReplicationGroup:
    values = {
        "key": "cache-1",
        "id": "site",
        "vpc_id": "vpc-1",
        "engine": "redis",
        "cluster_mode": True,
        "port": 6379,
        "tls": True,
        "encrypted_at_rest": True,
        "group_ids": ("sg-cache",),
        "nodes": (node(1), node(2, primary=False)),
        "slots": (("0001", "0-16383"),),
        "parameters": (("maxmemory-policy", "allkeys-lru"), ("timeout", "0"), ("databases", "16")),
        "names": ((f"clustercfg.{DOMAIN}", ("10.0.64.21", "10.0.80.22")),),
        **more,
    }
    return ReplicationGroup(**values)
