#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: elasticache_replication_group
short_description: Keep a Redis or Valkey replication group of ElastiCache as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, changes, scales and removes a replication group, with cluster mode on or off.
  - Shards and replicas are added and removed in place. What AWS cannot change in place fails, naming what has to be
    replaced.
  - An option that is not given is not looked at; a group that is made gets the default that the option names.
  - While a group is being made, AWS tells neither all of it nor its tags, and changes none, so it is not compared.
options:
  replication_group_id:
    description: Name of the replication group. AWS keeps it in lower case.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the replication group is to exist.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the group is for. A new one is described by its name.
    type: str
  engine:
    description: Engine; a new group is V(redis). From V(redis) to V(valkey) is an upgrade in place, the way back is not.
    type: str
    choices: [redis, valkey]
  engine_version:
    description:
      - Version, for example V(7.1); a new group gets the newest.
      - A higher version is an upgrade in place; AWS has no way back.
    type: str
  node_type:
    description: Type of the nodes, for example V(cache.t4g.micro). Needed to create the group.
    type: str
  cluster_mode:
    description: Whether keys are spread over shards. A new group does so when O(num_node_groups) is more than V(1). Cannot be changed.
    type: bool
  num_node_groups:
    description: Number of shards; V(1) for a new group. Of too many the newest go, and AWS moves their keys to those that stay.
    type: int
  replicas_per_node_group:
    description: Replicas of each shard, V(0) to V(5); V(1) for a new group.
    type: int
  parameter_group:
    description: Parameter group; a new group gets AWS's own for its engine and mode.
    type: str
  subnet_group:
    description: Cache subnet group. Cannot be changed.
    type: str
  security_group_ids:
    description: Ids of the security groups.
    type: list
    elements: str
  port:
    description: Port that clients connect to; AWS's default is 6379. Cannot be changed.
    type: int
  at_rest_encryption:
    description: Whether what is stored is encrypted; V(true) for a new group. Cannot be changed.
    type: bool
  kms_key_id:
    description: Key of the encryption at rest; AWS's own when it is not given. Cannot be changed.
    type: str
  transit_encryption:
    description: Whether clients speak TLS; V(true) for a new group.
    type: bool
  transit_encryption_mode:
    description:
      - Whether clients without TLS are still let in (V(preferred)) or not (V(required)).
      - Switching TLS on or off goes through V(preferred).
    type: str
    choices: [preferred, required]
  automatic_failover:
    description: Whether a replica takes the place of a primary that fails. Always the case in cluster mode.
    type: bool
  multi_az:
    description: Whether primary and replicas are kept in different zones.
    type: bool
  snapshot_retention_limit:
    description: Days that daily snapshots are kept; V(0) makes none.
    type: int
  snapshot_window:
    description: Time of the daily snapshot in UTC, for example V(05:00-06:00).
    type: str
  maintenance_window:
    description: Time of maintenance in UTC, for example V(sun:17:00-sun:18:00).
    type: str
  auto_minor_version_upgrade:
    description: Whether AWS installs minor versions by itself.
    type: bool
  notification_topic_arn:
    description: ARN of the SNS topic that is told about failovers and the like.
    type: str
  user_group_ids:
    description: Ids of the user groups whose users may log in. At most one, AWS says.
    type: list
    elements: str
  log_delivery:
    description: Logs that are delivered; those of other types are switched off.
    type: list
    elements: dict
    suboptions:
      log_type:
        description: Which log.
        type: str
        choices: [slow-log, engine-log]
        required: true
      destination_type:
        description: Kind of the destination.
        type: str
        choices: [cloudwatch-logs, kinesis-firehose]
        default: cloudwatch-logs
      destination:
        description: Name of the log group or delivery stream.
        type: str
        required: true
      log_format:
        description: Format of the entries.
        type: str
        choices: [json, text]
        default: json
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - railyard.aws.lifecycle
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Ensure a cluster of three shards with two replicas each
  railyard.aws.elasticache_replication_group:
    replication_group_id: railyard
    description: Cache of the web servers
    engine: redis
    engine_version: "7.1"
    node_type: cache.t4g.micro
    cluster_mode: true
    num_node_groups: 3
    replicas_per_node_group: 2
    parameter_group: railyard-cache
    subnet_group: railyard-cache
    security_group_ids: [sg-0123456789abcdef0]
    multi_az: true
    wait: false

