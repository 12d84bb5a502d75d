"""The RDS instance module against the overridden emulator in this process, and its waits against a stub."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from ansible_collections.railyard.aws.plugins.module_utils._rds import instances, storage, versions
from ansible_collections.railyard.aws.plugins.module_utils._resource import wait
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import rds_instance
from botocore.client import BaseClient
from botocore.stub import ANY, Stubber

from sandbox.core.settings import Settings
from sandbox.services.rds.overrides import groups as rds_groups
from sandbox.services.rds.overrides import instances as rds_instances
from sandbox.services.rds.overrides import storage as rds_storage

DATABASE = {
    "db_instance_identifier": "T",
    "engine": "mysql",
    "engine_version": "8.4",
    "instance_class": "db.t4g.micro",
    "allocated_storage": 20,
    "max_allocated_storage": 100,
    "subnet_group": "t",
    "parameter_group": "t",
    "option_group": "t",
    "backup_retention_period": 7,
    "backup_window": "17:00-17:30",
    "maintenance_window": "Sun:18:00-Sun:18:30",
    "log_exports": ["slowquery", "error"],
    "multi_az": False,
    "monitoring_interval": 0,
    "performance_insights": False,
    "tags": {"Stack": "t", "Role": "rds"},
}


STRIPED = {"allocated_storage": 400, "max_allocated_storage": 1000}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (rds_groups, rds_instances, rds_storage):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def security_group(rds):
    """Id of a security group in the VPC of the groups ``t`` and ``other``."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"ap-northeast-1{zone}")["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"))
    ]
    for name in ("t", "other"):
        rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=subnets)
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="mysql8.4", Description=name)
        rds.create_option_group(
            OptionGroupName=name, EngineName="mysql", MajorEngineVersion="8.4", OptionGroupDescription=name
        )
    return ec2.create_security_group(GroupName="t", Description="t", VpcId=vpc)["GroupId"]


@pytest.fixture
def ensure(run_module, security_group):
    """Run the module with usual options; arguments override them."""

    def ensure(check=False, **overrides):
        options = {**DATABASE, "security_group_ids": [security_group], **overrides}
        return run_module(rds_instance, check=check, **options)

    return ensure


def steady(instance):
    """The instance without the time that goes on by itself."""
    return {key: value for key, value in instance.items() if key != "latest_restorable_time"}


def databases(rds):
    found = rds.describe_db_instances()["DBInstances"]
    return [{key: value for key, value in one.items() if key != "LatestRestorableTime"} for one in found]


def test_instance_is_made_safe_with_a_password_that_nobody_knows(ensure, rds, security_group):
    result = ensure()
    (made,) = databases(rds)
    assert made["DBInstanceIdentifier"] == "t"
    assert made["StorageEncrypted"] and made["DeletionProtection"] and made["CopyTagsToSnapshot"]
    assert not made["PubliclyAccessible"]
    assert (made["StorageType"], made["AllocatedStorage"], made["MaxAllocatedStorage"]) == ("gp3", 20, 100)
    assert sorted(made["EnabledCloudwatchLogsExports"]) == ["error", "slowquery"]
    assert made["MasterUserSecret"]["SecretArn"] == result["instance"]["master_user_secret_arn"]
    returned = result["instance"]
    assert (returned["status"], returned["exists"], returned["port"]) == ("available", True, 3306)
    assert returned["address"] == made["Endpoint"]["Address"]
    assert returned["tags"] == DATABASE["tags"] == {tag["Key"]: tag["Value"] for tag in made["TagList"]}
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=returned["master_user_secret_arn"])
    assert secret["SecretString"].split('"password": "')[1].split('"')[0] not in str(result)


@pytest.mark.parametrize(
    "overrides",
    [{}, {"engine_version": "8.4.5"}, {"max_allocated_storage": 0}, {**STRIPED, "iops": 13000, "multi_az": True}],
)
def test_second_run_changes_nothing(ensure, overrides):
    first = ensure(**overrides)
    again = ensure(**overrides)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert steady(again["instance"]) == steady(first["instance"])


def test_check_mode_creates_nothing_and_gives_a_placeholder(ensure, rds):
    result = ensure(check=True)
    assert result["changed"] and result["diff"]["before"] == {}
    after = result["diff"]["after"]
    assert (after["instance_class"], after["storage_encrypted"], after["deletion_protection"]) == (
        "db.t4g.micro",
        True,
        True,
    )
    assert not {"wait", "region", "state"} & set(after)
    assert (result["instance"]["exists"], result["instance"]["address"]) == (False, "t.invalid")
    assert databases(rds) == []


