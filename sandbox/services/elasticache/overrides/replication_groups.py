"""Replication groups of the cache as on AWS: shards share all slots, members are listed as clusters, both can be
changed, and what is deleted is gone."""

from __future__ import annotations

import random
import re
import string
from functools import wraps
from typing import Any, cast

from moto.core.responses import ActionResult, PaginatedResult
from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import (
    CacheClusterNotFound,
    CacheSubnetGroupNotFound,
    ElastiCacheException,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    ReplicationGroupNotFound,
    SnapshotAlreadyExists,
)
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.core.settings import Settings
from sandbox.services.elasticache.layout import endpoints, member_names, node_host, region_short, slot_ranges
from sandbox.services.elasticache.overrides.parameter_groups import groups_of, value_of
from sandbox.services.elasticache.parameters import VERSIONS, version_of

MAX_REPLICAS = 5
MAX_NODES = 500

_GROUP_ID = re.compile(r"[a-z](?:[a-z0-9]|-(?!-|$)){0,39}", re.IGNORECASE)


class NodeGroupNotFound(ElastiCacheException):
    code = "NodeGroupNotFoundFault"


def apply(settings: Settings) -> None:
    _creation()
    for action in (
        decrease_replica_count,
        delete_replication_group,
        describe_cache_clusters,
        describe_cache_engine_versions,
        describe_events,
        increase_replica_count,
        modify_replication_group,
        modify_replication_group_shard_configuration,
    ):
        setattr(ElastiCacheResponse, action.__name__, action)


# Creation -------------------------------------------------------------------------------------------------


def _creation() -> None:
    create = ElastiCacheBackend.create_replication_group

    @wraps(create)
    def create_replication_group(self, **given: Any) -> Any:
        given["replication_group_id"] = given["replication_group_id"].lower()
        shards, replicas = _checked_counts(given)
        given["engine"] = given["engine"] or "redis"
        version, family = _checked_version(given["engine"], given["engine_version"])
        clustered = _checked_mode(self, given, family, shards)
        failover, multi_az = given["automatic_failover_enabled"], given["multi_az_enabled"]
        _check_failover(clustered, failover, multi_az, replicas)
        _check_network(self, given)
        given.update(cluster_mode="enabled" if clustered else "disabled", engine_version=version)
        group = create(self, **given)
        group.host_hash = "".join(random.choices(string.ascii_lowercase + string.digits, k=6))
        group.shards = {f"{number:04}": replicas for number in range(1, shards + 1)}
        group.auto_minor_version_upgrade = given["auto_minor_version_upgrade"] is not False
        group.preferred_maintenance_window = given["preferred_maintenance_window"] or "sun:17:00-sun:18:00"
        group.snapshot_window = given["snapshot_window"] or "05:00-06:00"
        if group.transit_encryption_enabled and not group.transit_encryption_mode:
            group.transit_encryption_mode = "required"
        group.log_delivery_configurations = _log_deliveries([], given["log_delivery_configurations"])
        _lay_out(self, group)
        return group

    ElastiCacheBackend.create_replication_group = create_replication_group


def _checked_counts(given: dict[str, Any]) -> tuple[int, int]:
    """(shards, replicas of each) that were asked for."""
    if not _GROUP_ID.fullmatch(given["replication_group_id"]):
        raise InvalidParameterValueException(
            "The parameter ReplicationGroupId must be provided: it must begin with a letter, must contain only ASCII "
            "letters, digits, and hyphens, and must not end with a hyphen or contain two consecutive hyphens."
        )
    shards = 1 if given["num_node_groups"] is None else given["num_node_groups"]
    replicas = given["replicas_per_node_group"]
    if replicas is None:
        replicas = (given["num_cache_clusters"] or 1) - 1
    if shards < 1:
        raise InvalidParameterValueException("The parameter NumNodeGroups must be greater than 0.")
    if not 0 <= replicas <= MAX_REPLICAS:
        raise InvalidParameterValueException(f"The replica count must be between 0 and {MAX_REPLICAS}.")
    if shards * (replicas + 1) > MAX_NODES:
        raise InvalidParameterValueException(f"A replication group cannot have more than {MAX_NODES} nodes.")
    return shards, replicas


def _checked_version(engine: str, wanted: str | None) -> tuple[str, str]:
    found = version_of(engine, wanted)
    if found is None:
        raise InvalidParameterCombinationException(f"Cannot find version {wanted} for {engine}")
    return found


def _check_family(backend: Any, name: str, family: str) -> None:
    group = groups_of(backend).get(name)
    if group is None:
        raise InvalidParameterValueException(f"CacheParameterGroup not found: {name}")
    if (found := group["CacheParameterGroupFamily"]) != family:
        message = f"Expected a parameter group of family {family} but found one of family {found}"
        raise InvalidParameterCombinationException(message)


