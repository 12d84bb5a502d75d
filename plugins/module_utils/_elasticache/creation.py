# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a replication group may look like, and the request that makes one."""

from __future__ import annotations

import re

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import (
    CHANGEABLE,
    FIXED,
    log_requests,
    same_version,
)
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: What AWS allows: replicas of a shard, nodes of a group, days that snapshots are kept.
MAX_REPLICAS, MAX_NODES, MAX_RETENTION = 5, 500, 35

#: Options of a new group that were not given.
DEFAULTS = {
    "engine": "redis",
    "num_node_groups": 1,
    "replicas_per_node_group": 1,
    "transit_encryption": True,
    "at_rest_encryption": True,
}

_HOURS = r"([01]\d|2[0-3]):[0-5]\d"
_DAYS = r"(mon|tue|wed|thu|fri|sat|sun)"
WINDOWS = {
    "snapshot_window": (rf"{_HOURS}-{_HOURS}", "05:00-06:00"),
    "maintenance_window": (rf"{_DAYS}:{_HOURS}-{_DAYS}:{_HOURS}", "sun:17:00-sun:18:00"),
}


def implied(wanted):
    """Return the options of a new group, defaults included, with what follows from them."""
    wanted = dict(wanted)
    if wanted.get("description") is None:
        wanted["description"] = wanted["replication_group_id"]
    if wanted.get("cluster_mode") is None:
        wanted["cluster_mode"] = wanted["num_node_groups"] > 1
    if wanted.get("automatic_failover") is None:
        wanted["automatic_failover"] = wanted["cluster_mode"] or bool(wanted.get("multi_az"))
    return wanted


def validate(params):
    """Raise ResourceError, naming every mistake in the options, whatever the group is like now."""
    problems = []
    shards, replicas = params.get("num_node_groups"), params.get("replicas_per_node_group")
    name, retention = params["replication_group_id"], params.get("snapshot_retention_limit")
    if not re.fullmatch(r"[a-z](?:[a-z0-9]|-(?!-|$)){0,39}", name):
        problems.append(
            f"replication_group_id '{name}' has to begin with a letter, have at most 40 letters, digits and single hyphens, and not end in a hyphen"
        )
    if shards is not None and shards < 1:
        problems.append(f"num_node_groups is {shards}; a cache has at least 1 shard (state: absent removes it)")
    if replicas is not None and not 0 <= replicas <= MAX_REPLICAS:
        problems.append(f"replicas_per_node_group is {replicas}; AWS has 0 to {MAX_REPLICAS}")
    if (shards or 1) * ((replicas or 0) + 1) > MAX_NODES:
        problems.append(f"{shards} shards with {replicas} replicas each are more than the {MAX_NODES} nodes that AWS allows")
    if params.get("cluster_mode") is False and (shards or 1) > 1:
        problems.append(f"num_node_groups is {shards}, but without cluster_mode there is 1 shard")
    if params.get("cluster_mode") and params.get("automatic_failover") is False:
        problems.append("automatic_failover is false, but cluster_mode needs it")
    if replicas == 0 and (params.get("multi_az") or (params.get("automatic_failover") and not params.get("cluster_mode"))):
        problems.append("replicas_per_node_group is 0, but multi_az and automatic_failover need at least 1 replica")
    if params.get("multi_az") and params.get("automatic_failover") is False:
        problems.append("multi_az needs automatic_failover")
    if params.get("transit_encryption") is False and (params.get("transit_encryption_mode") or params.get("user_group_ids")):
        problems.append("transit_encryption is false, but transit_encryption_mode and user_group_ids need it")
    if retention is not None and not 0 <= retention <= MAX_RETENTION:
        problems.append(f"snapshot_retention_limit is {retention}; AWS keeps snapshots 0 to {MAX_RETENTION} days")
    for option, (pattern, example) in WINDOWS.items():
        value = params.get(option)
        if value is not None and not re.fullmatch(pattern, value.lower()):
            problems.append(f"{option} is '{value}'; write it in UTC like {example}")
    if problems:
        raise ResourceError(f"Replication group '{name}': " + "; ".join(problems) + ".")


def family_of(client, engine, version):
    """Return the parameter group family of an engine version; of the newest one when ``version`` is None.

    Raises ResourceError, listing the versions there are, when AWS does not offer this one.
    """
    offered = read_all(client, "describe_cache_engine_versions", "CacheEngineVersions", Engine=engine)
    offered.sort(key=lambda entry: [int(part) for part in re.findall(r"\d+", entry["EngineVersion"])])
    matches = [entry for entry in offered if version is None or same_version(version, entry["EngineVersion"]) or same_version(entry["EngineVersion"], version)]
    if not matches:
        known = ", ".join(entry["EngineVersion"] for entry in offered)
        raise ResourceError(f"ElastiCache does not offer {engine} {version} here. It has {known or 'no version'}; set engine_version to one of them.")
    return matches[-1]["CacheParameterGroupFamily"]


def creation(wanted, family):
    """Return the arguments of CreateReplicationGroup.

    :arg wanted: options with defaults, see :func:`implied`.
    :arg family: parameter group family, for the default parameter group of cluster mode, which AWS does not choose by
        itself when there is one shard.
    """
    keys = {**CHANGEABLE, **FIXED}
    request = {key: wanted[option] for option, key in keys.items() if wanted.get(option) is not None}
    request["ReplicationGroupId"] = wanted["replication_group_id"]
    if wanted["cluster_mode"]:
        request["NumNodeGroups"] = wanted["num_node_groups"]
        request["ReplicasPerNodeGroup"] = wanted["replicas_per_node_group"]
        request.setdefault("CacheParameterGroupName", f"default.{family}.cluster.on")
    else:
        request["NumCacheClusters"] = wanted["replicas_per_node_group"] + 1
    if wanted.get("user_group_ids"):
        request["UserGroupIds"] = wanted["user_group_ids"]
    if wanted.get("log_delivery"):
        request["LogDeliveryConfigurations"] = log_requests(wanted["log_delivery"])
    if wanted.get("tags"):
        request["Tags"] = ansible_dict_to_boto3_tag_list(wanted["tags"])
    return request