@pytest.mark.parametrize(
    ("first", "overrides", "before"),
    [
        ({}, {"instance_class": "db.t4g.small"}, {"instance_class": "db.t4g.micro"}),
        ({}, {"allocated_storage": 40}, {"allocated_storage": 20}),
        ({}, {"max_allocated_storage": 0}, {"max_allocated_storage": 100}),
        ({"max_allocated_storage": 0}, {"max_allocated_storage": 50}, {"max_allocated_storage": 0}),
        ({}, {"multi_az": True}, {"multi_az": False}),
        ({"engine_version": "8.4.5"}, {"engine_version": "8.4.7"}, {"engine_version": "8.4.5"}),
        ({}, {"parameter_group": "other"}, {"parameter_group": "t"}),
        ({}, {"option_group": "other"}, {"option_group": "t"}),
        ({}, {"backup_retention_period": 1}, {"backup_retention_period": 7}),
        ({}, {"backup_window": "16:00-16:30"}, {"backup_window": "17:00-17:30"}),
        ({}, {"maintenance_window": "mon:01:00-mon:02:00"}, {"maintenance_window": "sun:18:00-sun:18:30"}),
        ({}, {"deletion_protection": False}, {"deletion_protection": True}),
        ({}, {"copy_tags_to_snapshot": False}, {"copy_tags_to_snapshot": True}),
        ({}, {"auto_minor_version_upgrade": False}, {"auto_minor_version_upgrade": True}),
        ({}, {"log_exports": ["error", "general"]}, {"log_exports": ["error", "slowquery"]}),
        ({}, {"iam_authentication": True}, {"iam_authentication": False}),
        ({}, {"port": 3307}, {"port": 3306}),
        ({}, {"tags": {"Stack": "t"}}, {"tags": {"Role": "rds"}}),
        ({}, {"tags": {**DATABASE["tags"], "New": "1"}}, {"tags": {}}),
    ],
)
def test_drift_is_planned_then_mended(ensure, first, overrides, before):
    was = ensure(**first)["instance"]
    planned = ensure(check=True, **overrides)
    assert planned["changed"] and steady(planned["instance"]) == steady(was)
    assert planned["diff"]["before"] == before
    assert set(planned["diff"]["after"]) == set(before)
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == planned["diff"], "the plan mends nothing and says what is mended"
    assert not ensure(**overrides)["changed"]


def test_security_groups_follow_the_list_in_any_order(ensure, rds, security_group):
    ensure()
    vpc = boto3.client("ec2").describe_security_groups(GroupIds=[security_group])["SecurityGroups"][0]["VpcId"]
    other = boto3.client("ec2").create_security_group(GroupName="o", Description="o", VpcId=vpc)["GroupId"]
    assert ensure(security_group_ids=[other, security_group])["changed"]
    assert not ensure(security_group_ids=[security_group, other])["changed"]
    assert {one["VpcSecurityGroupId"] for one in databases(rds)[0]["VpcSecurityGroups"]} == {other, security_group}


def test_storage_that_aws_let_grow_is_as_wanted(ensure, rds):
    ensure()
    rds.modify_db_instance(DBInstanceIdentifier="t", AllocatedStorage=50, ApplyImmediately=True)
    assert not ensure()["changed"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"subnet_group": "other"}, "subnet_group is t and cannot become other"),
        ({"engine": "mariadb"}, "engine is mysql and cannot become mariadb"),
        ({"storage_encrypted": False}, "storage_encrypted is True and cannot become False"),
        ({"master_username": "root"}, "master_username is admin and cannot become root"),
        ({"engine_version": "8.0"}, "engine_version is 8.4.7 and cannot go back to 8.0"),
        ({"engine_version": "9.1"}, "allow_major_version_upgrade: true"),
        (
            {"engine_version": "9.1", "allow_major_version_upgrade": True},
            "does not offer mysql 9.1 here. It has 8.0.37",
        ),
        ({"manage_master_user_password": False}, "would have to know the password"),
    ],
)
def test_what_cannot_be_changed_is_named_and_nothing_is_touched(ensure, rds, overrides, words):
    ensure()
    was = databases(rds)
    for check in (True, False):
        result = ensure(check=check, **{"backup_retention_period": 1, **overrides})
        assert result["failed"] and words in result["msg"]
    assert databases(rds) == was


