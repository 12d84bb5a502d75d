# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of a stack in RDS, the groups they stand on and the snapshots they left."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, moment
from ansible_collections.railyard.aws.plugins.module_utils._inventory.groups import parameter_group, subnet_group, with_parameters
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import Read, belongs_to_stack, with_stacks_tag
from ansible_collections.railyard.aws.plugins.module_utils._rds.instances import described, pending_of, port_of
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def _listed_with_tags(operation: str, key: str, **more: Any) -> Read:
    """Reads the stack's of what RDS lists with its tags, which it calls ``TagList``."""

    def read(client: Any, scope: Scope) -> list[Raw]:
        found = read_all(client, operation, key, **more)
        return [{**item, "Tags": item["TagList"]} for item in found if belongs_to_stack(item.get("TagList"), scope.stack)]

    return read


def _groups(operation: str, key: str, arn_key: str, name_key: str) -> Read:
    """Reads the stack's groups of one kind: their lists give no tags."""

    def read(client: Any, scope: Scope) -> list[Raw]:
        # AWS's own, default.mysql8.4 and default:mysql-8-4, are nobody's.
        groups = [item for item in read_all(client, operation, key) if not item[name_key].startswith(("default.", "default:"))]
        return with_stacks_tag(client, groups, arn_key, scope.stack)

    return read


def _read_parameter_groups(client: Any, scope: Scope) -> list[Raw]:
    ours = _groups("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupArn", "DBParameterGroupName")(client, scope)
    return with_parameters("DB", client, ours)


def _database(raw: Raw) -> Entry:
    groups = raw.get("DBParameterGroups") or [{}]
    return arn_entry(
        raw,
        "DBInstanceArn",
        "DBInstanceIdentifier",
        **{
            **described(raw),
            "state": raw["DBInstanceStatus"],
            "address": (raw.get("Endpoint") or {}).get("Address"),
            "port": port_of(raw),
            "resource_id": raw.get("DbiResourceId"),
            "availability_zone": raw.get("AvailabilityZone"),
            "master_user_secret_arn": (raw.get("MasterUserSecret") or {}).get("SecretArn"),
            "parameter_group_status": groups[0].get("ParameterApplyStatus"),
            "pending": camel_dict_to_snake_dict(pending_of(raw)),
            "created": moment(raw.get("InstanceCreateTime")),
        },
    )


def _option_group(raw: Raw) -> Entry:
    return arn_entry(
        raw,
        "OptionGroupArn",
        "OptionGroupName",
        description=raw.get("OptionGroupDescription"),
        engine=raw["EngineName"],
        major_engine_version=raw["MajorEngineVersion"],
        options=sorted(option["OptionName"] for option in raw.get("Options") or []),
    )


def _snapshot(raw: Raw) -> Entry:
    return arn_entry(
        raw,
        "DBSnapshotArn",
        "DBSnapshotIdentifier",
        state=raw["Status"],
        database=raw["DBInstanceIdentifier"],
        engine=raw.get("Engine"),
        engine_version=raw.get("EngineVersion"),
        allocated_storage=raw.get("AllocatedStorage"),
        option_group=raw.get("OptionGroupName"),
        encrypted=raw.get("Encrypted"),
    )


def _planned_id(kind: str) -> str:
    return f"arn:aws:rds:{{region}}:{{account}}:{kind}:{{name}}"


KINDS: dict[str, Kind] = {
    "db_subnet_groups": Kind(
        label="Database subnet group",
        role="rds",
        made_by={"amazon.aws.rds_subnet_group": ModuleSpec()},
        client="rds",
        read=_groups("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupArn", "DBSubnetGroupName"),
        entry=subnet_group("DB", "DBSubnetGroupArn"),
        fields={"arn": None, "description": None, "vpc_id": None, "subnet_ids": []},
        planned_id=_planned_id("subgrp"),
        listed=False,
    ),
    "db_parameter_groups": Kind(
        label="Database parameter group",
        role="rds",
        made_by={"railyard.aws.rds_parameter_group": ModuleSpec()},
        client="rds",
        read=_read_parameter_groups,
        entry=parameter_group("DB", "DBParameterGroupArn"),
        fields={"arn": None, "description": None, "family": None, "parameters": {}},
        planned_id=_planned_id("pg"),
        listed=False,
        about="The `parameters` that were set.",
    ),
    "db_option_groups": Kind(
        label="Database option group",
        role="rds",
        made_by={"amazon.aws.rds_option_group": ModuleSpec(("option_group_name",))},
        client="rds",
        read=_groups("describe_option_groups", "OptionGroupsList", "OptionGroupArn", "OptionGroupName"),
        entry=_option_group,
        fields={"arn": None, "description": None, "engine": None, "major_engine_version": None, "options": []},
        planned_id=_planned_id("og"),
        listed=False,
    ),
    "databases": Kind(
        label="Database",
        role="rds",
        made_by={
            "railyard.aws.rds_instance": ModuleSpec(("db_instance_identifier",)),
            # Stops and starts it.
            "amazon.aws.rds_instance": ModuleSpec(("db_instance_identifier",)),
        },
        client="rds",
        read=_listed_with_tags("describe_db_instances", "DBInstances"),
        entry=_database,
        fields={
            "arn": None,
            "state": None,
            "address": None,
            "port": None,
            "engine": None,
            "engine_version": None,
            "instance_class": None,
            "multi_az": None,
            "allocated_storage": None,
            "max_allocated_storage": 0,
            "parameter_group": None,
            "option_group": None,
            "subnet_group": None,
            "security_group_ids": [],
            "deletion_protection": None,
            "master_username": None,
            "master_user_secret_arn": None,
            "ca_certificate": None,
            "log_exports": [],
            "resource_id": None,
            "availability_zone": None,
            "parameter_group_status": None,
            "pending": {},
            "created": None,
            "storage_type": None,
        },
        planned_id=_planned_id("db"),
        deleting=frozenset({"deleting"}),
        pending=frozenset(
            {
                "backing-up",
                "configuring-enhanced-monitoring",
                "configuring-iam-database-auth",
                "configuring-log-exports",
                "creating",
                "maintenance",
                "modifying",
                "rebooting",
                "renaming",
                "resetting-master-credentials",
                "starting",
                "upgrading",
            }
        ),
        failed=frozenset({"failed", "incompatible-create", "incompatible-network", "incompatible-restore"}),
        usual_seconds=330,
        named_by="identifier of the DB instance",
    ),
    "db_snapshots": Kind(
        label="Database snapshot",
        role="rds",
        client="rds",
        read=_listed_with_tags("describe_db_snapshots", "DBSnapshots", SnapshotType="manual"),
        entry=_snapshot,
        fields=dict.fromkeys(("arn", "state", "database", "engine", "engine_version", "allocated_storage", "option_group", "encrypted")),
        planned_id=_planned_id("snapshot"),
        pending=frozenset({"creating"}),
    ),
}
