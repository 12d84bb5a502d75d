#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rds_instance
short_description: Keep a database instance of RDS, whose password nobody knows, as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, changes and removes an instance of RDS for MySQL or MariaDB.
  - RDS makes the master user's password and keeps it in Secrets Manager, so that it never passes through Ansible. That, and
    requesting an instance without waiting for it, is what M(amazon.aws.rds_instance) cannot do.
  - An option that is not given is not looked at; an instance that is made gets the default that the option names.
  - What AWS cannot change in place fails, naming what has to be replaced.
  - While an instance is being made, AWS does not say all of it and changes none, so it is not compared.
options:
  db_instance_identifier:
    description: Name of the instance. AWS keeps it in lower case.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the instance is to exist.
    type: str
    choices: [present, absent]
    default: present
  engine:
    description: Engine; V(mysql) for a new instance. Cannot be changed.
    type: str
    choices: [mysql, mariadb]
  engine_version:
    description:
      - Version, for example V(8.4) or V(8.4.7); a new instance gets AWS's default.
      - With O(auto_minor_version_upgrade) a newer minor version than the one named is as wanted.
    type: str
  allow_major_version_upgrade:
    description: Whether O(engine_version) may name another major version than the instance has.
    type: bool
    default: false
  instance_class:
    description: Class, for example V(db.t4g.micro). Needed to create the instance.
    type: str
  allocated_storage:
    description:
      - Size of the storage in GiB, which can grow only. Needed to create the instance.
      - Storage that is larger, because AWS has let it grow, is as wanted.
    type: int
  max_allocated_storage:
    description:
      - Size in GiB up to which AWS lets the storage grow by itself; V(0) lets it not grow.
      - One that the storage has reached is left as it is, with a warning that says how far to raise it.
    type: int
  storage_type:
    description: Kind of storage; V(gp3) for a new instance.
    type: str
    choices: [gp2, gp3, io1, io2]
  iops:
    description:
      - Operations per second, where O(storage_type) and size take them. That of V(gp3) can be chosen from 400 GiB on.
      - A change of storage that RDS takes only together with them sends what the instance has.
    type: int
  storage_throughput:
    description: MiB per second, where O(storage_type) and size take them. That of V(gp3) can be chosen from 400 GiB on.
    type: int
  storage_encrypted:
    description: Whether the storage is encrypted; V(true) for a new instance. Cannot be changed.
    type: bool
  kms_key_id:
    description: Key of the encryption; AWS's own when it is not given. Cannot be changed.
    type: str
  db_name:
    description: Database that a new instance has from the start. Cannot be changed.
    type: str
  master_username:
    description: Master user; V(admin) for a new instance. Cannot be changed.
    type: str
  manage_master_user_password:
    description:
      - Whether RDS makes the master user's password and keeps it in Secrets Manager. A new instance always has it so.
      - Setting it for an instance that somebody gave a password replaces that password.
    type: bool
  master_user_secret_kms_key_id:
    description: Key that encrypts the secret; Secrets Manager's own when it is not given. Cannot be changed.
    type: str
  port:
    description: Port that clients connect to; the engine's own for a new instance.
    type: int
  subnet_group:
    description: DB subnet group. Cannot be changed.
    type: str
  security_group_ids:
    description: Ids of the security groups.
    type: list
    elements: str
  parameter_group:
    description: DB parameter group; a new instance gets AWS's own.
    type: str
  option_group:
    description: Option group; a new instance gets AWS's own.
    type: str
  publicly_accessible:
    description: Whether it has a public address; V(false) for a new instance.
    type: bool
  multi_az:
    description: Whether a standby in another zone takes over when the instance fails.
    type: bool
  backup_retention_period:
    description: Days that automatic backups are kept; V(0) makes none.
    type: int
  backup_window:
    description: Time of the daily backup in UTC, for example V(17:00-17:30).
    type: str
  maintenance_window:
    description: Time of maintenance in UTC, for example V(sun:18:00-sun:18:30).
    type: str
  copy_tags_to_snapshot:
    description: Whether snapshots get the instance's tags; V(true) for a new instance.
    type: bool
  auto_minor_version_upgrade:
    description: Whether AWS installs minor versions by itself; V(true) for a new instance.
    type: bool
  deletion_protection:
    description:
      - Whether AWS refuses to delete the instance; V(true) for a new instance.
      - With O(state=absent), V(false) takes the protection away first. Otherwise a protected instance stays, with an error.
    type: bool
  log_exports:
    description: Logs that go to CloudWatch, for example V([error, slowquery]).
    type: list
    elements: str
  performance_insights:
    description: Whether Performance Insights is on.
    type: bool
  monitoring_interval:
    description: Seconds between two measurements of enhanced monitoring; V(0) is off.
    type: int
  monitoring_role_arn:
    description: ARN of the role by which enhanced monitoring writes to CloudWatch.
    type: str
  ca_certificate:
    description: Authority of the server's certificate, for example V(rds-ca-rsa2048-g1).
    type: str
  iam_authentication:
    description: Whether users may log in with IAM credentials.
    type: bool
  tags:
    description: Tags of the instance. When it is not given the tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
  apply_immediately:
    description: Whether changes that may interrupt service are made now, or in the next maintenance window.
    type: bool
    default: true
  final_snapshot_identifier:
    description: Name of the snapshot that O(state=absent) leaves; by default the instance's name and the time.
    type: str
  retain_snapshot:
    description: Whether O(state=absent) leaves a snapshot. With V(false) the content is lost.
    type: bool
    default: true
  delete_automated_backups:
    description: Whether O(state=absent) removes the automatic backups, too.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the instance is available or gone.
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
seealso:
  - module: amazon.aws.rds_instance
