# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances of RDS: as AWS describes them, in the words of the module's options, and what differs. Pure."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.railyard.aws.plugins.module_utils._rds import storage
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import major_of, numbers, satisfies
from ansible_collections.railyard.aws.plugins.module_utils._resource import compare
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: Option -> key of CreateDBInstance and ModifyDBInstance, of what can be changed.
CHANGEABLE = {
    "engine_version": "EngineVersion",
    "instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "max_allocated_storage": "MaxAllocatedStorage",
    "storage_type": "StorageType",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
    "security_group_ids": "VpcSecurityGroupIds",
    "parameter_group": "DBParameterGroupName",
    "option_group": "OptionGroupName",
    "publicly_accessible": "PubliclyAccessible",
    "multi_az": "MultiAZ",
    "backup_retention_period": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "deletion_protection": "DeletionProtection",
    "performance_insights": "EnablePerformanceInsights",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "ca_certificate": "CACertificateIdentifier",
    "iam_authentication": "EnableIAMDatabaseAuthentication",
}

#: Options that ModifyDBInstance calls otherwise than CreateDBInstance, or wants in another form.
PORT, LOGS = "port", "log_exports"

#: Option -> key of CreateDBInstance, of what can only be chosen there.
FIXED = {
    "engine": "Engine",
    "db_name": "DBName",
    "master_username": "MasterUsername",
    "subnet_group": "DBSubnetGroupName",
    "storage_encrypted": "StorageEncrypted",
    "kms_key_id": "KmsKeyId",
    "master_user_secret_kms_key_id": "MasterUserSecretKmsKeyId",
}

#: Changes that AWS keeps for the next maintenance window, unless told otherwise.
_PENDING = {
    option: CHANGEABLE[option]
    for option in (
        "engine_version",
        "instance_class",
        "allocated_storage",
        "storage_type",
        "iops",
        "storage_throughput",
        "multi_az",
        "backup_retention_period",
        "ca_certificate",
    )
}


def pending_of(instance: dict[str, Any]) -> dict[str, Any]:
    """Return what AWS has still to change of an instance, without the password that it masks."""
    pending = instance.get("PendingModifiedValues") or {}
    return {key: value for key, value in pending.items() if key != "MasterUserPassword" and value not in ({}, [], None)}


def log_exports(instance):
    """Return the logs that go to CloudWatch, those included that AWS is about to send or to stop, sorted."""
    logs = set(instance.get("EnabledCloudwatchLogsExports") or [])
    pending = pending_of(instance).get("PendingCloudwatchLogsExports") or {}
    return sorted((logs | set(pending.get("LogTypesToEnable") or [])) - set(pending.get("LogTypesToDisable") or []))


