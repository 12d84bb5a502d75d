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
  tags:
    description: Tags of the group. When it is not given the tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
  apply_immediately:
    description: Whether a change of node type, version or the like is made now, or in the next maintenance window.
    type: bool
    default: true
  final_snapshot_identifier:
    description: Name of the snapshot that O(state=absent) leaves; by default the group's name and the time.
    type: str
  retain_snapshot:
    description: Whether O(state=absent) leaves a snapshot. With V(false) the content is lost.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the group is available or gone.
      - A change always waits until an earlier one is done, because AWS takes one at a time.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for one change.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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

import time

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.creation import creation, family_of, judge, with_defaults
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.errors import CacheError
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import (
    check_changes,
    described,
    differences,
    find,
    find_member,
    modification,
    result_of,
)
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.scaling import replica_step, shard_step
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.tags import ensure_tags, read_tags
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.waiting import wait_until_available, wait_until_gone
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._service_roles import NoServiceRole, once_the_role_is_there

ARGUMENTS = dict(
    replication_group_id=dict(type="str", required=True, aliases=["name"]),
    state=dict(type="str", choices=["present", "absent"], default="present"),
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
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=True),
    apply_immediately=dict(type="bool", default=True),
    final_snapshot_identifier=dict(type="str"),
    retain_snapshot=dict(type="bool", default=True),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=1800),
)

#: Options that are judged together with what the group has of those that are not given.
SIZE = ("cluster_mode", "num_node_groups", "automatic_failover", "multi_az")

#: Options that do not describe the group.
CONDUCT = ("state", "purge_tags", "apply_immediately", "final_snapshot_identifier", "retain_snapshot", "wait", "wait_timeout")


def placeholder(wanted):
    """Return a group that a plan can go on with: of the shape of a real one, at addresses that lead nowhere."""
    endpoint = {"address": f"{wanted['replication_group_id']}.invalid", "port": wanted.get("port") or 6379}
    clustered = wanted["cluster_mode"]
    return {
        "replication_group_id": wanted["replication_group_id"],
        "exists": False,
        "arn": "",
        "status": "absent",
        "configuration_endpoint": endpoint if clustered else {},
        "primary_endpoint": {} if clustered else endpoint,
        "reader_endpoint": {} if clustered else endpoint,
        "node_groups": [],
        "member_clusters": [],
        "tags": wanted.get("tags") or {},
    }


def create(client, params, check_mode):
    """Create the group; return the result for exit_json. Raises CacheError when options are missing or wrong."""
    wanted = with_defaults(params)
    judge(wanted)
    if not wanted["node_type"]:
        raise CacheError(f"Replication group '{wanted['replication_group_id']}' does not exist; give node_type to create it, for example cache.t4g.micro.")
    family = family_of(client, wanted["engine"], wanted["engine_version"])
    after = {option: value for option, value in wanted.items() if option not in CONDUCT and value is not None}
    result = {"changed": True, "diff": {"before": {}, "after": after}}
    if check_mode:
        return {**result, "replication_group": placeholder(wanted)}
    request = creation(wanted, family)
    made = once_the_role_is_there(lambda: client.create_replication_group(aws_retry=True, **request), "elasticache.amazonaws.com")
    group = made["ReplicationGroup"]
    if params["wait"]:
        group = wait_until_available(client, params["replication_group_id"], params["wait_timeout"])
    return {**result, "replication_group": {"exists": True, **result_of(group, params["tags"])}}


def apply(client, params, changes, current):
    """Make the changes, one request after the other: replicas come before what needs them and go after it."""
    group_id, timeout = params["replication_group_id"], params["wait_timeout"]
    replicas, shards = changes.get("replicas_per_node_group"), changes.get("num_node_groups")
    request = modification(changes, current)

    def ready():
        return wait_until_available(client, group_id, timeout)

    step = replica_step(ready(), replicas, grows=True)
    if step:
        client.increase_replica_count(aws_retry=True, **step)
    if request:
        ready()
        client.modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=params["apply_immediately"], aws_retry=True, **request)
    step = shard_step(ready(), shards) if shards is not None else None
    if step:
        client.modify_replication_group_shard_configuration(aws_retry=True, **step)
    step = replica_step(ready(), replicas, grows=False) if replicas is not None else None
    if step:
        client.decrease_replica_count(aws_retry=True, **step)