@pytest.fixture
def requests(monkeypatch):
    """Arguments of every ModifyDBInstance from here on."""
    call, seen = BaseClient._make_api_call, []

    def watch(self, operation, arguments):
        if operation == "ModifyDBInstance":
            seen.append(arguments)
        return call(self, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", watch)
    return seen


FIGURES = ("AllocatedStorage", "Iops", "StorageThroughput")


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({}, {"allocated_storage": 99}, (99, None, None)),
        ({}, {"allocated_storage": 399, "max_allocated_storage": 500}, (399, None, None)),
        ({}, STRIPED, (400, 12000, 500)),
        (STRIPED, {**STRIPED, "allocated_storage": 500}, (500, 12000, 500)),
        (STRIPED, {**STRIPED, "iops": 20000}, (400, 20000, 500)),
        (STRIPED, {**STRIPED, "storage_throughput": 1000}, (400, 12000, 1000)),
        ({**STRIPED, "iops": 20000}, {**STRIPED, "allocated_storage": 500}, (500, 20000, 500)),
        (STRIPED, {**STRIPED, "multi_az": True}, (None, None, None)),
    ],
)
def test_storage_is_changed_in_one_request_with_its_figures_where_rds_wants_them(
    ensure, requests, rds, before, after, asked
):
    ensure(**before)
    result = ensure(**after)
    assert result["changed"], result.get("msg")
    (request,) = requests
    assert tuple(request.get(key) for key in FIGURES) == asked
    assert not ensure(**after)["changed"]


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"iops": 3000}, "iops can be chosen for gp3 from 400 GiB on, and allocated_storage is 20"),
        ({"storage_throughput": 125}, "storage_throughput can be chosen for gp3 from 400 GiB on"),
        ({**STRIPED, "iops": 3000}, "iops is 3000; of 400 GiB of gp3 it is 12000 at least"),
    ],
)
def test_figures_that_storage_cannot_have_are_named_before_it_is_made(ensure, rds, overrides, word):
    assert word in ensure(**overrides)["msg"]
    assert databases(rds) == []


def test_figures_that_standing_storage_cannot_have_are_named(ensure, requests):
    ensure()
    assert "iops can be chosen for gp3 from 400 GiB on" in ensure(iops=4000)["msg"]
    assert requests == []


def test_storage_with_provisioned_iops_is_changed_together_with_them(ensure, requests):
    provisioned = {"storage_type": "io2", "allocated_storage": 100, "max_allocated_storage": 500, "iops": 1000}
    ensure(**provisioned)
    ensure(**{**provisioned, "allocated_storage": 200})
    assert [(one["AllocatedStorage"], one["Iops"]) for one in requests] == [(200, 1000)]


def test_storage_does_not_shrink_and_what_is_wanted_is_said(ensure, requests):
    ensure(allocated_storage=40, max_allocated_storage=0)
    result = ensure(allocated_storage=20, max_allocated_storage=0)
    assert not result["changed"] and requests == []
    # Of one process, in which all tests run, the warnings add up.
    assert "has 40 GiB of storage, which never shrinks: 20 is left aside." in str(result["warnings"])


@pytest.mark.parametrize("limit", [100, 101, 109])
def test_storage_that_has_grown_to_its_limit_is_fine_and_the_way_on_is_said(ensure, requests, limit):
    ensure(allocated_storage=100, max_allocated_storage=0)
    result = ensure(allocated_storage=20, max_allocated_storage=limit)
    assert not result["changed"] and requests == []
    assert f"has grown to 100 of {limit} GiB" in str(result["warnings"])
    assert "raise max_allocated_storage (railyard_database_max_storage) to 110 or more" in str(result["warnings"])


def test_a_limit_that_is_raised_lets_storage_grow_again(ensure, requests):
    ensure(allocated_storage=100, max_allocated_storage=0)
    result = ensure(allocated_storage=20, max_allocated_storage=200)
    assert result["changed"]
    assert [one["MaxAllocatedStorage"] for one in requests] == [200]
    assert "AllocatedStorage" not in requests[0]
    wanted = {"allocated_storage": 20, "max_allocated_storage": 200}
    assert storage.warnings("t", wanted, {"allocated_storage": 100}) == []


