# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Caches of a stack in ElastiCache, the groups they stand on and the snapshots they left."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import described, port_of, primary_shard
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.tagged import pages, tagged
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there


def _member(client: Any, group: Raw) -> Raw:
    """One of a group's nodes, which know what the group does not say; empty while there is none.

    The list is asked, not the one node: of one that just went the list says nothing, instead of an error.
    """
    members = group.get("MemberClusters") or []
    if not members:
        return {}
    found = pages(client, "describe_cache_clusters", "CacheClusters")
    return next((one for one in found if one["CacheClusterId"] in members), {})


def _is_named(item: Raw, stack: str) -> bool:
    """Whether a group, or what was taken of one, has the name that the role gives: AWS keeps names in small letters."""
    return item.get("ReplicationGroupId") == stack.lower()


def _cache_groups(client: Any, stack: str) -> list[Raw]:
    found = pages(client, "describe_replication_groups", "ReplicationGroups")
    # While a group is being made or removed AWS does not tell its tags.
    ours = tagged(client, found, "ARN", stack, untold=lambda group: _is_named(group, stack))
    return still_there(lambda group: {**group, "Member": _member(client, group)}, ours)


def _subnet_groups(client: Any, stack: str) -> list[Raw]:
    found = pages(client, "describe_cache_subnet_groups", "CacheSubnetGroups")
    return tagged(client, [group for group in found if group["CacheSubnetGroupName"] != "default"], "ARN", stack)


def _parameter_groups(client: Any, stack: str) -> list[Raw]:
    found = pages(client, "describe_cache_parameter_groups", "CacheParameterGroups")
    ours = tagged(client, [group for group in found if not group["CacheParameterGroupName"].startswith("default.")], "ARN", stack)

    def with_parameters(group: Raw) -> Raw:
        name = group["CacheParameterGroupName"]
        return {**group, "Parameters": pages(client, "describe_cache_parameters", "Parameters", CacheParameterGroupName=name, Source="user")}

    return still_there(with_parameters, ours)


def _snapshots(client: Any, stack: str) -> list[Raw]:
    found = pages(client, "describe_snapshots", "Snapshots", SnapshotSource="user")
    # A final snapshot does not always get the tags of the group that it was taken of.
    named = [item for item in found if _is_named(item, stack)]
    others = [item for item in found if item not in named]
    return [*({**item, "Tags": []} for item in named), *tagged(client, others, "ARN", stack)]


_READ = {
    "cache_groups": _cache_groups,
    "cache_subnet_groups": _subnet_groups,
    "cache_parameter_groups": _parameter_groups,
    "cache_snapshots": _snapshots,
}


def read_caches(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Resources of one kind with the tag ``Stack=<stack>``."""
    return _READ[kind](client, stack)


def _entry(raw: Raw, name: str, **attributes: Any) -> Entry:
    return {
        "id": raw["ARN"],
        "name": raw[name],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        "arn": raw["ARN"],
        **attributes,
    }


def cache_group(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Tags`` and ``Member``, one of its nodes."""
    shard = primary_shard(raw)
    endpoint = raw.get("ConfigurationEndpoint") or shard.get("PrimaryEndpoint") or {}
    return _entry(
        raw,
        "ReplicationGroupId",
        **{
            **described(raw, raw["Member"]),
            "state": raw["Status"],
            "address": endpoint.get("Address"),
            "port": port_of(raw),
            "reader_address": (shard.get("ReaderEndpoint") or {}).get("Address"),
            "member_clusters": raw.get("MemberClusters") or [],
        },
    )


def subnet_group(raw: Raw) -> Entry:
    return _entry(
        raw,
        "CacheSubnetGroupName",
        description=raw.get("CacheSubnetGroupDescription"),
        vpc_id=raw.get("VpcId"),
        subnet_ids=sorted(subnet["SubnetIdentifier"] for subnet in raw.get("Subnets") or []),
    )


def parameter_group(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Tags`` and ``Parameters``: those that somebody set."""
    return _entry(
        raw,
        "CacheParameterGroupName",
        description=raw.get("Description"),
        family=raw["CacheParameterGroupFamily"],
        parameters={one["ParameterName"]: one.get("ParameterValue") for one in raw["Parameters"]},
    )


def snapshot(raw: Raw) -> Entry:
    return _entry(
        raw,
        "SnapshotName",
        state=raw["SnapshotStatus"],
        cache_group=raw.get("ReplicationGroupId"),
        engine=raw.get("Engine"),
        engine_version=raw.get("EngineVersion"),
    )


def _planned_id(kind: str) -> str:
    return f"arn:aws:elasticache:{{region}}:{{account}}:{kind}:{{name}}"


SERVICE = Service(
    client="elasticache",
    kinds={
        "cache_subnet_groups": Kind(
            "elasticache",
            "Cache subnet group",
            "subnetgroup",
            {"arn": None, "description": None, "vpc_id": None, "subnet_ids": []},
            listed=False,
            planned_id=_planned_id("subnetgroup"),
        ),
        "cache_parameter_groups": Kind(
            "elasticache",
            "Cache parameter group",
            "parametergroup",
            {"arn": None, "description": None, "family": None, "parameters": {}},
            listed=False,
            planned_id=_planned_id("parametergroup"),
        ),
        "cache_groups": Kind(
            "elasticache",
            "Cache",
            "replicationgroup",
            {
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
            },
            planned_id=_planned_id("replicationgroup"),
            leaving=frozenset({"deleting"}),
            coming=frozenset({"creating", "modifying", "snapshotting"}),
            failed=frozenset({"create-failed"}),
            usual_seconds=415,
        ),
        "cache_snapshots": Kind(
            "elasticache",
            "Cache snapshot",
            "snapshot",
            {"arn": None, "state": None, "cache_group": None, "engine": None, "engine_version": None},
            planned_id=_planned_id("snapshot"),
            coming=frozenset({"creating"}),
        ),
    },
    read=read_caches,
    entry_of={
        "cache_subnet_groups": subnet_group,
        "cache_parameter_groups": parameter_group,
        "cache_groups": cache_group,
        "cache_snapshots": snapshot,
    },
)
