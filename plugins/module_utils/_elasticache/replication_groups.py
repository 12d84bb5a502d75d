# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication groups: as AWS describes them, in the words of the module's options, and what differs."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.railyard.aws.plugins.module_utils._resource import compare
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name

#: Option -> key of ModifyReplicationGroup, of what can be changed there.
CHANGEABLE = {
    "description": "ReplicationGroupDescription",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "node_type": "CacheNodeType",
    "parameter_group": "CacheParameterGroupName",
    "security_group_ids": "SecurityGroupIds",
    "automatic_failover": "AutomaticFailoverEnabled",
    "multi_az": "MultiAZEnabled",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "notification_topic_arn": "NotificationTopicArn",
    "transit_encryption": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
}

#: Option -> key of CreateReplicationGroup, of what can only be chosen there.
FIXED = {
    "subnet_group": "CacheSubnetGroupName",
    "port": "Port",
    "at_rest_encryption": "AtRestEncryptionEnabled",
    "kms_key_id": "KmsKeyId",
}

#: Encryption in transit, (before, after): AWS goes one step at a time.
TRANSIT_STEPS = {("off", "preferred"), ("preferred", "required"), ("required", "preferred"), ("preferred", "off")}


def find_member(client, group):
    """Return one of the group's nodes, which know what the group does not say; empty while there is none."""
    for cluster_id in group.get("MemberClusters", [])[:1]:
        return find_by_name(client.describe_cache_clusters, "CacheClusters", "CacheClusterNotFound", CacheClusterId=cluster_id) or {}
    return {}