"""

EXAMPLES = r"""
- name: Request an encrypted instance of MySQL with a standby
  railyard.aws.rds_instance:
    db_instance_identifier: railyard
    engine: mysql
    engine_version: "8.4"
    instance_class: db.t4g.small
    allocated_storage: 20
    max_allocated_storage: 100
    subnet_group: railyard
    security_group_ids: [sg-0123456789abcdef0]
    parameter_group: railyard-mysql8-4
    multi_az: true
    backup_retention_period: 7
    log_exports: [error, slowquery]
    wait: false

- name: Remove a protected instance, which leaves a final snapshot
  railyard.aws.rds_instance:
    db_instance_identifier: railyard
    state: absent
    deletion_protection: false
"""

RETURN = r"""
instance:
  description:
    - The instance as AWS describes it, with keys in snake_case. No password is part of it.
    - In check mode one that does not exist has C(exists=false).
  returned: when O(state=present)
  type: dict
  contains:
    db_instance_identifier:
      description: Name of the instance.
      type: str
      sample: railyard
    exists:
      description: Whether the instance exists.
      type: bool
      sample: true
    arn:
      description: ARN of the instance.
      type: str
      sample: arn:aws:rds:ap-northeast-1:123456789012:db:railyard
    status:
      description: State of the instance.
      type: str
      sample: available
    address:
      description: Name that clients connect to; none while it is being made.
      type: str
      sample: railyard.abcdefghijkl.ap-northeast-1.rds.amazonaws.com
    port:
      description: Port that clients connect to.
      type: int
      sample: 3306
    master_user_secret_arn:
      description: ARN of the secret with the master user's name and password.
      type: str
      sample: arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-0123-abc
    pending_modified_values:
      description: What AWS has still to change.
      type: dict
      sample: {}
    tags:
      description: Tags of the instance.
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
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._rds import storage
from ansible_collections.railyard.aws.plugins.module_utils._rds.creation import check_needed, check_storage, judge, with_defaults
from ansible_collections.railyard.aws.plugins.module_utils._rds.errors import DatabaseError
from ansible_collections.railyard.aws.plugins.module_utils._rds.instances import (
    check_changes,
    creation,
    described,
    differences,
    modification,
    result_of,
)
from ansible_collections.railyard.aws.plugins.module_utils._rds.tags import ensure_tags
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import check_offered
from ansible_collections.railyard.aws.plugins.module_utils._rds.waiting import LOST, SETTLED, find, wait_until_gone, wait_until_settled
from ansible_collections.railyard.aws.plugins.module_utils._service_roles import NoServiceRole, once_the_role_is_there

