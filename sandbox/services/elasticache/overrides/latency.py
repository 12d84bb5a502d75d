"""Replication groups are creating for their time."""

from __future__ import annotations

from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.api.latency import latency
from sandbox.core.settings import Settings

#: What AWS refuses while a group is being made.
_WAITING = (
    "modify_replication_group",
    "modify_replication_group_shard_configuration",
    "increase_replica_count",
    "decrease_replica_count",
)


class NotAvailable(ElastiCacheException):
    code = "InvalidReplicationGroupState"


def apply(settings: Settings) -> None:
    create = ElastiCacheBackend.create_replication_group

    def status(self):
        kept = self.__dict__["status"]
        return "creating" if kept == "available" and latency.pending(self) else kept

    def keep(self, value):
        self.__dict__["status"] = value

    def create_replication_group(self, *args, **kwargs):
        group = create(self, *args, **kwargs)
        latency.began(group, "cache")
        return group

    ReplicationGroup.status = property(status, keep)
    ElastiCacheBackend.create_replication_group = create_replication_group
    for name in _WAITING:
        setattr(ElastiCacheResponse, name, _once_made(getattr(ElastiCacheResponse, name)))


def _once_made(action):
    def act(self):
        group = self.elasticache_backend.replication_groups.get(self._get_param("ReplicationGroupId"))
        if group is not None and latency.pending(group):
            raise NotAvailable(f"Replication group {group.replication_group_id} is not in available state.")
        return action(self)

    act.__name__ = action.__name__
    return act
