# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of a stack in RDS, the groups they stand on and the snapshots they left."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._rds.instances import described, pending_of, port_of
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.tagged import is_stacks, pages, tagged
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

#: kind: (operation, key of the list in the answer, key of the ARN). Their lists give no tags.
_GROUPS: dict[str, tuple[str, str, str]] = {
    "db_subnet_groups": ("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupArn"),
    "db_parameter_groups": ("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupArn"),
    "db_option_groups": ("describe_option_groups", "OptionGroupsList", "OptionGroupArn"),
}
_NAMES = {"db_subnet_groups": "DBSubnetGroupName", "db_parameter_groups": "DBParameterGroupName", "db_option_groups": "OptionGroupName"}


def read_databases(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Resources of one kind with the tag ``Stack=<stack>``."""
    if kind == "databases":
        return [item for item in pages(client, "describe_db_instances", "DBInstances") if is_stacks(item.get("TagList"), stack)]
    if kind == "db_snapshots":
        found = pages(client, "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
        return [item for item in found if is_stacks(item.get("TagList"), stack)]
    operation, key, arn = _GROUPS[kind]
    # AWS's own, default.mysql8.4 and default:mysql-8-4, are nobody's.
    groups = [item for item in pages(client, operation, key) if not item[_NAMES[kind]].startswith(("default.", "default:"))]
    ours = tagged(client, groups, arn, stack)
    if kind != "db_parameter_groups":
        return ours

    def with_parameters(group: Raw) -> Raw:
        name = group["DBParameterGroupName"]
        return {**group, "Parameters": pages(client, "describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user")}

    return still_there(with_parameters, ours)


def _entry(raw: Raw, arn: str, name: str, **attributes: Any) -> Entry:
    tags = boto3_tag_list_to_ansible_dict(raw.get("TagList") or raw.get("Tags") or [])
    return {"id": raw[arn], "name": raw[name], "exists": True, "tags": tags, "arn": raw[arn], **attributes}


def database(raw: Raw) -> Entry:
    groups = raw.get("DBParameterGroups") or [{}]
    return _entry(
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
        },
    )


def subnet_group(raw: Raw) -> Entry:
    return _entry(
        raw,
        "DBSubnetGroupArn",
        "DBSubnetGroupName",
        description=raw.get("DBSubnetGroupDescription"),
        vpc_id=raw.get("VpcId"),
        subnet_ids=sorted(subnet["SubnetIdentifier"] for subnet in raw.get("Subnets") or []),
    )


def parameter_group(raw: Raw) -> Entry:
    """``raw`` carries, beside the API's own keys, ``Parameters``: those that somebody set."""
    return _entry(
        raw,
        "DBParameterGroupArn",
        "DBParameterGroupName",
        description=raw.get("Description"),
        family=raw["DBParameterGroupFamily"],
        parameters={one["ParameterName"]: one.get("ParameterValue") for one in raw["Parameters"]},
    )


def option_group(raw: Raw) -> Entry:
    return _entry(
        raw,
        "OptionGroupArn",
        "OptionGroupName",
        description=raw.get("OptionGroupDescription"),
        engine=raw["EngineName"],
        major_engine_version=raw["MajorEngineVersion"],
        options=sorted(option["OptionName"] for option in raw.get("Options") or []),
    )


def snapshot(raw: Raw) -> Entry:
    return _entry(
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


SERVICE = Service(
    client="rds",
    kinds={
        "db_subnet_groups": Kind(
            "rds",
            "Database subnet group",
            "subgrp",
            {"arn": None, "description": None, "vpc_id": None, "subnet_ids": []},
            listed=False,
            planned_id=_planned_id("subgrp"),
        ),
        "db_parameter_groups": Kind(
            "rds",
            "Database parameter group",
            "pg",
            {"arn": None, "description": None, "family": None, "parameters": {}},
            listed=False,
            planned_id=_planned_id("pg"),
        ),
        "db_option_groups": Kind(
            "rds",
            "Database option group",
            "og",
            {"arn": None, "description": None, "engine": None, "major_engine_version": None, "options": []},
            listed=False,
            planned_id=_planned_id("og"),
        ),
        "databases": Kind(
            "rds",
            "Database",
            "db",
            {
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
            },
            planned_id=_planned_id("db"),
            leaving=frozenset({"deleting"}),
            coming=frozenset(
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
        ),
        "db_snapshots": Kind(
            "rds",
            "Database snapshot",
            "snapshot",
            {
                "arn": None,
                "state": None,
                "database": None,
                "engine": None,
                "engine_version": None,
                "allocated_storage": None,
                "option_group": None,
                "encrypted": None,
            },
            planned_id=_planned_id("snapshot"),
            coming=frozenset({"creating"}),
        ),
    },
    read=read_databases,
    entry_of={
        "db_subnet_groups": subnet_group,
        "db_parameter_groups": parameter_group,
        "db_option_groups": option_group,
        "databases": database,
        "db_snapshots": snapshot,
    },
)
