"""Answers of RDS → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sandbox.core.fields import Line, ParameterName, check
from sandbox.core.intake import Intake, Strict
from sandbox.services.rds.names import SERVED, interface_id
from sandbox.services.rds.picture import Database, DatabaseSnapshot

Answer = Mapping[str, Any]

#: Description of the interface that RDS makes for an instance.
DATABASE_INTERFACE = "RDSNetworkInterface"

_STRICT = Strict()


def database_of(
    instance: Answer, interfaces: Mapping[str, Answer], parameters: Iterable[Answer], take: Intake = _STRICT
) -> Database | None:
    """One RDS instance; None when no server of the sandbox stands behind it.

    :param interfaces: all network interfaces by id
    :param parameters: those of its parameter group that somebody set
    """
    interface = interfaces.get(interface_id(instance["DbiResourceId"]))
    if instance["Engine"] not in SERVED or interface is None:
        return None
    return Database(
        id=instance["DbiResourceId"],
        name=instance["DBInstanceIdentifier"],
        vpc_id=interface["VpcId"],
        subnet_id=interface["SubnetId"],
        address=interface["PrivateIpAddress"],
        mac=interface["MacAddress"],
        port=int(instance["Endpoint"]["Port"]),
        host_name=instance["Endpoint"]["Address"],
        group_ids=tuple(sorted(group["GroupId"] for group in interface.get("Groups", ()))),
        engine=instance["Engine"],
        version=instance["EngineVersion"],
        master_user=instance["MasterUsername"],
        database=instance.get("DBName") or None,
        parameter_group=instance["DBParameterGroups"][0]["DBParameterGroupName"],
        parameters=tuple(
            sorted(
                take.parts(
                    "parameter",
                    instance["DBInstanceIdentifier"],
                    [partial(_parameter, each) for each in parameters if "ParameterValue" in each],
                )
            )
        ),
        storage=int(instance["AllocatedStorage"]),
        state=instance["DBInstanceStatus"],
        public=bool(instance.get("PubliclyAccessible")),
    )


def _parameter(parameter: Answer) -> tuple[str, str]:
    name = check(ParameterName, parameter["ParameterName"], "ParameterName")
    return name, check(Line, str(parameter["ParameterValue"]), name)


def database_snapshot_of(snapshot: Answer) -> DatabaseSnapshot:
    return DatabaseSnapshot(snapshot["DBSnapshotIdentifier"], snapshot["DbiResourceId"])