def test_what_cannot_be_changed_is_no_reason_to_remove_a_database(ensure):
    ensure()
    message = ensure(storage_encrypted=False)["msg"]
    assert "Nothing was changed, and its content is safe: take back the change." in message
    assert not message.startswith("Remove") and "state: absent" not in message


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"db_instance_identifier": "a--b"}, "single hyphens"),
        ({"instance_class": "t4g.micro"}, "instance_class is 't4g.micro'; write one like db.t4g.micro"),
        ({"instance_class": None}, "give instance_class (for example db.t4g.micro)"),
        ({"allocated_storage": 5}, "allocated_storage is 5; AWS has 20 to 65536 GiB"),
        ({"max_allocated_storage": 20}, "no more than allocated_storage"),
        ({"backup_retention_period": 36}, "AWS keeps backups 0 to 35 days"),
        ({"backup_window": "5-6"}, "backup_window is '5-6'; write it in UTC like 17:00-17:30"),
        ({"monitoring_interval": 7}, "AWS measures every 0, 1, 5"),
        ({"monitoring_interval": 60}, "needs monitoring_role_arn"),
        ({"engine_version": "latest"}, "write one like 8.4 or 8.4.7"),
        ({"engine_version": "5.7"}, "does not offer mysql 5.7 here. It has 8.0.37"),
        ({"manage_master_user_password": False}, "no other way to a password"),
    ],
)
def test_wrong_options_are_said_before_anything_is_made(ensure, rds, overrides, words):
    for check in (True, False):
        result = ensure(check=check, **overrides)
        assert result["failed"] and words in result["msg"]
    assert databases(rds) == []


def test_protected_instance_stays(ensure, rds):
    ensure()
    result = ensure(state="absent")
    assert result["failed"] and "give deletion_protection: false" in result["msg"]
    assert len(databases(rds)) == 1


def test_removed_once_and_a_snapshot_stays(ensure, rds):
    ensure()
    planned = ensure(check=True, state="absent", deletion_protection=False)
    assert planned["changed"] and planned["diff"]["before"]["instance_class"] == "db.t4g.micro"
    assert len(databases(rds)) == 1
    result = ensure(state="absent", deletion_protection=False)
    assert result["changed"] and databases(rds) == []
    (snapshot,) = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] == result["final_snapshot_identifier"]
    assert snapshot["DBSnapshotIdentifier"].startswith("t-final-")
    assert {"Key": "Stack", "Value": "t"} in snapshot["TagList"]
    assert not ensure(state="absent")["changed"]
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_snapshot_is_named_or_left_out_as_asked(ensure, rds):
    gone = {"state": "absent", "deletion_protection": False}
    ensure()
    assert ensure(**gone, final_snapshot_identifier="last")["final_snapshot_identifier"] == "last"
    ensure()
    result = ensure(**gone, final_snapshot_identifier="last")
    assert result["failed"] and "A snapshot 'last' exists already" in result["msg"]
    assert len(databases(rds)) == 1
    assert ensure(**gone, retain_snapshot=False)["final_snapshot_identifier"] == ""
    assert len(rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]) == 1


def test_what_aws_refuses_is_named(ensure):
    result = ensure(subnet_group="nope")
    assert result["failed"]
    assert "Database 't' could not be kept" in result["msg"] and "nope" in result["msg"]


# Against a stub: states that the emulator does not pass through -------------------------------------------


@pytest.fixture
def stubbed(aws, monkeypatch):
    """(client as modules get it, its stub, pauses that were made in seconds)."""
    pauses = []
    monkeypatch.setattr(wait.time, "sleep", pauses.append)
    client = boto3.client("rds")
    with Stubber(client) as stub:
        yield RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1)), stub, pauses
        stub.assert_no_pending_responses()


def answer(status, **more):
    arn = "arn:aws:rds:ap-northeast-1:123456789012:db:t"
    return {"DBInstances": [{"DBInstanceIdentifier": "t", "DBInstanceArn": arn, "DBInstanceStatus": status, **more}]}


def instance(client, **more):
    """The instance ``t`` as a run with these arguments has it."""
    given = {"db_instance_identifier": "t", "wait": False, "wait_timeout": 60, **more}
    return rds_instance.DBInstance(client, {**dict.fromkeys(rds_instance.ARGUMENTS), **given})


