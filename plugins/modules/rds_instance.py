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
  - Creates, changes and removes an instance of RDS for MySQL, MariaDB or PostgreSQL.
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
    choices: [mysql, mariadb, postgres]
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
  delete_automated_backups:
    description: Whether O(state=absent) removes the automatic backups, too.
    type: bool
    default: true
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

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._rds import creation, instances, storage
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import check_offered
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.lifecycle import LifecycleResource
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import RDS

ARGUMENTS = dict(
    db_instance_identifier=dict(type="str", required=True, aliases=["name"]),
    **arguments.STATE,
    engine=dict(type="str", choices=["mysql", "mariadb", "postgres"]),
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
    **arguments.TAGS,
    **arguments.LIFECYCLE,
    delete_automated_backups=dict(type="bool", default=True),
)


class DBInstance(LifecycleResource):
    """An instance of RDS."""

    service = "rds"
    # AWS takes one change at a time, and shows the state of an instance a moment later than it has it.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["InvalidDBInstanceState"]}
    label = "Database"
    id_option = "db_instance_identifier"
    result_key = "instance"
    tag_api = RDS
    status_key = "DBInstanceStatus"
    available = ("available", "stopped", "storage-full", "storage-optimization")
    lost = ("failed", "incompatible-create", "incompatible-network", "incompatible-restore")
    longest_pause = 30
    principal = "rds.amazonaws.com"
    snapshot_exists = "DBSnapshotAlreadyExists"
    module_options = (*arguments.MODULE_OPTIONS, "allow_major_version_upgrade", "delete_automated_backups")
    defaults = creation.DEFAULTS

    def lost_message(self, status: str) -> str:
        return (
            f"AWS has given up {self.called}: it is '{status}'. Its events say why (`aws rds describe-events --source-type"
            f" db-instance --source-identifier {self.name}`): mend that, and where it comes back run again. One that has content has first to be"
            " restored from its backups (`aws rds restore-db-instance-to-point-in-time`); only one that never had any may be removed"
            " at once, with state: absent."
        )

    def validate(self) -> None:
        creation.validate(self.params)

    def find(self) -> dict[str, Any] | None:
        return find_by_name(self.client.describe_db_instances, "DBInstances", "DBInstanceNotFound", DBInstanceIdentifier=self.name)

    def describe(self, found: dict[str, Any]) -> dict[str, Any]:
        return instances.described(found)

    def tag_target(self, found: dict[str, Any]) -> str:
        return found["DBInstanceArn"]

    def tags_of(self, found: dict[str, Any]) -> dict[str, str]:
        return boto3_tag_list_to_ansible_dict(found.get("TagList") or [])

    def check_new(self, wanted: dict[str, Any]) -> None:
        creation.validate(wanted)
        creation.check_needed(wanted)
        creation.check_storage(self.name, wanted)
        if not wanted["manage_master_user_password"]:
            raise ResourceError(f"{self.title}: manage_master_user_password is false, but no other way to a password is known here; say true.")
        if wanted.get("engine_version"):
            check_offered(self.client, wanted["engine"], wanted["engine_version"])

    def request_creation(self, new: dict[str, Any]) -> dict[str, Any]:
        tags = ansible_dict_to_boto3_tag_list(self.tags)
        return self.client.create_db_instance(aws_retry=True, Tags=tags, **instances.creation(new))["DBInstance"]

    def plan(self, found: dict[str, Any]) -> Diff:
        current = self.describe(found)
        changes = instances.differences(self.params, current)
        instances.check_changes(self.name, changes, current, self.params["allow_major_version_upgrade"])
        figures = {option: changes.get(option) for option in ("iops", "storage_throughput")}
        creation.check_storage(self.name, {**current, **changes, **figures})
        if "engine_version" in changes:
            check_offered(self.client, current["engine"], changes["engine_version"])
        self.warnings += storage.warnings(self.name, self.params, current)
        return Diff({option: current.get(option) for option in changes}, changes)

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        self.wait_until_available()
        request = instances.modification(diff.after, self.describe(found))
        if "engine_version" in diff.after:
            request["AllowMajorVersionUpgrade"] = self.params["allow_major_version_upgrade"]
        self._modify(ApplyImmediately=self.params["apply_immediately"], **request)

    def _modify(self, **request: Any) -> None:
        self.client.modify_db_instance(DBInstanceIdentifier=self.name, aws_retry=True, **request)

    def unprotect(self, found: dict[str, Any]) -> None:
        if not found.get("DeletionProtection"):
            return
        if self.params["deletion_protection"] is not False:
            raise ResourceError(f"{self.title} is protected from deletion. To remove it all the same, give deletion_protection: false.")
        self._modify(DeletionProtection=False, ApplyImmediately=True)

    def request_deletion(self, snapshot: str) -> None:
        last = {"FinalDBSnapshotIdentifier": snapshot} if snapshot else {"SkipFinalSnapshot": True}
        backups = self.params["delete_automated_backups"]
        self.client.delete_db_instance(DBInstanceIdentifier=self.name, DeleteAutomatedBackups=backups, aws_retry=True, **last)

    def returned(self, found: dict[str, Any]) -> dict[str, Any]:
        return instances.result_of(found)

    def placeholder(self, new: dict[str, Any]) -> dict[str, Any]:
        return {
            "db_instance_identifier": self.name,
            "exists": False,
            "arn": "",
            "status": "absent",
            "address": f"{self.name}.invalid",
            "port": new.get("port") or (5432 if new.get("engine") == "postgres" else 3306),
            "master_user_secret_arn": "",
            "pending_modified_values": {},
            "tags": self.tags,
        }


@guarded
def main() -> None:
    run(DBInstance, ARGUMENTS)


if __name__ == "__main__":
    main()