def described(group: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    """Return a group in the words of the module's options; what AWS does not say is left out.

    :arg group: the answer of DescribeReplicationGroups.
    :arg member: one of its nodes, from DescribeCacheClusters; may be empty.
    """
    pending = member.get("PendingModifiedValues") or {}
    encrypted = bool(group.get("TransitEncryptionEnabled"))
    values = {
        "description": group.get("Description"),
        "engine": group.get("Engine") or member.get("Engine"),
        "engine_version": pending.get("EngineVersion") or member.get("EngineVersion"),
        "node_type": pending.get("CacheNodeType") or group.get("CacheNodeType"),
        "cluster_mode": group.get("ClusterEnabled"),
        "num_node_groups": len(group.get("NodeGroups", [])) or None,
        "replicas_per_node_group": replica_counts(group),
        "parameter_group": (member.get("CacheParameterGroup") or {}).get("CacheParameterGroupName"),
        "subnet_group": member.get("CacheSubnetGroupName"),
        "automatic_failover": group.get("AutomaticFailover") in ("enabled", "enabling"),
        "multi_az": group.get("MultiAZ") == "enabled",
        "at_rest_encryption": bool(group.get("AtRestEncryptionEnabled")),
        "kms_key_id": group.get("KmsKeyId"),
        "transit_encryption": encrypted,
        "transit_encryption_mode": (group.get("TransitEncryptionMode") or "required") if encrypted else "off",
        "snapshot_retention_limit": group.get("SnapshotRetentionLimit", 0),
        "snapshot_window": group.get("SnapshotWindow"),
        "maintenance_window": member.get("PreferredMaintenanceWindow"),
        "auto_minor_version_upgrade": group.get("AutoMinorVersionUpgrade"),
        "port": port_of(group),
        "user_group_ids": sorted(group.get("UserGroupIds", [])),
        "log_delivery": log_deliveries(group),
    }
    if member:
        values["security_group_ids"] = sorted(one["SecurityGroupId"] for one in member.get("SecurityGroups", []))
        values["notification_topic_arn"] = (member.get("NotificationConfiguration") or {}).get("TopicArn", "")
    return {option: value for option, value in values.items() if value is not None}


def replica_counts(group):
    """Return how many replicas every shard has, or a list of the numbers when shards differ; None without shards."""
    counts = [len(shard.get("NodeGroupMembers", [])) - 1 for shard in group.get("NodeGroups", [])]
    counts = [count for count in counts if count >= 0]
    if not counts:
        return None
    return counts[0] if len(set(counts)) == 1 else counts


def port_of(group: dict[str, Any]) -> int | None:
    """Return the port that clients connect to; None while the group has no endpoint yet."""
    endpoint = group.get("ConfigurationEndpoint") or primary_shard(group).get("PrimaryEndpoint") or {}
    return endpoint.get("Port")


def primary_shard(group: dict[str, Any]) -> dict[str, Any]:
    """Return the first shard, the only one without cluster mode; empty while there is none."""
    return (group.get("NodeGroups") or [{}])[0]


def log_deliveries(group):
    """Return the log deliveries as the option ``log_delivery`` has them, sorted by type."""
    entries = []
    for entry in group.get("LogDeliveryConfigurations", []):
        if entry.get("Status") == "disabling":
            continue
        details = entry.get("DestinationDetails", {})
        destination = details.get("CloudWatchLogsDetails", {}).get("LogGroup")
        entries.append(
            {
                "log_type": entry["LogType"],
                "destination_type": entry["DestinationType"],
                "destination": destination or details.get("KinesisFirehoseDetails", {}).get("DeliveryStream"),
                "log_format": entry["LogFormat"],
            }
        )
    return sorted(entries, key=_by_log_type)


def log_requests(entries, current=()):
    """Return log deliveries as the API takes them, with those of ``current`` switched off that are not wanted."""
    requests = []
    for entry in entries:
        cloudwatch = entry["destination_type"] == "cloudwatch-logs"
        details = (
            {"CloudWatchLogsDetails": {"LogGroup": entry["destination"]}}
            if cloudwatch
            else {"KinesisFirehoseDetails": {"DeliveryStream": entry["destination"]}}
        )
        requests.append(
            {
                "LogType": entry["log_type"],
                "DestinationType": entry["destination_type"],
                "DestinationDetails": details,
                "LogFormat": entry["log_format"],
                "Enabled": True,
            }
        )
    wanted = {entry["log_type"] for entry in entries}
    return requests + [{"LogType": old["log_type"], "Enabled": False} for old in current if old["log_type"] not in wanted]


def same_version(wanted, reported):
    """Whether a reported version (``7.1.0``) is the wanted one, which may be shorter (``7.1``, ``6.x``)."""
    prefix = wanted[:-1] if wanted.endswith(".x") else f"{wanted}."
    return wanted == reported or f"{reported}.".startswith(prefix)


def _by_log_type(entry):
    return entry["log_type"]


#: Option -> whether two values mean the same.
SAME = {
    "engine_version": same_version,
    **dict.fromkeys(("snapshot_window", "maintenance_window"), compare.same_word),
    **dict.fromkeys(("security_group_ids", "user_group_ids"), compare.same_members),
    "kms_key_id": compare.same_key,
    "log_delivery": lambda wanted, has: sorted(wanted, key=_by_log_type) == has,
}


def differences(params, current):
    """Return the options that were given and differ from ``current``, with their wanted values."""
    options = [*CHANGEABLE, *FIXED, "cluster_mode", "num_node_groups", "replicas_per_node_group", "user_group_ids", "log_delivery"]
    found = compare.differences(params, current, options, SAME)
    if "engine" in found and params.get("engine_version"):
        found["engine_version"] = params["engine_version"]
    return found


def check_changes(group_id, changes, current):
    """Raise ResourceError, naming all of them, when a difference is one that AWS cannot mend in place."""
    problems = compare.fixed_problems(changes, current, ("cluster_mode", *FIXED))
    if changes.get("engine") == "redis":
        problems.append("engine is valkey and cannot become redis")
    version, reported = changes.get("engine_version"), current.get("engine_version")
    if version and "engine" not in changes and version_key(version) < version_key(reported):
        problems.append(f"engine_version is {reported} and cannot go back to {version}")
    if problems:
        raise ResourceError(
            f"Replication group '{group_id}' cannot be changed so: {'; '.join(problems)}. Nothing was changed: take back the change."
            " Another value takes another group: make one of another name beside it, and remove this one, of which a final snapshot is kept,"
            " once nothing uses what is in it."
        )
    if "engine" in changes and "engine_version" not in changes:
        raise ResourceError(f"To make replication group '{group_id}' one of {changes['engine']}, give engine_version, too.")
    check_transit(group_id, changes, current)


def version_key(version):
    """Return a version's numbers for comparison; ``x`` is higher than any."""
    return [int(part) if part.isdigit() else 10**6 for part in version.split(".")]


def check_transit(group_id, changes, current):
    """Raise ResourceError when encryption in transit would have to skip a step."""
    if not {"transit_encryption", "transit_encryption_mode"} & set(changes):
        return
    was, becomes = current["transit_encryption_mode"], "off"
    if changes.get("transit_encryption", current["transit_encryption"]):
        becomes = changes.get("transit_encryption_mode", "required" if was == "off" else was)
    if was != becomes and (was, becomes) not in TRANSIT_STEPS:
        raise ResourceError(
            f"Replication group '{group_id}' cannot go from encryption in transit '{was}' to"
            f" '{becomes}' at once: clients would be cut off. First run with transit_encryption: true and"
            " transit_encryption_mode: preferred, move the clients, then run again."
        )


def modification(changes, current):
    """Return the arguments of ModifyReplicationGroup for ``changes``; empty when it has nothing to do."""
    request = {key: changes[option] for option, key in CHANGEABLE.items() if option in changes}
    if changes.get("transit_encryption_mode"):
        request["TransitEncryptionEnabled"] = True
    if "user_group_ids" in changes:
        wanted, has = set(changes["user_group_ids"]), set(current.get("user_group_ids", []))
        for key, ids in (("UserGroupIdsToAdd", wanted - has), ("UserGroupIdsToRemove", has - wanted)):
            if ids:
                request[key] = sorted(ids)
    if "log_delivery" in changes:
        request["LogDeliveryConfigurations"] = log_requests(changes["log_delivery"], current.get("log_delivery", []))
    return request


def result_of(group):
    """Return the group for the module's result: snake_case, with its endpoints where they are easy to find."""
    shard = primary_shard(group)
    endpoints = {
        "configuration_endpoint": group.get("ConfigurationEndpoint"),
        "primary_endpoint": shard.get("PrimaryEndpoint"),
        "reader_endpoint": shard.get("ReaderEndpoint"),
    }
    plain = {key: value for key, value in group.items() if key != "ResponseMetadata"}
    return {
        **camel_dict_to_snake_dict(plain),
        **{name: camel_dict_to_snake_dict(endpoint or {}) for name, endpoint in endpoints.items()},
    }