- name: Remove it without leaving a snapshot
  railyard.aws.elasticache_replication_group:
    replication_group_id: railyard
    state: absent
    retain_snapshot: false
"""

RETURN = r"""
replication_group:
  description:
    - The group as AWS describes it, with keys in snake_case.
    - While a group is being made it has no endpoints; in check mode one that does not exist has C(exists=false).
  returned: when O(state=present)
  type: dict
  contains:
    replication_group_id:
      description: Name of the group.
      type: str
      sample: railyard
    exists:
      description: Whether the group exists.
      type: bool
      sample: true
    arn:
      description: ARN of the group.
      type: str
      sample: arn:aws:elasticache:ap-northeast-1:123456789012:replicationgroup:railyard
    status:
      description: State of the group.
      type: str
      sample: available
    configuration_endpoint:
      description: C(address) and C(port) for clients in cluster mode, else empty.
      type: dict
      sample: {"address": "clustercfg.railyard.abc123.apne1.cache.amazonaws.com", "port": 6379}
    primary_endpoint:
      description: C(address) and C(port) to write to without cluster mode, else empty.
      type: dict
      sample: {}
    reader_endpoint:
      description: C(address) and C(port) to read from without cluster mode, else empty.
      type: dict
      sample: {}
    node_groups:
      description: The shards with their members and, in cluster mode, slots.
      type: list
      elements: dict
      sample: [{"node_group_id": "0001", "status": "available", "slots": "0-5460"}]
    member_clusters:
      description: Ids of the nodes.
      type: list
      elements: str
      sample: [railyard-0001-001]
    tags:
      description: Tags of the group.
      type: dict
      sample: {"Stack": "railyard"}
final_snapshot_identifier:
  description: Name of the snapshot that was left; empty when none was.
  returned: when O(state=absent)
  type: str
  sample: railyard-final-20261123t140000