def _checked_mode(backend: Any, given: dict[str, Any], family: str, shards: int) -> bool:
    """Whether the group is to be a cluster; fills in the parameter group."""
    asked = given["cluster_mode"] in ("enabled", "compatible") or shards > 1
    name = given["cache_parameter_group_name"] or f"default.{family}{'.cluster.on' if asked else ''}"
    _check_family(backend, name, family)
    given["cache_parameter_group_name"] = name
    clustered = value_of(backend, name, "cluster-enabled") == "yes"
    if asked and not clustered:
        raise InvalidParameterCombinationException(
            f"Use of cluster mode or multiple node groups requires cluster-enabled in parameter group {name}."
        )
    return clustered


def _check_failover(clustered: bool, failover: bool | None, multi_az: bool | None, replicas: int) -> None:
    if clustered and not failover:
        raise InvalidParameterCombinationException(
            "Redis with cluster mode enabled cannot be created with auto failover turned off."
        )
    if not clustered and failover and replicas == 0:
        raise InvalidParameterCombinationException("Automatic failover requires at least one replica.")
    if multi_az and (not failover or replicas == 0):
        raise InvalidParameterCombinationException("Multi-AZ requires automatic failover and at least one replica.")


def _check_network(backend: Any, given: dict[str, Any]) -> None:
    name = given["cache_subnet_group_name"]
    if name and name not in backend.cache_subnet_groups:
        raise CacheSubnetGroupNotFound(name)
    _check_security_groups(backend, given["security_group_ids"])


def _check_security_groups(backend: Any, ids: list[str] | None) -> None:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    unknown = [group_id for group_id in ids or [] if ec2.get_security_group_from_id(group_id) is None]
    if unknown:
        raise InvalidParameterValueException(f"Some security group Ids are not found: {', '.join(unknown)}")