ARGUMENTS = dict(
    db_instance_identifier=dict(type="str", required=True, aliases=["name"]),
    state=dict(type="str", choices=["present", "absent"], default="present"),
    engine=dict(type="str", choices=["mysql", "mariadb"]),
    engine_version=dict(type="str"),
    allow_major_version_upgrade=dict(type="bool", default=False),
    instance_class=dict(type="str"),
    allocated_storage=dict(type="int"),
    max_allocated_storage=dict(type="int"),
    storage_type=dict(type="str", choices=["gp2", "gp3", "io1", "io2"]),
    iops=dict(type="int"),
    storage_throughput=dict(type="int"),
    storage_encrypted=dict(type="bool"),
    kms_key_id=dict(type="str"),
    db_name=dict(type="str"),
    master_username=dict(type="str"),
    manage_master_user_password=dict(type="bool", no_log=False),
    master_user_secret_kms_key_id=dict(type="str", no_log=False),
    port=dict(type="int"),
    subnet_group=dict(type="str"),
    security_group_ids=dict(type="list", elements="str"),
    parameter_group=dict(type="str"),
    option_group=dict(type="str"),
    publicly_accessible=dict(type="bool"),
    multi_az=dict(type="bool"),
    backup_retention_period=dict(type="int"),
    backup_window=dict(type="str"),
    maintenance_window=dict(type="str"),
    copy_tags_to_snapshot=dict(type="bool"),
    auto_minor_version_upgrade=dict(type="bool"),
    deletion_protection=dict(type="bool"),
    log_exports=dict(type="list", elements="str"),
    performance_insights=dict(type="bool"),
    monitoring_interval=dict(type="int"),
    monitoring_role_arn=dict(type="str"),
    ca_certificate=dict(type="str"),
    iam_authentication=dict(type="bool"),
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=True),
    apply_immediately=dict(type="bool", default=True),
    final_snapshot_identifier=dict(type="str"),
    retain_snapshot=dict(type="bool", default=True),
    delete_automated_backups=dict(type="bool", default=True),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=1800),
)

#: Options that do not describe the instance.
CONDUCT = (
    "state",
    "allow_major_version_upgrade",
    "purge_tags",
    "apply_immediately",
    "final_snapshot_identifier",
    "retain_snapshot",
    "delete_automated_backups",
    "wait",
    "wait_timeout",
)


def placeholder(wanted):
    """Return an instance that a plan can go on with: of the shape of a real one, at an address that leads nowhere."""
    name = wanted["db_instance_identifier"]
    return {
        "db_instance_identifier": name,
        "exists": False,
        "arn": "",
        "status": "absent",
        "address": f"{name}.invalid",
        "port": wanted.get("port") or 3306,
        "master_user_secret_arn": "",
        "pending_modified_values": {},
        "tags": wanted.get("tags") or {},
    }


def create(client, params, check_mode):
    """Create the instance; return the result for exit_json. Raises DatabaseError when options are missing or wrong."""
    wanted, name = with_defaults(params), params["db_instance_identifier"]
    judge(wanted)
    check_needed(wanted)
    check_storage(name, wanted)
    if not wanted["manage_master_user_password"]:
        raise DatabaseError(f"Database '{name}': manage_master_user_password is false, but no other way to a password is known here; say true.")
    if wanted.get("engine_version"):
        check_offered(client, wanted["engine"], wanted["engine_version"])
    after = {option: value for option, value in wanted.items() if option in ARGUMENTS and option not in CONDUCT and value is not None}
    result = {"changed": True, "diff": {"before": {}, "after": after}}
    if check_mode:
        return {**result, "instance": placeholder(wanted)}
    tags = ansible_dict_to_boto3_tag_list(params["tags"] or {})
    request = creation(wanted)
    made = once_the_role_is_there(lambda: client.create_db_instance(aws_retry=True, Tags=tags, **request), "rds.amazonaws.com")
    instance = made["DBInstance"]
    if params["wait"]:
        instance = wait_until_settled(client, name, params["wait_timeout"])
    return {**result, "instance": result_of(instance, params["tags"] or {})}


def tags_of(instance):
    """Return the tags of an instance as a dictionary."""
    return boto3_tag_list_to_ansible_dict(instance.get("TagList") or [])


def change(client, params, changes, current):
    """Make the changes in one request, once an earlier one is done."""
    name = params["db_instance_identifier"]
    wait_until_settled(client, name, params["wait_timeout"])
    request = modification(changes, current)
    if "engine_version" in changes:
        request["AllowMajorVersionUpgrade"] = params["allow_major_version_upgrade"]
    client.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=params["apply_immediately"], aws_retry=True, **request)