def ensure_present(client, params, check_mode):
    """Create or change the group; return the result for exit_json. Raises CacheError."""
    judge(params)
    group_id = params["replication_group_id"]
    group = find(client, group_id)
    if group is not None and group["Status"] == "deleting" and not check_mode:
        wait_until_gone(client, group_id, params["wait_timeout"])
        group = None
    if group is None or group["Status"] == "deleting":
        return create(client, params, check_mode)
    if group["Status"] == "creating":
        if not params["wait"] or check_mode:
            return {"changed": False, "diff": {"before": {}, "after": {}}, "replication_group": {"exists": True, **result_of(group)}}
        group = wait_until_available(client, group_id, params["wait_timeout"])
    current = described(group, find_member(client, group))
    changes = differences(params, current)
    check_changes(group_id, changes, current)
    judge({**params, **{option: current.get(option) for option in SIZE if params[option] is None}})
    if {"engine", "engine_version"} & set(changes):
        family_of(client, changes.get("engine", current["engine"]), changes.get("engine_version"))
    before = {option: current[option] for option in changes}
    after = dict(changes)
    if changes and not check_mode:
        apply(client, params, changes, current)
    was, becomes = ensure_tags(client, group["ARN"], params["tags"], params["purge_tags"], check_mode)
    if was != becomes:
        before["tags"], after["tags"] = was, becomes
    if not check_mode:
        wait = params["wait"] and (changes or group["Status"] != "available")
        group = wait_until_available(client, group_id, params["wait_timeout"]) if wait else find(client, group_id) or group
    return {
        "changed": bool(after),
        "diff": {"before": before, "after": after},
        "replication_group": {"exists": True, **result_of(group, read_tags(client, group["ARN"]))},
    }


def delete(client, params, group):
    """Delete the group and return the name of the snapshot that it leaves, or an empty text."""
    group_id, snapshot = params["replication_group_id"], ""
    if group["Status"] not in ("available", "create-failed"):
        group = wait_until_available(client, group_id, params["wait_timeout"])
    request = {"ReplicationGroupId": group_id}
    if params["retain_snapshot"] and group["Status"] == "available":
        snapshot = params["final_snapshot_identifier"] or time.strftime(f"{group_id}-final-%Y%m%dt%H%M%S", time.gmtime())
        request["FinalSnapshotIdentifier"] = snapshot
    try:
        client.delete_replication_group(aws_retry=True, **request)
    except is_boto3_error_code("SnapshotAlreadyExistsFault"):
        raise CacheError(
            f"A snapshot '{snapshot}' exists already, so replication group '{group_id}' was not removed."
            " Give another final_snapshot_identifier, or none: then its name ends in the time."
        ) from None
    return snapshot


def ensure_absent(client, params, check_mode):
    """Remove the group; return the result for exit_json. Raises CacheError."""
    group_id, snapshot = params["replication_group_id"], ""
    group = find(client, group_id)
    leaving = group is not None and group["Status"] == "deleting"
    changed = group is not None and not leaving
    before = {"replication_group_id": group_id, **described(group, find_member(client, group))} if changed else {}
    if not check_mode:
        if changed:
            snapshot = delete(client, params, group)
        if group is not None and params["wait"]:
            wait_until_gone(client, group_id, params["wait_timeout"])
    return {"changed": changed, "diff": {"before": before, "after": {}}, "final_snapshot_identifier": snapshot}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
    )
    params = {option: module.params[option] for option in ARGUMENTS}
    params["replication_group_id"] = params["replication_group_id"].lower()
    # For a moment after a change AWS calls a group available and still takes no other change.
    busy = ["InvalidReplicationGroupState"]
    retry = AWSRetry.jittered_backoff(retries=8, delay=2, catch_extra_error_codes=busy)
    client = module.client("elasticache", retry_decorator=retry)
    try:
        ensure = ensure_absent if params["state"] == "absent" else ensure_present
        result = ensure(client, params, module.check_mode)
    except (CacheError, NoServiceRole) as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Replication group '{params['replication_group_id']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
