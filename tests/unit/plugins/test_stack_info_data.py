"""stack_info on databases and caches."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.filter.resource_table import resource_table
from ansible_collections.railyard.aws.plugins.module_utils._inventory import tags
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services import elasticache as cache_kinds
from ansible_collections.railyard.aws.plugins.modules import stack_info
from botocore.exceptions import ClientError

from sandbox.core.settings import Settings
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters
from sandbox.services.elasticache.overrides import replication_groups as elasticache
from sandbox.services.elasticache.overrides import subnet_groups as elasticache_groups
from sandbox.services.rds.overrides import groups as rds_groups
from sandbox.services.rds.overrides import instances as rds_instances

DATABASES = ["databases", "db_subnet_groups", "db_parameter_groups", "db_option_groups", "db_snapshots"]
CACHES = ["replication_groups", "cache_subnet_groups", "cache_parameter_groups", "cache_snapshots"]


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (rds_groups, rds_instances, elasticache_parameters, elasticache, elasticache_groups):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.fixture
def subnets(aws):
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"ap-northeast-1{zone}")["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"))
    ]


def of(stack: str) -> list[dict]:
    return [{"Key": "Stack", "Value": stack}]


def make_database(subnets: list[str], stack: str) -> None:
    rds = boto3.client("rds")
    common = {"Tags": of(stack)}
    rds.create_db_subnet_group(DBSubnetGroupName=stack, DBSubnetGroupDescription="d", SubnetIds=subnets, **common)
    rds.create_db_parameter_group(
        DBParameterGroupName=stack, DBParameterGroupFamily="mysql8.4", Description="d", **common
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=stack,
        Parameters=[{"ParameterName": "long_query_time", "ParameterValue": "2", "ApplyMethod": "immediate"}],
    )
    rds.create_option_group(
        OptionGroupName=stack, EngineName="mysql", MajorEngineVersion="8.4", OptionGroupDescription="d", **common
    )
    rds.create_db_instance(
        DBInstanceIdentifier=stack,
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        EngineVersion="8.4",
        AllocatedStorage=20,
        DBSubnetGroupName=stack,
        DBParameterGroupName=stack,
        OptionGroupName=stack,
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        MasterUsername="admin",
        ManageMasterUserPassword=True,
        **common,
    )
    rds.create_db_snapshot(DBInstanceIdentifier=stack, DBSnapshotIdentifier=f"{stack}-final")


def make_cache(subnets: list[str], stack: str) -> None:
    cache = boto3.client("elasticache")
    common = {"Tags": of(stack)}
    cache.create_cache_subnet_group(
        CacheSubnetGroupName=stack, CacheSubnetGroupDescription="d", SubnetIds=subnets, **common
    )
    cache.create_cache_parameter_group(
        CacheParameterGroupName=stack, CacheParameterGroupFamily="redis7", Description="d", **common
    )
    cache.modify_cache_parameter_group(
        CacheParameterGroupName=stack,
        ParameterNameValues=[{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}],
    )
    cache.create_replication_group(
        ReplicationGroupId=stack,
        ReplicationGroupDescription="d",
        Engine="redis",
        CacheNodeType="cache.t4g.micro",
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        CacheSubnetGroupName=stack,
        CacheParameterGroupName=stack,
        **common,
    )


def look(run_module, kinds: list[str], **more) -> dict:
    return run_module(stack_info, stack="railyard", kinds=kinds, **more)


def test_databases_of_the_stack_with_all_they_stand_on(subnets, run_module):
    for stack in ("railyard", "rail", "railyard-2"):
        make_database(subnets, stack)
    result = look(run_module, DATABASES)
    found = result["stack"]
    assert {kind: list(found[kind]) for kind in DATABASES} == {
        **dict.fromkeys(DATABASES, ["railyard"]),
        "db_snapshots": ["railyard-final"],
    }
    entry = found["databases"]["railyard"]
    assert entry["id"] == entry["arn"] == "arn:aws:rds:ap-northeast-1:123456789012:db:railyard"
    assert (entry["state"], entry["port"], entry["engine_version"]) == ("available", 3306, "8.4.7")
    assert entry["address"].startswith("railyard.")
    assert entry["master_user_secret_arn"].startswith("arn:aws:secretsmanager:")
    assert (entry["deletion_protection"], entry["multi_az"], entry["pending"]) == (True, False, {})
    assert (entry["parameter_group"], entry["option_group"], entry["subnet_group"]) == ("railyard",) * 3
    assert found["db_parameter_groups"]["railyard"]["parameters"] == {"long_query_time": "2"}
    assert found["db_subnet_groups"]["railyard"]["subnet_ids"] == sorted(subnets)
    option_group = found["db_option_groups"]["railyard"]
    assert (option_group["major_engine_version"], option_group["options"]) == ("8.4", [])
    assert found["db_snapshots"]["railyard-final"]["option_group"] == "railyard"
    assert {one["role"] for one in result["resources"]} == {"rds"}


def test_caches_of_the_stack_with_all_they_stand_on(subnets, run_module):
    for stack in ("railyard", "rail", "railyard-2"):
        make_cache(subnets, stack)
    found = look(run_module, CACHES)["stack"]
    assert {kind: list(found[kind]) for kind in CACHES[:3]} == dict.fromkeys(CACHES[:3], ["railyard"])
    entry = found["replication_groups"]["railyard"]
    assert (entry["state"], entry["cluster_mode"], entry["port"]) == ("available", True, 6379)
    assert (entry["num_node_groups"], entry["replicas_per_node_group"]) == (2, 1)
    assert len(entry["member_clusters"]) == 4
    assert entry["address"].startswith("clustercfg.")
    assert (entry["transit_encryption_mode"], entry["parameter_group"]) == ("required", "railyard")
    assert found["cache_parameter_groups"]["railyard"]["parameters"] == {"cluster-enabled": "yes"}
    assert found["cache_subnet_groups"]["railyard"]["subnet_ids"] == sorted(subnets)


def test_last_snapshot_of_a_cache_is_known_by_the_cache_it_was_taken_of(subnets, run_module):
    cache = boto3.client("elasticache")
    for stack in ("railyard", "railyard-2"):
        make_cache(subnets, stack)
        cache.delete_replication_group(ReplicationGroupId=stack, FinalSnapshotIdentifier=f"{stack}-final")
    found = look(run_module, ["replication_groups", "cache_snapshots"])["stack"]
    assert found["replication_groups"] == {}
    assert list(found["cache_snapshots"]) == ["railyard-final"]


def test_placeholders_on_an_empty_account(aws, run_module):
    require = {kind: ["railyard"] for kind in [*DATABASES, *CACHES]}
    found = look(run_module, [], require=require, check=True)["stack"]
    entries = [found[kind]["railyard"] for kind in require]
    assert not any(entry["exists"] for entry in entries)
    assert len({entry["id"] for entry in entries}) == len(entries)
    assert all(entry["id"] == entry["arn"] and entry["id"].startswith("arn:aws:") for entry in entries)
    missing = look(run_module, [], require={"databases": ["railyard"]})
    assert "run `ansible-playbook site.yml --tags rds` first" in missing["msg"]


def test_table_for_people(subnets, run_module):
    make_database(subnets, "railyard")
    table = resource_table(look(run_module, DATABASES)["stack"])
    (line,) = (line for line in table.splitlines() if " db:railyard" in line)
    assert " database " in line and ".rds.amazonaws.com" in line
    assert "subnet group" not in table and "railyard-final" in table


def test_states_say_what_is_waited_for():
    assert KINDS["databases"].usual_seconds == 330 and KINDS["replication_groups"].usual_seconds == 415
    for kind in ("databases", "replication_groups"):
        states = KINDS[kind]
        assert {"creating", "modifying"} <= states.pending and "deleting" in states.deleting
        assert not states.pending & (states.deleting | states.failed | states.deleted)


class Untold:
    """A client that does not tell tags: as AWS while a replication group is being made."""

    def __init__(self, code: str) -> None:
        self.code = code

    def list_tags_for_resource(self, ResourceName: str):
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "ListTagsForResource")


def group(name: str) -> dict:
    return {"ReplicationGroupId": name, "ARN": f"arn:{name}", "Status": "creating"}


def test_while_a_cache_is_being_made_its_name_tells_whose_it_is():
    found = [group("railyard"), group("railyard-2"), group("rail")]
    client = Untold("InvalidReplicationGroupState")
    ours = tags.with_stacks_tag(
        client, found, "ARN", "Railyard", if_unavailable=lambda one: cache_kinds._is_named(one, "Railyard")
    )
    assert [one["ARN"] for one in ours] == ["arn:railyard"]
    entry = KINDS["replication_groups"].entry({**group("railyard"), "Tags": [], "Member": {}})
    assert (entry["state"], entry["address"], entry["port"], entry["tags"]) == ("creating", None, None, {})


def test_other_errors_about_tags_are_told():
    assert tags.with_stacks_tag(Untold("CacheSubnetGroupNotFoundFault"), [group("railyard")], "ARN", "railyard") == []
    with pytest.raises(ClientError):
        tags.with_stacks_tag(Untold("AccessDenied"), [group("railyard")], "ARN", "railyard")