def ensure_present(client, params, check_mode):
    """Create or change the instance; return the result for exit_json. Raises DatabaseError."""
    judge(params)
    name = params["db_instance_identifier"]
    instance = find(client, name)
    if instance is not None and instance["DBInstanceStatus"] == "deleting" and not check_mode:
        wait_until_gone(client, name, params["wait_timeout"])
        instance = None
    if instance is None or instance["DBInstanceStatus"] == "deleting":
        return create(client, params, check_mode)
    if instance["DBInstanceStatus"] == "creating":
        if not params["wait"] or check_mode:
            return {"changed": False, "diff": {"before": {}, "after": {}}, "instance": result_of(instance, tags_of(instance))}
        instance = wait_until_settled(client, name, params["wait_timeout"])
    current = described(instance)
    changes = differences(params, current)
    check_changes(name, changes, current, params["allow_major_version_upgrade"])
    check_storage(name, {**current, **changes, "iops": changes.get("iops"), "storage_throughput": changes.get("storage_throughput")})
    if "engine_version" in changes:
        check_offered(client, current["engine"], changes["engine_version"])
    before = {option: current.get(option) for option in changes}
    after = dict(changes)
    if changes and not check_mode:
        change(client, params, changes, current)
    tags = ensure_tags(client, instance["DBInstanceArn"], tags_of(instance), params["tags"], params["purge_tags"], check_mode)
    if tags.before != tags.after:
        before["tags"], after["tags"] = tags.before, tags.after
    if after and not check_mode:
        instance = wait_until_settled(client, name, params["wait_timeout"]) if params["wait"] else find(client, name) or instance
    return {
        "changed": bool(after),
        "diff": {"before": before, "after": after},
        "instance": result_of(instance, tags_of(instance)),
        "said": storage.warnings(name, params, current),
    }


def unprotect(client, params, instance):
    """Take the deletion protection away where that was said. Raises DatabaseError where it was not."""
    if not instance.get("DeletionProtection"):
        return
    name = params["db_instance_identifier"]
    if params["deletion_protection"] is not False:
        raise DatabaseError(f"Database '{name}' is protected from deletion. To remove it all the same, give deletion_protection: false.")
    client.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True, aws_retry=True)


def delete(client, params, instance):
    """Delete the instance and return the name of the snapshot that it leaves, or an empty text."""
    name, snapshot = params["db_instance_identifier"], ""
    if instance["DBInstanceStatus"] not in (*SETTLED, *LOST):
        instance = wait_until_settled(client, name, params["wait_timeout"])
    unprotect(client, params, instance)
    if params["retain_snapshot"] and instance["DBInstanceStatus"] not in LOST:
        snapshot = params["final_snapshot_identifier"] or time.strftime(f"{name}-final-%Y%m%dt%H%M%S", time.gmtime())
    last = {"FinalDBSnapshotIdentifier": snapshot} if snapshot else {"SkipFinalSnapshot": True}
    try:
        client.delete_db_instance(DBInstanceIdentifier=name, DeleteAutomatedBackups=params["delete_automated_backups"], aws_retry=True, **last)
    except is_boto3_error_code("DBSnapshotAlreadyExists"):
        raise DatabaseError(
            f"A snapshot '{snapshot}' exists already, so database '{name}' was not removed."
            " Give another final_snapshot_identifier, or none: then its name ends in the time."
        ) from None
    return snapshot


def ensure_absent(client, params, check_mode):
    """Remove the instance; return the result for exit_json. Raises DatabaseError."""
    name, snapshot = params["db_instance_identifier"], ""
    instance = find(client, name)
    leaving = instance is not None and instance["DBInstanceStatus"] == "deleting"
    changed = instance is not None and not leaving
    before = {"db_instance_identifier": name, **described(instance)} if changed else {}
    if not check_mode:
        if changed:
            snapshot = delete(client, params, instance)
        if instance is not None and params["wait"]:
            wait_until_gone(client, name, params["wait_timeout"])
    return {"changed": changed, "diff": {"before": before, "after": {}}, "final_snapshot_identifier": snapshot}


@guarded
def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = {**module.params, "db_instance_identifier": module.params["db_instance_identifier"].lower()}
    # AWS takes one change at a time, and shows the state of an instance a moment later than it has it.
    client = module.client("rds", retry_decorator=AWSRetry.jittered_backoff(retries=8, delay=2, catch_extra_error_codes=["InvalidDBInstanceState"]))
    try:
        ensure = ensure_absent if params["state"] == "absent" else ensure_present
        result = ensure(client, params, module.check_mode)
        for warning in result.pop("said", []):
            module.warn(warning)
    except (DatabaseError, NoServiceRole) as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Database '{params['db_instance_identifier']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
