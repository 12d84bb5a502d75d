"""Databases and the groups they stand on. No master password: RDS keeps it, or the template says where to find it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.export.groups import parameter_values, subnet_group
from tools.export.resource import Clients, Export, Left, Named, Raw, Resource, nothing, picked, present, tags


def _parameter_group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name = raw["DBParameterGroupName"]
    yield Resource(
        "RDS::DBParameterGroup",
        name,
        present(
            DBParameterGroupName=name,
            Family=raw["DBParameterGroupFamily"],
            Description=raw["Description"],
            Parameters=parameter_values(raw),
            Tags=tags(raw.get("Tags")),
        ),
        {"DBParameterGroupName": name},
    )


def _option_group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name = raw["OptionGroupName"]
    options = [
        present(
            **picked(one, "OptionName", "OptionVersion", "Port"),
            # Those that somebody set; of a password there is only a mask.
            OptionSettings=[
                picked(setting, "Name", "Value")
                for setting in one.get("OptionSettings") or []
                if setting.get("Value")
                and setting.get("Value") != setting.get("DefaultValue")
                and "PASSWORD" not in setting["Name"]
            ],
            VpcSecurityGroupMemberships=[
                group["VpcSecurityGroupId"] for group in one.get("VpcSecurityGroupMemberships") or []
            ],
        )
        for one in raw.get("Options") or []
    ]
    yield Resource(
        "RDS::OptionGroup",
        name,
        present(
            **picked(raw, "OptionGroupName", "OptionGroupDescription", "EngineName", "MajorEngineVersion"),
            OptionConfigurations=options,
            Tags=tags(raw.get("Tags")),
        ),
        {"OptionGroupName": name},
    )


def _own(type_: str, memberships: list[Raw] | None, key: str) -> Named | None:
    names = [one[key] for one in memberships or []]
    return Named(type_, names[0]) if names else None


def _password(raw: Raw) -> dict[str, Any]:
    """RDS keeps the password where it was asked to; else AWS tells none, and a secret of this name is to hold it."""
    if raw.get("MasterUserSecret"):
        return {"ManageMasterUserPassword": True}
    return {"MasterUserPassword": f"{{{{resolve:secretsmanager:{_secret(raw)}:SecretString:password}}}}"}


def _secret(raw: Raw) -> str:
    return f"{raw['DBInstanceIdentifier']}/master"


def _database(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    name = raw["DBInstanceIdentifier"]
    endpoint = raw.get("Endpoint") or {}
    storage, key = raw.get("StorageType"), raw.get("KmsKeyId") or ""
    # gp2 and small gp3 take no numbers.
    fast = storage in ("io1", "io2") or (storage == "gp3" and (raw.get("AllocatedStorage") or 0) >= 400)
    yield Resource(
        "RDS::DBInstance",
        name,
        present(
            DBInstanceIdentifier=name,
            **picked(raw, "DBInstanceClass", "Engine", "EngineVersion", "DBName", "MultiAZ", "PubliclyAccessible"),
            **picked(raw, "StorageType", "StorageEncrypted", "BackupRetentionPeriod", "DeletionProtection"),
            **picked(raw, "PreferredBackupWindow", "PreferredMaintenanceWindow", "CopyTagsToSnapshot"),
            **picked(raw, "AutoMinorVersionUpgrade", "CACertificateIdentifier", "MaxAllocatedStorage"),
            **(picked(raw, "Iops", "StorageThroughput") if fast else {}),
            # A key is told by its ARN.
            KmsKeyId=key if key.startswith("arn:") else None,
            AllocatedStorage=str(raw["AllocatedStorage"]),
            MasterUsername=raw.get("MasterUsername"),
            **_password(raw),
            Port=str(endpoint["Port"]) if endpoint.get("Port") else None,
            DBSubnetGroupName=_own(
                "RDS::DBSubnetGroup", [raw["DBSubnetGroup"]] if raw.get("DBSubnetGroup") else [], "DBSubnetGroupName"
            ),
            DBParameterGroupName=_own("RDS::DBParameterGroup", raw.get("DBParameterGroups"), "DBParameterGroupName"),
            OptionGroupName=_own("RDS::OptionGroup", raw.get("OptionGroupMemberships"), "OptionGroupName"),
            VPCSecurityGroups=[one["VpcSecurityGroupId"] for one in raw.get("VpcSecurityGroups") or []],
            EnableCloudwatchLogsExports=raw.get("EnabledCloudwatchLogsExports"),
            EnablePerformanceInsights=raw.get("PerformanceInsightsEnabled"),
            EnableIAMDatabaseAuthentication=raw.get("IAMDatabaseAuthenticationEnabled"),
            MonitoringInterval=raw.get("MonitoringInterval"),
            MonitoringRoleArn=raw.get("MonitoringRoleArn"),
            Tags=tags(raw.get("Tags")),
        ),
        {"DBInstanceIdentifier": name},
        {raw["DBInstanceArn"]: "DBInstanceArn"}
        | ({endpoint["Address"]: "Endpoint.Address"} if endpoint.get("Address") else {}),
    )
    if not raw.get("MasterUserSecret"):
        yield Left(
            f"{name}, its master password",
            f"AWS tells none; the template looks for it as `password` of the secret {_secret(raw)} of Secrets Manager",
        )


EXPORTS: dict[str, Export] = {
    "db_subnet_groups": subnet_group(
        "RDS::DBSubnetGroup", "DBSubnetGroupName", "DBSubnetGroupDescription", "DBSubnetGroupDescription"
    ),
    "db_parameter_groups": _parameter_group,
    "db_option_groups": _option_group,
    "databases": _database,
    "db_snapshots": nothing("CloudFormation has no snapshots", lambda raw: raw["DBSnapshotIdentifier"]),
}
