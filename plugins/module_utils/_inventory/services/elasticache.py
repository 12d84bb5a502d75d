# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Caches of a stack in ElastiCache, the groups they stand on and the snapshots they left."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import described, port_of, primary_shard
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, moment
from ansible_collections.railyard.aws.plugins.module_utils._inventory.groups import parameter_group, subnet_group, with_parameters
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import with_stacks_tag
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def _member(client: Any, group: Raw) -> Raw:
    """One of a group's nodes, which know what the group does not say; empty while there is none.

    The list is asked, not the one node: of one that just went the list says nothing, instead of an error.
    """
    members = group.get("MemberClusters") or []
    if not members:
        return {}
    found = read_all(client, "describe_cache_clusters", "CacheClusters")
    return next((one for one in found if one["CacheClusterId"] in members), {})


def _is_named(item: Raw, stack: str) -> bool:
    """Whether a group, or what was taken of one, has the name that the role gives: AWS keeps names in small letters."""
    return item.get("ReplicationGroupId") == stack.lower()


def _read_replication_groups(client: Any, scope: Scope) -> list[Raw]:
    found = read_all(client, "describe_replication_groups", "ReplicationGroups")
    # While a group is being made or removed AWS does not tell its tags.
    ours = with_stacks_tag(client, found, "ARN", scope.stack, if_unavailable=lambda group: _is_named(group, scope.stack))
    return still_there(lambda group: {**group, "Member": _member(client, group)}, ours)


def _read_subnet_groups(client: Any, scope: Scope) -> list[Raw]:
    found = read_all(client, "describe_cache_subnet_groups", "CacheSubnetGroups")
    return with_stacks_tag(client, [group for group in found if group["CacheSubnetGroupName"] != "default"], "ARN", scope.stack)


def _read_parameter_groups(client: Any, scope: Scope) -> list[Raw]:
    found = read_all(client, "describe_cache_parameter_groups", "CacheParameterGroups")
    groups = [group for group in found if not group["CacheParameterGroupName"].startswith("default.")]
    return with_parameters("Cache", client, with_stacks_tag(client, groups, "ARN", scope.stack))


def _read_snapshots(client: Any, scope: Scope) -> list[Raw]:
    found = read_all(client, "describe_snapshots", "Snapshots", SnapshotSource="user")
    # A final snapshot does not always get the tags of the group that it was taken of.
    named = [item for item in found if _is_named(item, scope.stack)]
    others = [item for item in found if item not in named]
    return [*({**item, "Tags": []} for item in named), *with_stacks_tag(client, others, "ARN", scope.stack)]


def _replication_group(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Tags`` and ``Member``, one of its nodes."""
    shard = primary_shard(raw)
    endpoint = raw.get("ConfigurationEndpoint") or shard.get("PrimaryEndpoint") or {}
    return arn_entry(
        raw,
        "ARN",
        "ReplicationGroupId",
        **{
            **described(raw, raw["Member"]),
            "state": raw["Status"],
            "address": endpoint.get("Address"),
            "port": port_of(raw),
            "reader_address": (shard.get("ReaderEndpoint") or {}).get("Address"),
            "member_clusters": raw.get("MemberClusters") or [],
            "created": moment(raw.get("ReplicationGroupCreateTime")),
        },
    )


def _snapshot(raw: Raw) -> Entry:
    return arn_entry(
        raw,
        "ARN",
        "SnapshotName",
        state=raw["SnapshotStatus"],
        replication_group=raw.get("ReplicationGroupId"),
        engine=raw.get("Engine"),
        engine_version=raw.get("EngineVersion"),
    )


def _planned_id(kind: str) -> str:
    return f"arn:aws:elasticache:{{region}}:{{account}}:{kind}:{{name}}"


KINDS: dict[str, Kind] = {
    "cache_subnet_groups": Kind(
        label="Cache subnet group",
        role="elasticache",
        made_by={"railyard.aws.elasticache_subnet_group": ModuleSpec()},
        client="elasticache",
        read=_read_subnet_groups,
        entry=subnet_group("Cache", "ARN"),
        fields={"arn": None, "description": None, "vpc_id": None, "subnet_ids": []},
        planned_id=_planned_id("subnetgroup"),
        listed=False,
    ),
    "cache_parameter_groups": Kind(
        label="Cache parameter group",
        role="elasticache",
        made_by={"railyard.aws.elasticache_parameter_group": ModuleSpec()},
        client="elasticache",
        read=_read_parameter_groups,
        entry=parameter_group("Cache", "ARN"),
        fields={"arn": None, "description": None, "family": None, "parameters": {}},
        planned_id=_planned_id("parametergroup"),
        listed=False,
        about="The `parameters` that were set.",
    ),
    "replication_groups": Kind(
        label="Cache",
        formerly="cache_groups",
        role="elasticache",
        made_by={"railyard.aws.elasticache_replication_group": ModuleSpec(("replication_group_id",))},
        client="elasticache",
        read=_read_replication_groups,
        entry=_replication_group,
        fields={
            "arn": None,
            "state": None,
            "address": None,
            "port": None,
            "reader_address": None,
            "engine": None,
            "engine_version": None,
            "node_type": None,
            "cluster_mode": None,
            "num_node_groups": None,
            "replicas_per_node_group": None,
            "member_clusters": [],
            "parameter_group": None,
            "subnet_group": None,
            "security_group_ids": [],
            "transit_encryption": None,
            "transit_encryption_mode": None,
            "at_rest_encryption": None,
            "created": None,
        },
        planned_id=_planned_id("replicationgroup"),
        deleting=frozenset({"deleting"}),
        pending=frozenset({"creating", "modifying", "snapshotting"}),
        failed=frozenset({"create-failed"}),
        usual_seconds=415,
        named_by="id of the replication group",
    ),
    "cache_snapshots": Kind(
        label="Cache snapshot",
        role="elasticache",
        client="elasticache",
        read=_read_snapshots,
        entry=_snapshot,
        fields=dict.fromkeys(("arn", "state", "replication_group", "engine", "engine_version")),
        planned_id=_planned_id("snapshot"),
        pending=frozenset({"creating"}),
    ),
}