def _log_deliveries(current: list[dict[str, Any]], given: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    by_type = {entry["LogType"]: entry for entry in current}
    for entry in given or []:
        if entry.get("Enabled") is False:
            by_type.pop(entry["LogType"], None)
        else:
            kept = {key: value for key, value in entry.items() if key != "Enabled"}
            by_type[entry["LogType"]] = {**kept, "Status": "active"}
    return [by_type[kind] for kind in sorted(by_type)]


# Layout ---------------------------------------------------------------------------------------------------


def _zones(backend: Any, group: Any) -> list[str]:
    subnets = backend.cache_subnet_groups.get(group.cache_subnet_group_name)
    zones = [subnet.get("subnet_availability_zone") for subnet in subnets.subnets] if subnets else []
    return sorted({zone for zone in zones if isinstance(zone, str)}) or [f"{backend.region_name}a"]


def _domain(backend: Any) -> str:
    return f"{region_short(backend.region_name)}.cache.amazonaws.com"


def _endpoint(host: str, group: Any) -> dict[str, Any]:
    return {"Address": host, "Port": group.port}


def _lay_out(backend: Any, group: Any) -> None:
    """Make what the API tells of shards and members agree with ``group.shards``."""
    zones, domain = _zones(backend, group), _domain(backend)
    hosts = endpoints(group, domain)
    shares = slot_ranges(len(group.shards))
    group.node_groups, group.member_clusters = [], []
    for position, (shard, replicas) in enumerate(sorted(group.shards.items())):
        names = member_names(group.replication_group_id, group.cluster_enabled, shard, replicas)
        members = []
        for number, name in enumerate(names):
            zone = zones[(position + number) % len(zones)]
            member: dict[str, Any] = {"CacheClusterId": name, "CacheNodeId": "0001", "PreferredAvailabilityZone": zone}
            if not group.cluster_enabled:
                member["CurrentRole"] = "replica" if number else "primary"
                member["ReadEndpoint"] = _endpoint(node_host(group, name, shard, domain), group)
            members.append(member)
        entry = {"NodeGroupId": shard, "Status": "available", "NodeGroupMembers": members}
        if group.cluster_enabled:
            entry["Slots"] = shares[position]
        else:
            entry["PrimaryEndpoint"] = _endpoint(hosts["primary"], group)
            entry["ReaderEndpoint"] = _endpoint(hosts["reader"], group)
        group.node_groups.append(entry)
        group.member_clusters += names
    if group.cluster_enabled:
        group.configuration_endpoint = _endpoint(hosts["configuration"], group)
    group.snapshotting_cluster_id = group.member_clusters[-1] if group.snapshot_retention_limit else None


def _member(backend: Any, group: Any, shard: str, node: dict[str, Any]) -> dict[str, Any]:
    """One member of a replication group, as ``DescribeCacheClusters`` tells it."""
    name = node["CacheClusterId"]
    host = _endpoint(node_host(group, name, shard, _domain(backend)), group)
    created = group.replication_group_create_time
    topic = group.notification_topic_arn
    return {
        "CacheClusterId": name,
        "ReplicationGroupId": group.replication_group_id,
        "CacheNodeType": group.cache_node_type,
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "CacheClusterStatus": group.status,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": node["PreferredAvailabilityZone"],
        "PreferredMaintenanceWindow": group.preferred_maintenance_window,
        "CacheClusterCreateTime": created,
        "CacheSubnetGroupName": group.cache_subnet_group_name or "default",
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name,
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
        "NotificationConfiguration": {"TopicArn": topic, "TopicStatus": "active"} if topic else None,
        "CacheNodes": [
            {
                "CacheNodeId": "0001",
                "CacheNodeStatus": "available",
                "CacheNodeCreateTime": created,
                "Endpoint": host,
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": node["PreferredAvailabilityZone"],
            }
        ],
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:cluster:{name}",
    }


def describe_cache_clusters(self) -> ActionResult:
    backend, wanted = self.elasticache_backend, self._get_param("CacheClusterId")
    members = [
        _member(backend, group, shard["NodeGroupId"], node)
        for group in backend.replication_groups.values()
        for shard in group.node_groups
        for node in shard["NodeGroupMembers"]
    ]
    alone = backend.cache_clusters
    if wanted:
        found = [member for member in members if member["CacheClusterId"] == wanted]
        found += [alone[wanted]] if wanted in alone else []
        if not found:
            raise CacheClusterNotFound(wanted)
        return ActionResult({"CacheClusters": found})
    return PaginatedResult({"CacheClusters": [*members, *alone.values()]})


def describe_cache_engine_versions(self) -> ActionResult:
    engine, version, family = (
        self._get_param(name) for name in ("Engine", "EngineVersion", "CacheParameterGroupFamily")
    )
    found = [
        {
            "Engine": kind,
            "EngineVersion": asked,
            "CacheParameterGroupFamily": group,
            "CacheEngineDescription": kind.capitalize(),
            "CacheEngineVersionDescription": f"{kind} version {reported}",
        }
        for kind, entries in VERSIONS.items()
        for asked, reported, group in entries
        if engine in (None, kind) and version in (None, asked) and family in (None, group)
    ]
    return PaginatedResult({"CacheEngineVersions": found})


def describe_events(self) -> ActionResult:
    # Nothing goes wrong here that AWS would have to tell about.
    return PaginatedResult({"Events": []})


# Changes --------------------------------------------------------------------------------------------------


def _group(self) -> Any:
    name = self._get_param("ReplicationGroupId")
    group = self.elasticache_backend.replication_groups.get(name)
    if group is None:
        raise ReplicationGroupNotFound(name)
    return group


def modify_replication_group(self) -> ActionResult:
    backend, group, given = self.elasticache_backend, _group(self), self._get_params()
    engine = given.get("Engine") or group.engine
    version, family = group.engine_version, None
    if given.get("EngineVersion") or engine != group.engine:
        version, family = _checked_version(engine, given.get("EngineVersion"))
        if engine == group.engine and _number(version) < _number(group.engine_version):
            raise InvalidParameterCombinationException("Cannot downgrade the engine version of a replication group.")
    else:
        # The group has a version that was found there when it was made.
        _version, family = cast(tuple[str, str], version_of(engine, version))
    name = given.get("CacheParameterGroupName") or _following(group, family)
    _check_family(backend, name, family)
    if (value_of(backend, name, "cluster-enabled") == "yes") != group.cluster_enabled:
        raise InvalidParameterCombinationException(
            "The parameter group's cluster-enabled is not that of the replication group."
        )
    failover = given.get("AutomaticFailoverEnabled", group.automatic_failover == "enabled")
    multi_az = given.get("MultiAZEnabled", group.multi_az == "enabled")
    _check_failover(group.cluster_enabled, failover, multi_az, min(group.shards.values()))
    _check_security_groups(backend, given.get("SecurityGroupIds"))
    group.engine, group.engine_version, group.cache_parameter_group_name = engine, version, name
    group.automatic_failover = "enabled" if failover else "disabled"
    group.multi_az = "enabled" if multi_az else "disabled"
    for key, attribute in (
        ("ReplicationGroupDescription", "description"),
        ("CacheNodeType", "cache_node_type"),
        ("SnapshotRetentionLimit", "snapshot_retention_limit"),
        ("SnapshotWindow", "snapshot_window"),
        ("PreferredMaintenanceWindow", "preferred_maintenance_window"),
        ("SecurityGroupIds", "security_group_ids"),
        ("AutoMinorVersionUpgrade", "auto_minor_version_upgrade"),
        ("NotificationTopicArn", "notification_topic_arn"),
        ("TransitEncryptionEnabled", "transit_encryption_enabled"),
        ("TransitEncryptionMode", "transit_encryption_mode"),
    ):
        if key in given:
            setattr(group, attribute, given[key])
    if not group.transit_encryption_enabled:
        group.transit_encryption_mode = None
    kept = [one for one in group.user_group_ids if one not in given.get("UserGroupIdsToRemove", [])]
    group.user_group_ids = [] if given.get("RemoveUserGroups") else [*kept, *given.get("UserGroupIdsToAdd", [])]
    group.log_delivery_configurations = _log_deliveries(
        group.log_delivery_configurations, given.get("LogDeliveryConfigurations")
    )
    _lay_out(backend, group)
    return ActionResult({"ReplicationGroup": group})


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _following(group: Any, family: str) -> str:
    """The parameter group after an upgrade: AWS's own follows, the account's stays and has to fit."""
    if not group.cache_parameter_group_name.startswith("default."):
        return group.cache_parameter_group_name
    return f"default.{family}{'.cluster.on' if group.cluster_enabled else ''}"


def modify_replication_group_shard_configuration(self) -> ActionResult:
    group, count = _group(self), self._get_int_param("NodeGroupCount")
    if not group.cluster_enabled:
        raise InvalidParameterCombinationException("Resharding needs a replication group with cluster mode enabled.")
    if not self._get_bool_param("ApplyImmediately"):
        raise InvalidParameterValueException("ApplyImmediately must be true for online resharding.")
    if count is None or count < 1:
        raise InvalidParameterValueException("The parameter NodeGroupCount must be greater than 0.")
    removed, retained = self._get_param("NodeGroupsToRemove", []), self._get_param("NodeGroupsToRetain", [])
    unknown = [shard for shard in [*removed, *retained] if shard not in group.shards]
    if unknown:
        raise NodeGroupNotFound(f"The node group {unknown[0]} was not found.")
    if count < len(group.shards):
        leaving = removed or [shard for shard in group.shards if shard not in retained]
        if len(group.shards) - len(leaving) != count or (removed and retained):
            raise InvalidParameterCombinationException(
                "The node groups to remove or to retain do not agree with NodeGroupCount."
            )
        for shard in leaving:
            del group.shards[shard]
    else:
        last, replicas = max(map(int, group.shards)), max(group.shards.values())
        for number in range(last + 1, last + 1 + count - len(group.shards)):
            group.shards[f"{number:04}"] = replicas
    _lay_out(self.elasticache_backend, group)
    return ActionResult({"ReplicationGroup": group})


def increase_replica_count(self) -> ActionResult:
    return _change_replicas(self, grows=True)


def decrease_replica_count(self) -> ActionResult:
    return _change_replicas(self, grows=False)


def _change_replicas(self, grows: bool) -> ActionResult:
    group, count = _group(self), self._get_int_param("NewReplicaCount")
    wanted = {shard: count for shard in group.shards} if count is not None else {}
    for entry in self._get_param("ReplicaConfiguration", []):
        if entry["NodeGroupId"] not in group.shards:
            raise NodeGroupNotFound(f"The node group {entry['NodeGroupId']} was not found.")
        wanted[entry["NodeGroupId"]] = entry["NewReplicaCount"]
    lowest = 1 if group.multi_az == "enabled" or _fails_over(group) else 0
    for shard, replicas in wanted.items():
        if not 0 <= replicas <= MAX_REPLICAS:
            raise InvalidParameterValueException(f"The replica count must be between 0 and {MAX_REPLICAS}.")
        if (replicas > group.shards[shard]) != grows or replicas == group.shards[shard]:
            raise InvalidParameterValueException(f"Node group {shard} has {group.shards[shard]} replicas already.")
        if replicas < lowest:
            raise InvalidParameterCombinationException("Multi-AZ or automatic failover needs at least one replica.")
    group.shards.update(wanted)
    _lay_out(self.elasticache_backend, group)
    return ActionResult({"ReplicationGroup": group})


def _fails_over(group: Any) -> bool:
    return group.automatic_failover == "enabled" and not group.cluster_enabled


# Deletion -------------------------------------------------------------------------------------------------


def delete_replication_group(self) -> ActionResult:
    backend, group = self.elasticache_backend, _group(self)
    snapshot = self._get_param("FinalSnapshotIdentifier")
    if snapshot:
        if snapshot in backend.snapshots:
            raise SnapshotAlreadyExists(snapshot)
        backend.create_snapshot(snapshot, group.replication_group_id, None, None, None)
    group.status = "deleting"
    del backend.replication_groups[group.replication_group_id]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return ActionResult({"ReplicationGroup": group})
