"""What RDS says of the account."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.core.account import Account
from sandbox.services.rds import parsers
from sandbox.services.rds.picture import Database, DatabaseSnapshot


def databases(
    account: Account, interfaces: list[dict[str, Any]]
) -> tuple[tuple[Database, ...], tuple[DatabaseSnapshot, ...]]:
    """Instances and snapshots. Without a sign of either nothing is asked: the client alone costs 10 MB.

    :param interfaces: of EC2, among which theirs are
    """
    signs = any(interface.get("Description") == parsers.DATABASE_INTERFACE for interface in interfaces)
    if not signs and not (account.home / "databases").is_dir():
        return (), ()
    by_id = {interface["NetworkInterfaceId"]: interface for interface in interfaces}
    parameters: dict[str, list[dict[str, Any]]] = {}
    makes = {}
    for instance in account.all("rds", "describe_db_instances", "DBInstances"):
        group = instance["DBParameterGroups"][0]["DBParameterGroupName"]
        if group not in parameters:
            parameters[group] = account.all(
                "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=group, Source="user"
            )
        makes[instance["DbiResourceId"]] = partial(
            parsers.database_of, instance, by_id, parameters[group], account.take
        )
    snapshots = {
        snapshot["DBSnapshotIdentifier"]: partial(parsers.database_snapshot_of, snapshot)
        for snapshot in account.all("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
    }
    return account.wholes("database", makes), account.wholes("database snapshot", snapshots)
