"""What ElastiCache says of the account."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.core.account import Account
from sandbox.services.elasticache.parsers import group_of, names_of
from sandbox.services.elasticache.picture import ReplicationGroup

__all__ = ["names_of", "replication_groups"]


def replication_groups(account: Account, ec2: dict[str, list[dict[str, Any]]]) -> tuple[ReplicationGroup, ...]:
    """:param ec2: answers by kind, with ``interfaces`` and ``subnets``"""
    groups = account.all("elasticache", "describe_replication_groups", "ReplicationGroups")
    if not groups:
        return ()
    clusters = account.all("elasticache", "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)

    def parameters(group: str) -> list[dict[str, Any]]:
        return account.all("elasticache", "describe_cache_parameters", "Parameters", CacheParameterGroupName=group)

    makes = {
        group["ARN"]: partial(group_of, group, clusters, ec2["interfaces"], ec2["subnets"], parameters, account.take)
        for group in groups
    }
    return account.wholes("cache", makes)
