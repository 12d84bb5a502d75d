"""RDS as the emulator answers with its overrides, asked through boto3."""

from __future__ import annotations

import json
import signal

import pytest
from botocore.exceptions import ClientError

from sandbox.services.rds.names import interface_id
from sandbox.services.reader import Reader

PASSWORD = "long-enough-Password1"


class Account:
    def __init__(self, api) -> None:
        self.api = api
        self.ec2, self.rds = api.client("ec2"), api.client("rds")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.0.0/20", "ap-northeast-1a"), ("10.0.16.0/20", "ap-northeast-1c"))
        ]
        self.group = self.new_group("db")
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="site", DBSubnetGroupDescription="site", SubnetIds=self.subnets
        )

    def new_group(self, name: str) -> str:
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def create(self, name: str, **more) -> dict:
        arguments = {
            "DBInstanceIdentifier": name,
            "DBInstanceClass": "db.t3.micro",
            "Engine": "mysql",
            "AllocatedStorage": 20,
            "DBSubnetGroupName": "site",
            "VpcSecurityGroupIds": [self.group],
            "MasterUsername": "admin",
            "MasterUserPassword": PASSWORD,
            **more,
        }
        wanted = {key: value for key, value in arguments.items() if value is not None}
        return self.rds.create_db_instance(**wanted)["DBInstance"]

    def interface(self, instance: dict) -> dict | None:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return {i["NetworkInterfaceId"]: i for i in found}.get(interface_id(instance["DbiResourceId"]))


@pytest.fixture(scope="module")
def account(api):
    return Account(api)


@pytest.fixture
def instance(account, request):
    name = f"i{abs(hash(request.node.name)) % 10**8}"
    made = account.create(name)
    yield made
    present = {i["DBInstanceIdentifier"] for i in account.rds.describe_db_instances()["DBInstances"]}
    if name in present:
        account.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def refused(call, **arguments) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_instance_has_an_interface_of_its_own_in_a_subnet_of_its_group(account, instance):
    interface = account.interface(instance)
    assert interface["SubnetId"] in account.subnets
    assert interface["AvailabilityZone"] == instance["AvailabilityZone"]
    assert (interface["RequesterManaged"], interface["Status"]) == (True, "in-use")
    assert [group["GroupId"] for group in interface["Groups"]] == [account.group]
    assert refused(account.ec2.delete_subnet, SubnetId=interface["SubnetId"]) == "DependencyViolation"
    assert refused(account.ec2.delete_security_group, GroupId=account.group) == "DependencyViolation"
    assert refused(account.rds.delete_db_subnet_group, DBSubnetGroupName="site") == "InvalidDBSubnetGroupStateFault"
    account.rds.delete_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    assert account.interface(instance) is None


def test_changed_groups_are_the_interfaces_too(account, instance):
    other = account.new_group("other")
    name = instance["DBInstanceIdentifier"]
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[other])
    assert [group["GroupId"] for group in account.interface(instance)["Groups"]] == [other]


def test_resource_ids_differ(account, instance):
    second = account.create("second")
    assert second["DbiResourceId"] != instance["DbiResourceId"]
    account.rds.delete_db_instance(DBInstanceIdentifier="second", SkipFinalSnapshot=True)


@pytest.mark.parametrize(
    ("asked", "expected"), [(None, "8.4.7"), ("8.4", "8.4.7"), ("8.4.3", "8.4.3"), ("8.0", "8.0.44")]
)
def test_version_in_full(account, asked, expected):
    made = account.create("versions", EngineVersion=asked)
    account.rds.delete_db_instance(DBInstanceIdentifier="versions", SkipFinalSnapshot=True)
    assert made["EngineVersion"] == expected


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"EngineVersion": "5.7.44"}, "InvalidParameterCombination"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": 'with"quote'}, "InvalidParameterValue"),
        ({"MasterUserPassword": None}, "InvalidParameterValue"),
        ({"ManageMasterUserPassword": True}, "InvalidParameterCombination"),
        ({"VpcSecurityGroupIds": ["sg-00000000000000000"]}, "InvalidParameterValue"),
        ({"DBSubnetGroupName": "nothing"}, "DBSubnetGroupNotFoundFault"),
        ({"DBParameterGroupName": "nothing"}, "DBParameterGroupNotFound"),
        ({"AvailabilityZone": "ap-northeast-1d"}, "InvalidVPCNetworkStateFault"),
    ],
)
def test_bad_instance_is_refused_and_leaves_nothing(account, more, code):
    def interfaces() -> int:
        return len(account.ec2.describe_network_interfaces()["NetworkInterfaces"])

    before = interfaces()
    assert refused(account.create, name="bad", **more) == code
    assert interfaces() == before