def described(instance: dict[str, Any]) -> dict[str, Any]:
    """Return an instance in the words of the module's options; what AWS does not say is left out.

    A change that waits for the maintenance window counts as made.
    """
    pending = pending_of(instance)
    secret = instance.get("MasterUserSecret") or {}
    values = {
        **{option: instance.get(key) for option, key in {**CHANGEABLE, **FIXED}.items()},
        **{option: pending[key] for option, key in _PENDING.items() if key in pending},
        # AWS tells no limit, or the size itself, while storage does not grow.
        "max_allocated_storage": instance.get("MaxAllocatedStorage") or 0,
        "security_group_ids": sorted(group["VpcSecurityGroupId"] for group in instance.get("VpcSecurityGroups") or []),
        "parameter_group": _first(instance, "DBParameterGroups").get("DBParameterGroupName"),
        "option_group": _first(instance, "OptionGroupMemberships").get("OptionGroupName"),
        "subnet_group": (instance.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "performance_insights": bool(instance.get("PerformanceInsightsEnabled")),
        "monitoring_interval": instance.get("MonitoringInterval") or 0,
        "iam_authentication": bool(instance.get("IAMDatabaseAuthenticationEnabled")),
        "manage_master_user_password": bool(secret),
        "master_user_secret_kms_key_id": secret.get("KmsKeyId"),
        PORT: pending.get("Port") or port_of(instance),
        LOGS: log_exports(instance),
    }
    if values["max_allocated_storage"] <= (values["allocated_storage"] or 0):
        values["max_allocated_storage"] = 0
    return {option: value for option, value in values.items() if value is not None}


def _first(instance, key):
    return (instance.get(key) or [{}])[0]


def port_of(instance: dict[str, Any]) -> int | None:
    """Return the port that clients connect to; None while the instance has no endpoint."""
    return (instance.get("Endpoint") or {}).get("Port") or instance.get("DbInstancePort") or None


def same(current):
    """Return, by option, whether two values mean the same for an instance that is now ``current``."""
    upgrades_itself = current.get("auto_minor_version_upgrade")
    return {
        "engine_version": lambda wanted, has: satisfies(wanted, has, upgrades_itself, current.get("engine", "mysql")),
        "allocated_storage": storage.grown,
        **dict.fromkeys(("backup_window", "maintenance_window", "parameter_group", "option_group", "subnet_group"), compare.same_word),
        **dict.fromkeys(("security_group_ids", LOGS), compare.same_members),
        **dict.fromkeys(("kms_key_id", "master_user_secret_kms_key_id"), compare.same_key),
    }


def differences(params, current):
    """Return the options that were given and differ from ``current``, with their wanted values."""
    options = [*CHANGEABLE, *FIXED, "manage_master_user_password", PORT, LOGS]
    size = max(params.get("allocated_storage") or 0, current.get("allocated_storage") or 0)
    if storage.limit_reached(params.get("max_allocated_storage"), size):
        # AWS would refuse it; warnings say so.
        options.remove("max_allocated_storage")
    return compare.differences(params, current, options, same(current)) | {
        # AWS leaves these out when they are not set.
        option: params[option]
        for option in ("iops", "storage_throughput", "monitoring_role_arn", "ca_certificate")
        if params.get(option) and option not in current
    }


def check_changes(name, changes, current, allow_major):
    """Raise ResourceError, naming all of them, when a difference is one that AWS cannot mend in place."""
    problems = compare.fixed_problems(changes, current, FIXED)
    if changes.get("manage_master_user_password") is False:
        problems.append("manage_master_user_password is true; without it somebody would have to know the password")
    version = changes.get("engine_version")
    if version and numbers(version) < numbers(current["engine_version"])[: len(numbers(version))]:
        problems.append(f"engine_version is {current['engine_version']} and cannot go back to {version}")
    if problems:
        raise ResourceError(
            f"Database '{name}' cannot be changed so: {'; '.join(problems)}. Nothing was changed, and its content is safe: take back the change."
            " Another value takes another database: make one of another name beside it, bring the content over from a dump or a snapshot,"
            " and remove the old one only then."
        )
    engine = current.get("engine", "mysql")
    major = major_of(current["engine_version"], engine) if version else ""
    if version and major_of(version, engine) != major and not allow_major:
        raise ResourceError(
            f"Database '{name}' has version {current['engine_version']}; {version} is another major version, whose upgrade cannot be taken"
            f" back and wants groups of its own. Take a snapshot, then say allow_major_version_upgrade: true; or ask for {major}."
        )


def creation(wanted):
    """Return the arguments of CreateDBInstance for options that were judged; tags apart."""
    keys = {**CHANGEABLE, **FIXED, PORT: "Port", LOGS: "EnableCloudwatchLogsExports"}
    request = {key: wanted[option] for option, key in keys.items() if wanted.get(option) is not None}
    request["DBInstanceIdentifier"] = wanted["db_instance_identifier"]
    request["ManageMasterUserPassword"] = True
    if not wanted.get("max_allocated_storage"):
        request.pop("MaxAllocatedStorage", None)
    return request


def modification(changes, current):
    """Return the arguments of ModifyDBInstance for ``changes``; empty when there are none."""
    named = {**changes, **storage.together(changes, current)}
    request = {key: named[option] for option, key in CHANGEABLE.items() if option in named}
    if changes.get("max_allocated_storage") == 0:
        # The size itself as its limit: storage no longer grows.
        request["MaxAllocatedStorage"] = max(current["allocated_storage"], changes.get("allocated_storage", 0))
    if PORT in changes:
        request["DBPortNumber"] = changes[PORT]
    if changes.get("manage_master_user_password"):
        request["ManageMasterUserPassword"] = True
    if LOGS in changes:
        wanted, has = set(changes[LOGS]), set(current[LOGS])
        request["CloudwatchLogsExportConfiguration"] = {
            key: sorted(logs) for key, logs in (("EnableLogTypes", wanted - has), ("DisableLogTypes", has - wanted)) if logs
        }
    return request


def result_of(instance):
    """Return the instance for the module's result: snake_case, with endpoint and secret where they are easy to find."""
    plain = {key: value for key, value in instance.items() if key not in ("TagList", "PendingModifiedValues")}
    return {
        **camel_dict_to_snake_dict(plain),
        "arn": instance["DBInstanceArn"],
        "status": instance["DBInstanceStatus"],
        "address": (instance.get("Endpoint") or {}).get("Address"),
        "port": port_of(instance),
        "master_user_secret_arn": (instance.get("MasterUserSecret") or {}).get("SecretArn"),
        "pending_modified_values": camel_dict_to_snake_dict(pending_of(instance)),
    }
