"""Caches and the groups they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import (
    described,
    primary_shard,
)

from tools.export.groups import parameter_values, subnet_group
from tools.export.resource import Clients, Export, Left, Named, Raw, Resource, nothing, present, tags


def _parameter_group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name = raw["CacheParameterGroupName"]
    yield Resource(
        "ElastiCache::ParameterGroup",
        name,
        present(
            CacheParameterGroupFamily=raw["CacheParameterGroupFamily"],
            Description=raw["Description"],
            Properties=parameter_values(raw),
            Tags=tags(raw.get("Tags")),
        ),
        {"CacheParameterGroupName": name},
    )


def _shards(found: dict[str, Any]) -> dict[str, Any]:
    """How many shards with how many replicas; of unequal ones each is said."""
    number, replicas = found.get("num_node_groups"), found.get("replicas_per_node_group")
    if isinstance(replicas, list):
        return {"NodeGroupConfiguration": [{"ReplicaCount": one} for one in replicas], "NumNodeGroups": number}
    return present(NumNodeGroups=number, ReplicasPerNodeGroup=replicas)


def _logs(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Deliveries of logs, in CloudFormation's words."""
    return [
        {
            "LogType": one["log_type"],
            "LogFormat": one["log_format"],
            "DestinationType": one["destination_type"],
            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": Named("Logs::LogGroup", one["destination"])}}
            if one["destination_type"] == "cloudwatch-logs"
            else {"KinesisFirehoseDetails": {"DeliveryStream": one["destination"]}},
        }
        for one in found
    ]


def _replication_group(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    name, found = raw["ReplicationGroupId"], described(raw, raw["Member"])
    parameter_group, subnet_group = found.get("parameter_group"), found.get("subnet_group")
    encrypted = found.get("transit_encryption")
    yield Resource(
        "ElastiCache::ReplicationGroup",
        name,
        present(
            ReplicationGroupId=name,
            ReplicationGroupDescription=found.get("description"),
            Engine=found.get("engine"),
            EngineVersion=found.get("engine_version"),
            CacheNodeType=found.get("node_type"),
            **_shards(found),
            ClusterMode=raw.get("ClusterMode"),
            AutomaticFailoverEnabled=found.get("automatic_failover"),
            MultiAZEnabled=found.get("multi_az"),
            CacheParameterGroupName=Named("ElastiCache::ParameterGroup", parameter_group) if parameter_group else None,
            CacheSubnetGroupName=Named("ElastiCache::SubnetGroup", subnet_group) if subnet_group else None,
            SecurityGroupIds=found.get("security_group_ids"),
            AtRestEncryptionEnabled=found.get("at_rest_encryption"),
            KmsKeyId=found.get("kms_key_id"),
            TransitEncryptionEnabled=encrypted,
            TransitEncryptionMode=found.get("transit_encryption_mode") if encrypted else None,
            SnapshotRetentionLimit=found.get("snapshot_retention_limit"),
            SnapshotWindow=found.get("snapshot_window"),
            PreferredMaintenanceWindow=found.get("maintenance_window"),
            AutoMinorVersionUpgrade=found.get("auto_minor_version_upgrade"),
            Port=found.get("port"),
            UserGroupIds=found.get("user_group_ids"),
            NotificationTopicArn=found.get("notification_topic_arn"),
            LogDeliveryConfigurations=_logs(found.get("log_delivery") or []),
            Tags=tags(raw.get("Tags")),
        ),
        {"ReplicationGroupId": name},
        {
            endpoint["Address"]: f"{attribute}.Address"
            for attribute, endpoint in (
                ("ConfigurationEndPoint", raw.get("ConfigurationEndpoint")),
                ("PrimaryEndPoint", primary_shard(raw).get("PrimaryEndpoint")),
                ("ReaderEndPoint", primary_shard(raw).get("ReaderEndpoint")),
            )
            if endpoint and endpoint.get("Address")
        },
    )
    if raw.get("AuthTokenEnabled"):
        yield Left(
            f"{name}, its password",
            "AWS tells no AuthToken; add one as a dynamic reference to the secret that holds it",
        )


EXPORTS: dict[str, Export] = {
    "cache_subnet_groups": subnet_group(
        "ElastiCache::SubnetGroup", "CacheSubnetGroupName", "CacheSubnetGroupDescription", "Description"
    ),
    "cache_parameter_groups": _parameter_group,
    "replication_groups": _replication_group,
    "cache_snapshots": nothing("CloudFormation has no snapshots", lambda raw: raw["SnapshotName"]),
}