@pytest.mark.parametrize(("kind", "expected"), [("gp3", (3000, 125)), ("gp2", (None, None)), (None, (None, None))])
def test_figures_of_storage(account, kind, expected):
    made = account.create("storage", StorageType=kind)
    account.rds.delete_db_instance(DBInstanceIdentifier="storage", SkipFinalSnapshot=True)
    assert (made.get("Iops"), made.get("StorageThroughput")) == expected


def test_managed_secret_has_a_generated_password_of_the_master_user(account):
    made = account.create("managed", MasterUserPassword=None, ManageMasterUserPassword=True, MasterUsername="chief")
    manager = account.api.client("secretsmanager")

    def value() -> dict:
        arn = made["MasterUserSecret"]["SecretArn"]
        return json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])

    first = value()
    assert ":secret:rds!db-" in made["MasterUserSecret"]["SecretArn"]
    assert (first["username"], len(first["password"])) == ("chief", 28)
    assert not set(first["password"]) & set('/@" ')
    account.rds.modify_db_instance(DBInstanceIdentifier="managed", RotateMasterUserPassword=True, ApplyImmediately=True)
    assert value()["password"] != first["password"]
    account.rds.modify_db_instance(DBInstanceIdentifier="managed", ManageMasterUserPassword=True)
    now = account.rds.describe_db_instances(DBInstanceIdentifier="managed")["DBInstances"][0]
    assert now["MasterUserSecret"]["SecretArn"] == made["MasterUserSecret"]["SecretArn"]
    account.rds.delete_db_instance(DBInstanceIdentifier="managed", SkipFinalSnapshot=True)


def test_deletion_wants_a_word_on_the_final_snapshot(account, instance):
    name = instance["DBInstanceIdentifier"]
    assert refused(account.rds.delete_db_instance, DBInstanceIdentifier=name) == "InvalidParameterCombination"
    account.rds.delete_db_instance(DBInstanceIdentifier=name, FinalDBSnapshotIdentifier="last-words")
    (snapshot,) = account.rds.describe_db_snapshots(DBSnapshotIdentifier="last-words")["DBSnapshots"]
    assert (snapshot["Status"], snapshot["DbiResourceId"]) == ("available", instance["DbiResourceId"])


@pytest.mark.parametrize("zones", [1, 2])
def test_subnet_group_covers_two_zones(account, zones):
    arguments = {
        "DBSubnetGroupName": f"zones{zones}",
        "DBSubnetGroupDescription": "x",
        "SubnetIds": account.subnets[:zones],
    }
    if zones == 1:
        assert refused(account.rds.create_db_subnet_group, **arguments) == "DBSubnetGroupDoesNotCoverEnoughAZs"
    else:
        account.rds.create_db_subnet_group(**arguments)
        account.rds.modify_db_subnet_group(**{**arguments, "DBSubnetGroupDescription": "y"})
        (group,) = account.rds.describe_db_subnet_groups(DBSubnetGroupName="zones2")["DBSubnetGroups"]
        assert group["DBSubnetGroupDescription"] == "y"


def test_parameters_are_listed_set_and_reset(account):
    rds = account.rds
    assert refused(rds.describe_db_parameter_groups, DBParameterGroupName="params") == "DBParameterGroupNotFound"
    rds.create_db_parameter_group(DBParameterGroupName="params", DBParameterGroupFamily="mysql8.4", Description="x")

    def user() -> dict[str, str]:
        found = rds.describe_db_parameters(DBParameterGroupName="params", Source="user")["Parameters"]
        return {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in found}

    everything = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="params")
    types = {p["ParameterName"]: p["DataType"] for p in everything.build_full_result()["Parameters"]}
    assert (types["max_connections"], types["slow_query_log"]) == ("integer", "boolean")
    assert user() == {}
    rds.modify_db_parameter_group(
        DBParameterGroupName="params",
        Parameters=[{"ParameterName": "slow_query_log", "ParameterValue": "1", "ApplyMethod": "immediate"}],
    )
    assert user() == {"slow_query_log": "1"}
    rds.reset_db_parameter_group(DBParameterGroupName="params", ResetAllParameters=True)
    assert user() == {}


@pytest.mark.parametrize(
    ("name", "value", "method"),
    [
        ("no_such_parameter", "1", "immediate"),
        ("slow_query_log", "on", "immediate"),
        ("max_connections", "many", "immediate"),
        ("performance_schema", "1", "immediate"),
    ],
)
def test_bad_parameter_is_refused(account, name, value, method):
    rds = account.rds
    groups = {g["DBParameterGroupName"] for g in rds.describe_db_parameter_groups()["DBParameterGroups"]}
    if "bad" not in groups:
        rds.create_db_parameter_group(DBParameterGroupName="bad", DBParameterGroupFamily="mysql8.4", Description="x")
    parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    code = refused(rds.modify_db_parameter_group, DBParameterGroupName="bad", Parameters=[parameter])
    assert code in ("InvalidParameterValue", "InvalidParameterCombination")