"""

from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._elasticache import creation
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.creation import family_of
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import (
    check_changes,
    described,
    differences,
    find_member,
    modification,
    result_of,
)
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.scaling import replica_step, shard_step
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.lifecycle import LifecycleResource
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import ELASTICACHE

ARGUMENTS = dict(
    replication_group_id=dict(type="str", required=True, aliases=["name"]),
    **arguments.STATE,
    description=dict(type="str"),
    engine=dict(type="str", choices=["redis", "valkey"]),
    engine_version=dict(type="str"),
    node_type=dict(type="str"),
    cluster_mode=dict(type="bool"),
    num_node_groups=dict(type="int"),
    replicas_per_node_group=dict(type="int"),
    parameter_group=dict(type="str"),
    subnet_group=dict(type="str"),
    security_group_ids=dict(type="list", elements="str"),
    port=dict(type="int"),
    at_rest_encryption=dict(type="bool"),
    kms_key_id=dict(type="str"),
    transit_encryption=dict(type="bool"),
    transit_encryption_mode=dict(type="str", choices=["preferred", "required"]),
    automatic_failover=dict(type="bool"),
    multi_az=dict(type="bool"),
    snapshot_retention_limit=dict(type="int"),
    snapshot_window=dict(type="str"),
    maintenance_window=dict(type="str"),
    auto_minor_version_upgrade=dict(type="bool"),
    notification_topic_arn=dict(type="str"),
    user_group_ids=dict(type="list", elements="str"),
    log_delivery=dict(
        type="list",
        elements="dict",
        options=dict(
            log_type=dict(type="str", choices=["slow-log", "engine-log"], required=True),
            destination_type=dict(type="str", choices=["cloudwatch-logs", "kinesis-firehose"], default="cloudwatch-logs"),
            destination=dict(type="str", required=True),
            log_format=dict(type="str", choices=["json", "text"], default="json"),
        ),
    ),
    **arguments.TAGS,
    **arguments.LIFECYCLE,
)

#: Options that are validated together with what the group has of those that are not given.
SCALING_OPTIONS = ("cluster_mode", "num_node_groups", "automatic_failover", "multi_az")

#: How many of AWS's last words about a group go into an error.
EVENTS = 3


class ReplicationGroup(LifecycleResource):
    """A replication group of ElastiCache."""

    service = "elasticache"
    # For a moment after a change AWS calls a group available and still takes no other change.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["InvalidReplicationGroupState"]}
    label = "Replication group"
    id_option = "replication_group_id"
    result_key = "replication_group"
    tag_api = ELASTICACHE
    returns_tags = True
    shows_all_tags = True
    status_key = "Status"
    available = ("available",)
    lost = ("create-failed",)
    awaits_others = True
    longest_pause = 15
    principal = "elasticache.amazonaws.com"
    snapshot_exists = "SnapshotAlreadyExistsFault"
    defaults = creation.DEFAULTS

    def last_words(self) -> str:
        try:
            answer = self.client.describe_events(SourceIdentifier=self.name, SourceType="replication-group", Duration=1440, aws_retry=True)
        except ClientError:
            return ""  # not allowed to read events: what is to be said is known without them
        messages = [event["Message"] for event in answer.get("Events", []) if event.get("Message")][-EVENTS:]
        return f" AWS said: {'; '.join(messages)}" if messages else ""

    def lost_message(self, status: str) -> str:
        return f"AWS could not create {self.called}.{self.last_words()} Remove it with state: absent and retain_snapshot: false, mend the cause, run again."

    def validate(self) -> None:
        creation.validate(self.params)

    def find(self) -> dict[str, Any] | None:
        describe = self.client.describe_replication_groups
        return find_by_name(describe, "ReplicationGroups", "ReplicationGroupNotFoundFault", ReplicationGroupId=self.name)

    def describe(self, found: dict[str, Any]) -> dict[str, Any]:
        return described(found, find_member(self.client, found))

    def tag_target(self, found: dict[str, Any]) -> str:
        return found["ARN"]

    def with_defaults(self) -> dict[str, Any]:
        return creation.implied(super().with_defaults())

    def check_new(self, wanted: dict[str, Any]) -> None:
        creation.validate(wanted)
        if not wanted["node_type"]:
            raise ResourceError(f"{self.title} does not exist; give node_type to create it, for example cache.t4g.micro.")
        self.family = family_of(self.client, wanted["engine"], wanted["engine_version"])

    def request_creation(self, new: dict[str, Any]) -> dict[str, Any]:
        return self.client.create_replication_group(aws_retry=True, **creation.creation(new, self.family))["ReplicationGroup"]

    def plan(self, found: dict[str, Any]) -> Diff:
        current = self.describe(found)
        changes = differences(self.params, current)
        check_changes(self.name, changes, current)
        creation.validate({**self.params, **{option: current.get(option) for option in SCALING_OPTIONS if self.params[option] is None}})
        if {"engine", "engine_version"} & set(changes):
            family_of(self.client, changes.get("engine", current["engine"]), changes.get("engine_version"))
        self.request = modification(changes, current)
        return Diff({option: current[option] for option in changes}, changes)

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        """One request after the other: replicas come before what needs them and go after it."""
        client, changes = self.client, diff.after
        replicas, shards = changes.get("replicas_per_node_group"), changes.get("num_node_groups")
        step = replica_step(self.wait_until_available(), replicas, grows=True)
        if step:
            client.increase_replica_count(aws_retry=True, **step)
        if self.request:
            self.wait_until_available()
            now = self.params["apply_immediately"]
            client.modify_replication_group(ReplicationGroupId=self.name, ApplyImmediately=now, aws_retry=True, **self.request)
        step = shard_step(self.wait_until_available(), shards) if shards is not None else None
        if step:
            client.modify_replication_group_shard_configuration(aws_retry=True, **step)
        step = replica_step(self.wait_until_available(), replicas, grows=False) if replicas is not None else None
        if step:
            client.decrease_replica_count(aws_retry=True, **step)

    def request_deletion(self, snapshot: str) -> None:
        last = {"FinalSnapshotIdentifier": snapshot} if snapshot else {}
        self.client.delete_replication_group(ReplicationGroupId=self.name, aws_retry=True, **last)

    def returned(self, found: dict[str, Any]) -> dict[str, Any]:
        return result_of(found)

    def placeholder(self, new: dict[str, Any]) -> dict[str, Any]:
        endpoint = {"address": f"{self.name}.invalid", "port": new.get("port") or 6379}
        clustered = new["cluster_mode"]
        return {
            "replication_group_id": self.name,
            "exists": False,
            "arn": "",
            "status": "absent",
            "configuration_endpoint": endpoint if clustered else {},
            "primary_endpoint": {} if clustered else endpoint,
            "reader_endpoint": {} if clustered else endpoint,
            "node_groups": [],
            "member_clusters": [],
            "tags": self.tags,
        }


@guarded
def main() -> None:
    run(ReplicationGroup, ARGUMENTS)


if __name__ == "__main__":
    main()
