"""Instances of RDS behind which a server really runs: interface, state, secret, and what AWS refuses."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds import models
from moto.rds.exceptions import (
    DBInstanceAlreadyExists,
    InvalidParameterCombination,
    InvalidParameterValue,
    RDSClientError,
)

from sandbox.core.settings import Settings
from sandbox.services.ec2.subnet_addresses import free_address
from sandbox.services.rds.names import SERVED, interface_id, new_resource_id
from sandbox.services.rds.parsers import DATABASE_INTERFACE
from sandbox.services.rds.registry import registry
from sandbox.services.rds.versions import version_of

#: Of the interface that RDS makes in a subnet.
DESCRIPTION, REQUESTER = DATABASE_INTERFACE, "amazon-rds"
#: Engines whose storage AWS lets be general purpose of the third generation, with these figures below 400 GiB.
GP3_IOPS, GP3_THROUGHPUT = 3000, 125
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"

#: Names that RDS for PostgreSQL gives to no master user.
_RESERVED = ("admin", "public", "user")
#: AWS leaves out the characters / @ " and space.
_LETTERS = string.ascii_letters + string.digits + "!#$%&()*+-.:;<=>?[]^_{|}~"
_PASSWORD_LENGTH = 28


def apply(settings: Settings) -> None:
    _states()
    _storage()
    _creation()
    _changes()
    _secrets()


def _is_served(database: Any) -> bool:
    return database.engine in SERVED and getattr(database, "railyard_interface", False)


# States ---------------------------------------------------------------------------------------------------


def _states() -> None:
    def status(self):
        kept = self.__dict__["status"]
        return registry.state(self.dbi_resource_id) if kept == "available" and _is_served(self) else kept

    def snapshot_status(self):
        kept = self.__dict__["status"]
        watched = kept == "available" and self.snapshot_type == "manual" and _is_served(self.database)
        return registry.snapshot_state(self.db_snapshot_identifier) if watched else kept

    def keep(self, value):
        self.__dict__["status"] = value

    models.DBInstance.status = property(status, keep)
    models.DBSnapshot.status = property(snapshot_status, keep)
    models.DBSnapshot.option_group_name = property(lambda self: self.database.option_group_name)


def _storage() -> None:
    default = models.DBInstance.default_allocated_storage

    def default_allocated_storage(engine, storage_type):
        # moto's table stops at the second generation
        return default(engine, {"gp3": "gp2", "io2": "io1"}.get(storage_type, storage_type))

    models.DBInstance.default_allocated_storage = staticmethod(default_allocated_storage)


def _storage_figures(database: Any) -> None:
    """What AWS shows of gp3 when the request names no figures."""
    if database.storage_type == "gp3":
        database.iops = database.iops or GP3_IOPS
        database.storage_throughput = database.storage_throughput or GP3_THROUGHPUT
    elif database.storage_type == "gp2":
        database.iops = None
        database.storage_throughput = None


# Creation and deletion ------------------------------------------------------------------------------------


def _creation() -> None:
    backend = models.RDSBackend
    create, delete = backend.create_db_instance, backend.delete_db_instance

    def create_db_instance(self, db_kwargs):
        if db_kwargs.get("db_cluster_identifier") or db_kwargs.get("engine") not in SERVED:
            return create(self, db_kwargs)
        if db_kwargs["db_instance_identifier"] in self.databases:
            raise DBInstanceAlreadyExists()
        _check_version(db_kwargs)
        _check_master(db_kwargs)
        subnets = _subnets(self, db_kwargs)
        groups = _groups(self, db_kwargs, subnets[0].vpc_id)
        subnet = _chosen(subnets, db_kwargs.get("availability_zone"))
        db_kwargs["vpc_security_group_ids"] = groups
        db_kwargs["availability_zone"] = subnet.availability_zone
        db_kwargs["publicly_accessible"] = bool(db_kwargs.get("publicly_accessible"))
        db_kwargs.setdefault("ca_certificate_identifier", CERTIFICATE_AUTHORITY)
        database = create(self, db_kwargs)
        database.dbi_resource_id = new_resource_id()
        if database.storage_encrypted and database.kms_key_id == "default_kms_key_id":
            database.kms_key_id = f"arn:aws:kms:{self.region_name}:{self.account_id}:alias/aws/rds"
        _storage_figures(database)
        _make_interface(self, database, subnet)
        return database

    def delete_db_instance(
        self,
        db_instance_identifier,
        final_db_snapshot_identifier=None,
        skip_final_snapshot=False,
        delete_automated_backups=True,
    ):
        database = self.databases.get(db_instance_identifier)
        if database is not None and _is_served(database) and not database.deletion_protection:
            if not skip_final_snapshot and not final_db_snapshot_identifier:
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
                )
            if skip_final_snapshot and final_db_snapshot_identifier:
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot."
                )
        deleted = delete(
            self,
            db_instance_identifier,
            final_db_snapshot_identifier,
            skip_final_snapshot,
            delete_automated_backups,
        )
        _delete_interface(self, deleted)
        return deleted

    backend.create_db_instance = create_db_instance
    backend.delete_db_instance = delete_db_instance


def _check_version(arguments: dict[str, Any]) -> None:
    engine, asked = arguments["engine"], arguments.get("engine_version")
    version = version_of(engine, asked)
    if version is None:
        raise InvalidParameterCombination(f"Cannot find version {asked} for {engine}")
    arguments["engine_version"] = version


def _check_master(arguments: dict[str, Any]) -> None:
    password, managed = arguments.get("master_user_password"), arguments.get("manage_master_user_password")
    if not arguments.get("master_username"):
        raise InvalidParameterValue("The parameter MasterUsername must be provided and must not be blank.")
    user = arguments["master_username"]
    if arguments.get("engine") == "postgres" and (user.lower() in _RESERVED or user.lower().startswith(("rds", "pg_"))):
        raise InvalidParameterValue(f"MasterUsername {user} cannot be used as it is a reserved word used by the engine")
    if managed and password:
        raise InvalidParameterCombination(
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        )
    if not managed:
        _check_password(password)


def _check_password(password: str | None) -> None:
    if not password:
        raise InvalidParameterValue("The parameter MasterUserPassword must be provided and must not be blank.")
    if not 8 <= len(password) <= 41:
        raise InvalidParameterValue(
            "The parameter MasterUserPassword is not a valid password because it is "
            + ("shorter than 8 characters." if len(password) < 8 else "longer than 41 characters.")
        )
    if set(password) & set('/@" ') or not password.isprintable() or not password.isascii():
        raise InvalidParameterValue(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used."
        )


def _subnets(backend: Any, arguments: dict[str, Any]) -> list[Any]:
    """Subnets that the instance may have its interface in."""
    name = arguments.get("db_subnet_group_name")
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    if name:
        return list(backend.describe_db_subnet_groups(name)[0]._subnets)
    default = ec2.default_vpc
    subnets = [s for zone in ec2.subnets.values() for s in zone.values() if default and s.vpc_id == default.id]
    if not subnets:
        raise RDSClientError(
            "InvalidSubnet",
            "No default subnet detected in VPC. Please contact AWS Support to recreate default Subnets.",
        )
    return sorted(subnets, key=lambda subnet: subnet.availability_zone)


def _groups(backend: Any, arguments: dict[str, Any], vpc_id: str) -> list[str]:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    wanted = list(arguments.get("vpc_security_group_ids") or [])
    if not wanted:
        return [ec2.get_default_security_group(vpc_id).id]
    _check_groups(ec2, wanted, vpc_id)
    return wanted


def _check_groups(ec2: Any, wanted: list[str], vpc_id: str) -> None:
    for group_id in wanted:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidParameterValue(f"Invalid security group , groupId= {group_id}, groupName=.")
        if group.vpc_id != vpc_id:
            raise InvalidParameterCombination(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
                f"{vpc_id} and the EC2 security group is in {group.vpc_id}"
            )


def _chosen(subnets: list[Any], zone: str | None) -> Any:
    found = [s for s in sorted(subnets, key=lambda s: s.availability_zone) if zone in (None, s.availability_zone)]
    if not found:
        raise RDSClientError(
            "InvalidVPCNetworkStateFault", f"The subnet group has no subnet in the availability zone {zone}."
        )
    return found[0]


# Interface ------------------------------------------------------------------------------------------------


def _make_interface(backend: Any, database: Any, subnet: Any) -> None:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    full = RDSClientError("InsufficientFreeAddressesInSubnet", f"{subnet.id} has no free address.")
    interface = ec2.create_network_interface(
        subnet,
        free_address(ec2, subnet, database, full),
        group_ids=list(database.vpc_security_group_ids),
        description=DESCRIPTION,
    )
    del ec2.enis[interface.id]
    interface.id = interface_id(database.dbi_resource_id)
    ec2.enis[interface.id] = interface
    interface.requester_managed = True
    interface.requester_id = REQUESTER
    interface.status = "in-use"
    database.railyard_interface = True


def _delete_interface(backend: Any, database: Any) -> None:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    interface = ec2.enis.get(interface_id(database.dbi_resource_id))
    if interface is not None:
        ec2.delete_network_interface(interface.id)
        interface.subnet.del_subnet_ip(interface.private_ip_address)


# Changes --------------------------------------------------------------------------------------------------


def _changes() -> None:
    backend = models.RDSBackend
    modify, reboot = backend.modify_db_instance, backend.reboot_db_instance
    restore = backend.restore_db_instance_from_db_snapshot

    def modify_db_instance(self, db_instance_identifier, db_kwargs):
        database = self.describe_db_instances(db_instance_identifier)[0]
        if not _is_served(database):
            return modify(self, db_instance_identifier, db_kwargs)
        ec2 = ec2_backends[self.account_id][self.region_name]
        interface = ec2.enis[interface_id(database.dbi_resource_id)]
        groups = db_kwargs.get("vpc_security_group_ids")
        if groups:
            _check_groups(ec2, groups, interface.subnet.vpc_id)
        if db_kwargs.get("engine_version"):
            db_kwargs["engine"] = database.engine
            _check_version(db_kwargs)
        if db_kwargs.get("allocated_storage") and db_kwargs["allocated_storage"] < database.allocated_storage:
            raise InvalidParameterCombination(
                f"Invalid storage size for engine name {database.engine} and storage type "
                f"{database.storage_type}: {db_kwargs['allocated_storage']}"
            )
        if db_kwargs.get("master_user_password"):
            if database.manage_master_user_password and db_kwargs.get("manage_master_user_password") is not False:
                raise InvalidParameterCombination(
                    "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
                )
            _check_password(db_kwargs["master_user_password"])
        if db_kwargs.get("manage_master_user_password") is True and database.manage_master_user_password:
            # moto would make a second secret
            del db_kwargs["manage_master_user_password"]
        if db_kwargs.get("db_port_number"):
            db_kwargs["port"] = int(db_kwargs.pop("db_port_number"))
        name = db_kwargs.get("db_parameter_group_name")
        if name and database.is_default_parameter_group(name) and name not in self.db_parameter_groups:
            family = name.removeprefix("default.")
            self.db_parameter_groups[name] = models.DBParameterGroup(
                self, name, f"Default parameter group for {family}", family
            )
        if db_kwargs.get("new_db_instance_identifier"):
            # moto takes the setter's word for the old name
            db_kwargs["new_db_instance_identifier"] = db_kwargs["new_db_instance_identifier"].lower()
        changed = modify(self, db_instance_identifier, db_kwargs)
        if groups:
            ec2.modify_network_interface_attribute(interface.id, list(groups))
        _storage_figures(changed)
        return changed

    def reboot_db_instance(self, db_instance_identifier):
        database = reboot(self, db_instance_identifier)
        if _is_served(database):
            if database.__dict__["status"] != "available":
                raise RDSClientError(
                    "InvalidDBInstanceState", f"Instance {db_instance_identifier} is not in available state."
                )
            database.railyard_boots = getattr(database, "railyard_boots", 0) + 1
            registry.forget(database.dbi_resource_id)
        return database

    def restore_db_instance_from_db_snapshot(self, from_snapshot_id, overrides):
        database = restore(self, from_snapshot_id, overrides)
        if _is_served(database):
            database.railyard_source = from_snapshot_id.rsplit(":", 1)[-1].lower()
        return database

    backend.modify_db_instance = modify_db_instance
    backend.reboot_db_instance = reboot_db_instance
    backend.restore_db_instance_from_db_snapshot = restore_db_instance_from_db_snapshot


# The secret of the master user ----------------------------------------------------------------------------


def _secrets() -> None:
    def generate(self):
        password = "".join(secrets.choice(_LETTERS) for _unused in range(_PASSWORD_LENGTH))
        return json.dumps({"username": self.resource.master_username, "password": password})

    def rotate_secret(self):
        # RDS rotates it without a function of the account's
        self.secretsmanager.put_secret_value(self.secret.arn, generate(self), None, None, ["AWSCURRENT"])

    models.MasterUserSecret._generate_secret_string = generate
    models.MasterUserSecret.rotate_secret = rotate_secret
