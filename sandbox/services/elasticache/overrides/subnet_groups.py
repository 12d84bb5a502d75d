"""Subnet groups of the cache can be changed and deleted, and name only subnets that exist, as on AWS."""

from __future__ import annotations

from functools import wraps
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import CacheSubnetGroupNotFound, ElastiCacheException, InvalidSubnet
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.core.settings import Settings


class SubnetGroupInUse(ElastiCacheException):
    code = "CacheSubnetGroupInUse"


def apply(settings: Settings) -> None:
    create = ElastiCacheBackend.create_cache_subnet_group

    @wraps(create)
    def create_cache_subnet_group(self, *args: Any, **given: Any) -> Any:
        _check_subnets(self, given["subnet_ids"])
        given["cache_subnet_group_name"] = given["cache_subnet_group_name"].lower()
        return create(self, *args, **given)

    ElastiCacheBackend.create_cache_subnet_group = create_cache_subnet_group
    ElastiCacheResponse.modify_cache_subnet_group = modify_cache_subnet_group
    ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group


def _check_subnets(backend: Any, ids: list[str]) -> None:
    known = {subnet.id for subnet in ec2_backends[backend.account_id][backend.region_name].describe_subnets()}
    for subnet_id in ids:
        if subnet_id not in known:
            raise InvalidSubnet(subnet_id=subnet_id)


def _subnet_group(self) -> CacheSubnetGroup:
    name = self._get_param("CacheSubnetGroupName")
    found = self.elasticache_backend.cache_subnet_groups.get(name)
    if found is None:
        raise CacheSubnetGroupNotFound(name)
    return found


def modify_cache_subnet_group(self) -> ActionResult:
    backend, found = self.elasticache_backend, _subnet_group(self)
    subnets = self._get_param("SubnetIds") or found.subnet_ids
    _check_subnets(backend, subnets)
    description = self._get_param("CacheSubnetGroupDescription") or found.cache_subnet_group_description
    changed = CacheSubnetGroup(
        backend.account_id, backend.region_name, found.cache_subnet_group_name, description, subnets, found.tags
    )
    backend.cache_subnet_groups[found.cache_subnet_group_name] = changed
    return ActionResult({"CacheSubnetGroup": changed})


def delete_cache_subnet_group(self) -> ActionResult:
    backend, found = self.elasticache_backend, _subnet_group(self)
    name = found.cache_subnet_group_name
    users = [*backend.replication_groups.values(), *backend.cache_clusters.values()]
    if any(user.cache_subnet_group_name == name for user in users):
        raise SubnetGroupInUse(f"Cache subnet group {name} is currently in use by a cache cluster.")
    del backend.cache_subnet_groups[name]
    backend.tagging_service.delete_all_tags_for_resource(found.arn)
    return EmptyResult()