def test_waits_until_available(stubbed):
    client, stub, pauses = stubbed
    for status in ("creating", "backing-up", "available"):
        stub.add_response("describe_db_instances", answer(status), {"DBInstanceIdentifier": "t"})
    assert instance(client).wait_until_available()["DBInstanceStatus"] == "available"
    assert pauses == [2, 3]


def test_failed_creation_says_what_to_do(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_db_instances", answer("incompatible-network"))
    with pytest.raises(ResourceError, match="given up database 't': it is 'incompatible-network'. Its events"):
        instance(client).wait_until_available()


def test_time_that_is_up_names_the_state(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_db_instances", answer("modifying"))
    with pytest.raises(ResourceError, match="still 'modifying' after 0 s .wait_timeout is 1"):
        instance(client, wait_timeout=1).wait_until_available()
    assert pauses == []


def test_waits_until_gone(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_db_instances", answer("deleting"))
    stub.add_client_error("describe_db_instances", "DBInstanceNotFound")
    instance(client).wait_until_deleted()
    assert pauses == [2]


def test_instance_that_is_being_made_is_left_alone(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_db_instances", answer("creating", DBInstanceClass="db.t4g.micro"))
    result = instance(client, instance_class="db.t4g.large", tags={"Stack": "t"}).ensure_present()
    assert (result["changed"], result["instance"]["address"]) == (False, None)


def test_lost_instance_goes_without_a_snapshot(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_db_instances", answer("failed"))
    wanted = {"DBInstanceIdentifier": "t", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": True}
    stub.add_response("delete_db_instance", {}, wanted)
    result = instance(client, retain_snapshot=True, delete_automated_backups=True).ensure_absent()
    assert result["changed"] and result["final_snapshot_identifier"] == ""


def test_busy_instance_is_awaited_before_its_last_snapshot(stubbed):
    client, stub, pauses = stubbed
    for status in ("modifying", "modifying", "available"):
        stub.add_response("describe_db_instances", answer(status))
    stub.add_response(
        "delete_db_instance",
        {},
        {"DBInstanceIdentifier": "t", "FinalDBSnapshotIdentifier": ANY, "DeleteAutomatedBackups": True},
    )
    result = instance(client, retain_snapshot=True, delete_automated_backups=True).ensure_absent()
    assert result["final_snapshot_identifier"].startswith("t-final-")


def test_change_that_awaits_its_window_does_not_differ():
    pending = {
        "DBInstanceClass": "db.t4g.large",
        "MasterUserPassword": "****",
        "PendingCloudwatchLogsExports": {"LogTypesToEnable": ["slowquery"], "LogTypesToDisable": ["general"]},
    }
    described = {
        "DBInstanceClass": "db.t4g.micro",
        "EnabledCloudwatchLogsExports": ["error", "general"],
        "PendingModifiedValues": pending,
    }
    wanted = {"instance_class": "db.t4g.large", "log_exports": ["error", "slowquery"]}
    assert instances.differences(wanted, instances.described(described)) == {}
    assert "MasterUserPassword" not in instances.pending_of(described)


@pytest.mark.parametrize(
    ("wanted", "version", "upgrades_itself", "fine"),
    [
        ("8.4", "8.4.7", False, True),
        ("8.4.7", "8.4.7", False, True),
        ("8.4.5", "8.4.7", True, True),
        ("8.4.5", "8.4.7", False, False),
        ("8.4.8", "8.4.7", True, False),
        ("8.4.1", "8.4.10", False, False),
        ("8.0", "8.4.7", True, False),
    ],
)
def test_versions_compare_by_what_is_given(wanted, version, upgrades_itself, fine):
    assert versions.satisfies(wanted, version, upgrades_itself) is fine


def test_versions_of_postgresql_have_one_number_less():
    assert versions.satisfies("17.5", "17.7", True, "postgres") is True
    assert versions.satisfies("16", "17.7", True, "postgres") is False
    assert versions.major_of("17.7", "postgres") == "17"


def test_standard_support_is_what_aws_says(rds):
    client = RetryingBotoClientWrapper(rds, AWSRetry.jittered_backoff(retries=1))
    ends = versions.standard_support_ends(client, "mysql")
    assert {major: f"{end:%Y-%m-%d}" for major, end in ends.items()} == {"8.0": "2026-07-31", "8.4": "2029-07-31"}
    assert versions.offered(client, "mysql")[-1] == "8.4.7"