def test_groups_in_use_stay(account):
    rds = account.rds
    rds.create_db_parameter_group(DBParameterGroupName="used", DBParameterGroupFamily="mysql8.4", Description="x")
    rds.create_option_group(
        OptionGroupName="used", EngineName="mysql", MajorEngineVersion="8.4", OptionGroupDescription="x"
    )
    account.create("user", DBParameterGroupName="used", OptionGroupName="used")
    assert refused(rds.delete_db_parameter_group, DBParameterGroupName="used") == "InvalidDBParameterGroupState"
    assert refused(rds.delete_option_group, OptionGroupName="used") == "InvalidOptionGroupStateFault"
    rds.delete_db_instance(DBInstanceIdentifier="user", SkipFinalSnapshot=True)
    rds.delete_db_parameter_group(DBParameterGroupName="used")
    assert [g["MajorEngineVersion"] for g in rds.describe_option_groups()["OptionGroupsList"]] == ["8.4"]
    rds.delete_option_group(OptionGroupName="used")
    assert rds.describe_option_groups()["OptionGroupsList"] == []
    assert refused(rds.describe_option_groups, OptionGroupName="used") == "OptionGroupNotFoundFault"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"Engine": "mysql", "DefaultOnly": True}, ["8.4.7"]),
        ({"Engine": "mysql", "EngineVersion": "8.0", "DefaultOnly": True}, ["8.0.44"]),
        ({"Engine": "mysql", "EngineVersion": "8.4.3"}, ["8.4.3"]),
        ({"Engine": "mysql", "EngineVersion": "5.7"}, []),
    ],
)
def test_engine_versions(account, arguments, expected):
    found = account.rds.describe_db_engine_versions(**arguments)["DBEngineVersions"]
    assert [version["EngineVersion"] for version in found] == expected


def test_reader_finds_the_database_and_what_somebody_set(account):
    rds = account.rds
    rds.create_db_parameter_group(DBParameterGroupName="read", DBParameterGroupFamily="mysql8.4", Description="x")
    rds.modify_db_parameter_group(
        DBParameterGroupName="read",
        Parameters=[{"ParameterName": "wait_timeout", "ParameterValue": "60", "ApplyMethod": "immediate"}],
    )
    made = account.create("read", DBParameterGroupName="read", DBName="app")
    picture = Reader(account.api.settings).read()
    rds.delete_db_instance(DBInstanceIdentifier="read", SkipFinalSnapshot=True)
    (found,) = picture.databases
    assert (found.id, found.name, found.database) == (made["DbiResourceId"], "read", "app")
    assert (found.vpc_id, found.group_ids) == (account.vpc, (account.group,))
    assert found.parameters == (("wait_timeout", "60"),)
    assert (found.host_name, found.port) == (made["Endpoint"]["Address"], 3306)


def test_reader_has_no_client_where_there_is_no_database(own_api):
    reader = Reader(own_api.settings)
    assert reader.read().databases == ()
    assert "rds" not in reader._account._clients


def test_saved_state_has_instance_interface_and_secret(own_api):
    account = Account(own_api)
    made = account.create("kept", MasterUserPassword=None, ManageMasterUserPassword=True)
    own_api.end(signal.SIGTERM)
    own_api.start()
    account.ec2, account.rds = own_api.client("ec2"), own_api.client("rds")
    (kept,) = account.rds.describe_db_instances()["DBInstances"]
    assert (kept["DbiResourceId"], kept["DBInstanceStatus"]) == (made["DbiResourceId"], "available")
    assert account.interface(kept)["Description"] == "RDSNetworkInterface"
    account.rds.reboot_db_instance(DBInstanceIdentifier="kept")
    account.rds.delete_db_instance(DBInstanceIdentifier="kept", SkipFinalSnapshot=True)
    assert account.interface(kept) is None


def test_a_small_gp3_instance_is_restored_from_its_snapshot(account):
    """AWS refuses figures for storage of that size when they are asked for; a restore asks for none."""
    account.create("small", StorageType="gp3")
    account.rds.create_db_snapshot(DBInstanceIdentifier="small", DBSnapshotIdentifier="small-1")
    restored = account.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="small-again", DBSnapshotIdentifier="small-1", DBSubnetGroupName="site"
    )["DBInstance"]
    assert (restored["StorageType"], restored["AllocatedStorage"]) == ("gp3", 20)
    for name in ("small", "small-again"):
        account.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
