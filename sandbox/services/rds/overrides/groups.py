"""Subnet, parameter and option groups of RDS, and its catalogue of versions, where the emulator differs."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds import models
from moto.rds.exceptions import (
    DBParameterGroupNotFoundError,
    DBSubnetGroupNotFoundError,
    InvalidParameterValue,
    OptionGroupNotFoundFaultError,
    RDSClientError,
)
from moto.rds.responses import RDSResponse

from sandbox.core.settings import Settings
from sandbox.services.rds.names import SERVED
from sandbox.services.rds.parameters import PARAMETERS, Parameter, described
from sandbox.services.rds.versions import VERSIONS, engine_versions, families, lifecycles, parameters_of


def apply(settings: Settings) -> None:
    _subnet_groups()
    _parameter_groups()
    _parameters()
    _option_groups()
    _versions()


# Subnet groups --------------------------------------------------------------------------------------------


def _subnet_groups() -> None:
    backend = models.RDSBackend
    create, delete = backend.create_subnet_group, backend.delete_subnet_group

    def check(subnets: list[Any]) -> None:
        if len({subnet.availability_zone for subnet in subnets}) < 2:
            zones = ", ".join(sorted({subnet.availability_zone for subnet in subnets}))
            raise RDSClientError(
                "DBSubnetGroupDoesNotCoverEnoughAZs",
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
                f"{zones}. Add subnets to cover at least 2 AZs.",
            )
        if len({subnet.vpc_id for subnet in subnets}) > 1:
            raise RDSClientError("InvalidSubnet", "The subnets of a DB subnet group must be in one VPC.")

    def create_subnet_group(self, subnet_name, description, subnets, tags):
        if subnet_name in self.subnet_groups:
            raise RDSClientError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{subnet_name}' already exists.")
        check(subnets)
        return create(self, subnet_name, description, subnets, tags)

    def modify_db_subnet_group(self, subnet_name, description, subnets):
        # moto takes the group out and does not put it back
        group = self.subnet_groups.get(subnet_name)
        if group is None:
            raise DBSubnetGroupNotFoundError(subnet_name)
        check(subnets)
        group.subnets = subnets
        if description is not None:
            group.description = description
        return group

    def delete_subnet_group(self, subnet_name):
        group = self.subnet_groups.get(subnet_name)
        for database in self.databases.values():
            if group is not None and getattr(database, "db_subnet_group", None) is group:
                raise RDSClientError(
                    "InvalidDBSubnetGroupStateFault",
                    f"Cannot delete the subnet group '{subnet_name}' because at least one database instance: "
                    f"{database.db_instance_identifier} is still using it.",
                )
        return delete(self, subnet_name)

    backend.create_subnet_group = create_subnet_group
    backend.modify_db_subnet_group = modify_db_subnet_group
    backend.delete_subnet_group = delete_subnet_group


# Parameter groups -----------------------------------------------------------------------------------------


def _parameter_groups() -> None:
    backend = models.RDSBackend
    create, describe = backend.create_db_parameter_group, backend.describe_db_parameter_groups
    delete, modify = backend.delete_db_parameter_group, backend.modify_db_parameter_group

    def create_db_parameter_group(self, arguments):
        family = arguments.get("db_parameter_group_family") or ""
        for engine in SERVED:
            if family.startswith(engine) and family not in families(engine):
                raise InvalidParameterValue(f"ParameterGroupFamily {family} is not a valid parameter group family")
        return create(self, arguments)

    def describe_db_parameter_groups(self, arguments):
        name = (arguments.get("db_parameter_group_name") or "").lower()
        found = describe(self, {"db_parameter_group_name": name})
        if name and not found:
            raise DBParameterGroupNotFoundError(name)
        return found

    def modify_db_parameter_group(self, db_parameter_group_name, db_parameter_group_parameters):
        group = self.db_parameter_groups.get(db_parameter_group_name)
        if group is None:
            raise DBParameterGroupNotFoundError(db_parameter_group_name)
        if group.name.startswith("default."):
            raise RDSClientError(
                "InvalidDBParameterGroupState", f"The default parameter group {group.name} cannot be modified"
            )
        wanted = [dict(parameter) for parameter in db_parameter_group_parameters]
        known = parameters_of(group.family or "")
        for parameter in wanted if known is not None else ():
            _check_parameter(known.get(parameter["ParameterName"]), parameter)
        return modify(self, db_parameter_group_name, wanted)

    def delete_db_parameter_group(self, db_parameter_group_name):
        for database in self.databases.values():
            if (database.db_parameter_group_name or "").lower() == db_parameter_group_name.lower():
                raise RDSClientError(
                    "InvalidDBParameterGroupState",
                    f"One or more database instances are still members of this parameter group "
                    f"{db_parameter_group_name}, so the group cannot be deleted",
                )
        return delete(self, db_parameter_group_name)

    backend.create_db_parameter_group = create_db_parameter_group
    backend.describe_db_parameter_groups = describe_db_parameter_groups
    backend.modify_db_parameter_group = modify_db_parameter_group
    backend.delete_db_parameter_group = delete_db_parameter_group


def _check_parameter(known: Parameter | None, parameter: dict[str, Any]) -> None:
    name = parameter["ParameterName"]
    if known is None:
        raise InvalidParameterValue(f"Could not find parameter with name: {name}")
    value = str(parameter.get("ParameterValue", ""))
    if known.type == "boolean" and value not in ("0", "1"):
        raise InvalidParameterValue(f"Value: {value} is outside of range: 0,1 for parameter: {name}")
    if known.type == "integer" and "{" not in value and not value.lstrip("-").isdigit():
        raise InvalidParameterValue(f"Value: {value} is not an integer for parameter: {name}")
    if not known.dynamic and parameter.get("ApplyMethod") == "immediate":
        raise RDSClientError("InvalidParameterCombination", "cannot use immediate apply method for static parameter")


def _parameters() -> None:
    describe = RDSResponse.describe_db_parameters

    def describe_db_parameters(self):
        name = self.params.get("DBParameterGroupName")
        (group,) = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
        known = parameters_of(group.family or "")
        if known is None:
            return describe(self)
        source, every = self.params.get("Source"), described(known, group.parameters)
        return ActionResult({"Parameters": [p for p in every if source in (None, p["Source"])]})

    def describe_engine_default_parameters(self):
        family = self.params.get("DBParameterGroupFamily")
        every = described(parameters_of(family or "") or PARAMETERS, {})
        return ActionResult({"EngineDefaults": {"DBParameterGroupFamily": family, "Parameters": every}})

    def reset_db_parameter_group(self):
        name = self.params.get("DBParameterGroupName")
        (group,) = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
        if self.params.get("ResetAllParameters"):
            group.parameters.clear()
        for parameter in self.params.get("Parameters") or ():
            group.parameters.pop(parameter["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": group.name})

    RDSResponse.describe_db_parameters = describe_db_parameters
    RDSResponse.describe_engine_default_parameters = describe_engine_default_parameters
    RDSResponse.reset_db_parameter_group = reset_db_parameter_group


# Option groups --------------------------------------------------------------------------------------------


def _option_groups() -> None:
    backend = models.RDSBackend
    create, delete = backend.create_option_group, backend.delete_option_group

    def create_option_group(self, option_group_kwargs):
        engine, major = option_group_kwargs.get("engine_name"), option_group_kwargs.get("major_engine_version")
        if engine == "postgres" or major not in VERSIONS.get(engine, {}):
            return create(self, option_group_kwargs)
        # moto's list of versions ends in 2022
        known = {"mysql": "8.0", "mariadb": "10.6"}[engine]
        group = create(self, {**option_group_kwargs, "major_engine_version": known})
        group.major_engine_version = major
        return group

    def describe_option_groups(self, option_group_kwargs):
        name = (option_group_kwargs.get("option_group_name") or "").lower()
        if name and name not in self.option_groups:
            raise OptionGroupNotFoundFaultError(name)
        return [
            group
            for group in self.option_groups.values()
            if name in ("", group.name)
            and option_group_kwargs.get("engine_name") in (None, group.engine_name)
            and option_group_kwargs.get("major_engine_version") in (None, group.major_engine_version)
        ]

    def delete_option_group(self, option_group_name):
        for database in self.databases.values():
            if (database.option_group_name or "").lower() == option_group_name.lower():
                raise RDSClientError(
                    "InvalidOptionGroupStateFault",
                    f"The option group '{option_group_name}' cannot be deleted because it is in use.",
                )
        for snapshot in self.database_snapshots.values():
            if (snapshot.option_group_name or "").lower() == option_group_name.lower():
                raise RDSClientError(
                    "InvalidOptionGroupStateFault",
                    f"The option group '{option_group_name}' cannot be deleted because the snapshot "
                    f"{snapshot.db_snapshot_identifier} is associated with it.",
                )
        return delete(self, option_group_name)

    backend.create_option_group = create_option_group
    backend.describe_option_groups = describe_option_groups
    backend.delete_option_group = delete_option_group


# Versions -------------------------------------------------------------------------------------------------


def _versions() -> None:
    def describe_db_engine_versions(self):
        found = engine_versions(
            self.params.get("Engine"),
            self.params.get("EngineVersion"),
            self.params.get("DBParameterGroupFamily"),
            bool(self.params.get("DefaultOnly")),
        )
        return ActionResult({"DBEngineVersions": found})

    def describe_db_major_engine_versions(self):
        engine, major = self.params.get("Engine"), self.params.get("MajorEngineVersion")
        found = [
            entry
            for entry in lifecycles()
            if engine in (None, entry["Engine"]) and major in (None, entry["MajorEngineVersion"])
        ]
        return ActionResult({"DBMajorEngineVersions": found})

    RDSResponse.describe_db_engine_versions = describe_db_engine_versions
    RDSResponse.describe_db_major_engine_versions = describe_db_major_engine_versions
