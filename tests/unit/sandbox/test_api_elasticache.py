"""The cache of the emulated API, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.elasticache.layout import SLOTS, region_short, slot_ranges
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters
from sandbox.services.elasticache.overrides import replication_groups as elasticache
from sandbox.services.elasticache.overrides import subnet_groups as elasticache_groups

REGION = "ap-northeast-1"


@pytest.fixture
def account(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    for patch in (elasticache_parameters, elasticache, elasticache_groups):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True
    with mock_aws():
        yield Account()


class Account:
    """Two subnets in two zones, a security group and a cache subnet group."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2", REGION)
        self.cache = boto3.client("elasticache", REGION)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"))
        ]
        self.group = self.ec2.create_security_group(GroupName="c", Description="c", VpcId=vpc)["GroupId"]
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName="t", CacheSubnetGroupDescription="t", SubnetIds=self.subnets
        )

    def create(self, name: str = "t", **options) -> dict:
        """A cluster of three shards with one replica each; ``options`` override."""
        request = {
            "CacheNodeType": "cache.t4g.micro",
            "NumNodeGroups": 3,
            "ReplicasPerNodeGroup": 1,
            "AutomaticFailoverEnabled": True,
            "CacheSubnetGroupName": "t",
            "SecurityGroupIds": [self.group],
            "TransitEncryptionEnabled": True,
            **options,
        }
        request = {key: value for key, value in request.items() if value is not None}
        return self.cache.create_replication_group(ReplicationGroupId=name, ReplicationGroupDescription="t", **request)[
            "ReplicationGroup"
        ]

    def describe(self, name: str = "t") -> dict:
        return self.cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]

    def clusters(self) -> dict[str, dict]:
        return {one["CacheClusterId"]: one for one in self.cache.describe_cache_clusters()["CacheClusters"]}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def covered(group: dict) -> list[int]:
    """Every slot that the shards say they have, in order, repeated ones included."""
    ranges = [shard["Slots"].split("-") for shard in group["NodeGroups"]]
    return [slot for first, last in ranges for slot in range(int(first), int(last) + 1)]


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 90])
def test_shards_share_all_slots_once(shards):
    ranges = slot_ranges(shards)
    assert len(ranges) == shards
    bounds = [tuple(map(int, one.split("-"))) for one in ranges]
    assert [slot for first, last in bounds for slot in range(first, last + 1)] == list(range(SLOTS))


def test_three_shards_are_cut_where_everybody_cuts_them():
    assert slot_ranges(3) == ["0-5460", "5461-10922", "10923-16383"]


@pytest.mark.parametrize(
    ("region", "short"), [("ap-northeast-1", "apne1"), ("us-east-1", "use1"), ("eu-central-1", "euc1")]
)
def test_regions_are_short_in_host_names(region, short):
    assert region_short(region) == short


def test_cluster_has_one_endpoint_and_members_that_are_clusters(account):
    account.create()
    group = account.describe()
    assert group["ClusterEnabled"] and group["Status"] == "available"
    host = group["ConfigurationEndpoint"]["Address"]
    assert host.startswith("clustercfg.t.") and host.endswith(".apne1.cache.amazonaws.com")
    assert covered(group) == list(range(SLOTS))
    clusters = account.clusters()
    assert sorted(clusters) == sorted(group["MemberClusters"])
    assert len(clusters) == 6
    member = clusters["t-0002-001"]
    assert member["ReplicationGroupId"] == "t"
    assert member["EngineVersion"] == "7.1.0"
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"
    assert member["CacheSubnetGroupName"] == "t"
    assert member["SecurityGroups"] == [{"SecurityGroupId": account.group, "Status": "active"}]
    assert member["CacheNodes"][0]["Endpoint"]["Address"].startswith("t-0002-001.t.")
    zones = {node["PreferredAvailabilityZone"] for node in group["NodeGroups"][0]["NodeGroupMembers"]}
    assert zones == {f"{REGION}a", f"{REGION}c"}


def test_without_cluster_mode_there_are_primary_and_reader(account):
    account.create(NumNodeGroups=None, ReplicasPerNodeGroup=None, NumCacheClusters=2, TransitEncryptionEnabled=None)
    group = account.describe()
    assert not group["ClusterEnabled"] and "ConfigurationEndpoint" not in group
    (shard,) = group["NodeGroups"]
    assert shard["PrimaryEndpoint"]["Address"].endswith(".ng.0001.apne1.cache.amazonaws.com")
    assert "-ro." in shard["ReaderEndpoint"]["Address"]
    assert [member["CurrentRole"] for member in shard["NodeGroupMembers"]] == ["primary", "replica"]
    assert sorted(account.clusters()) == ["t-001", "t-002"]


def test_shards_come_and_go_and_the_slots_stay_covered(account):
    account.create()
    account.cache.modify_replication_group_shard_configuration(
        ReplicationGroupId="t", NodeGroupCount=5, ApplyImmediately=True
    )
    grown = account.describe()
    assert [shard["NodeGroupId"] for shard in grown["NodeGroups"]] == ["0001", "0002", "0003", "0004", "0005"]
    assert covered(grown) == list(range(SLOTS))
    assert len(account.clusters()) == 10
    account.cache.modify_replication_group_shard_configuration(
        ReplicationGroupId="t", NodeGroupCount=2, ApplyImmediately=True, NodeGroupsToRemove=["0001", "0003", "0005"]
    )
    shrunk = account.describe()
    assert [shard["NodeGroupId"] for shard in shrunk["NodeGroups"]] == ["0002", "0004"]
    assert covered(shrunk) == list(range(SLOTS))
    assert sorted(account.clusters()) == ["t-0002-001", "t-0002-002", "t-0004-001", "t-0004-002"]


def test_replicas_come_and_go(account):
    account.create()
    account.cache.increase_replica_count(ReplicationGroupId="t", NewReplicaCount=2, ApplyImmediately=True)
    assert len(account.clusters()) == 9
    account.cache.decrease_replica_count(
        ReplicationGroupId="t",
        ReplicaConfiguration=[{"NodeGroupId": "0002", "NewReplicaCount": 0}],
        ApplyImmediately=True,
    )
    sizes = [len(shard["NodeGroupMembers"]) for shard in account.describe()["NodeGroups"]]
    assert sizes == [3, 1, 3]
    with pytest.raises(ClientError) as error:
        account.cache.increase_replica_count(ReplicationGroupId="t", NewReplicaCount=6, ApplyImmediately=True)
    assert code_of(error) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"NumNodeGroups": 0}, "InvalidParameterValue"),
        ({"ReplicasPerNodeGroup": 6}, "InvalidParameterValue"),
        ({"EngineVersion": "4.0.10"}, "InvalidParameterCombination"),
        ({"AutomaticFailoverEnabled": False}, "InvalidParameterCombination"),
        ({"MultiAZEnabled": True, "ReplicasPerNodeGroup": 0}, "InvalidParameterCombination"),
        ({"CacheParameterGroupName": "default.redis7"}, "InvalidParameterCombination"),
        ({"CacheParameterGroupName": "default.redis6.x.cluster.on"}, "InvalidParameterCombination"),
        ({"CacheParameterGroupName": "nope"}, "InvalidParameterValue"),
        ({"CacheSubnetGroupName": "nope"}, "CacheSubnetGroupNotFoundFault"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidParameterValue"),
        ({"name": "no--good"}, "InvalidParameterValue"),
    ],
)
def test_what_aws_refuses_at_creation(account, options, code):
    with pytest.raises(ClientError) as error:
        account.create(**options)
    assert code_of(error) == code
    assert account.clusters() == {}


def test_own_parameter_group_decides_about_cluster_mode(account):
    account.cache.create_cache_parameter_group(
        CacheParameterGroupName="mine", CacheParameterGroupFamily="valkey8", Description="mine"
    )
    account.cache.modify_cache_parameter_group(
        CacheParameterGroupName="mine",
        ParameterNameValues=[{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}],
    )
    account.create(Engine="valkey", EngineVersion="8.0", NumNodeGroups=1, CacheParameterGroupName="mine")
    assert account.describe()["ClusterEnabled"]
    with pytest.raises(ClientError) as error:
        account.cache.delete_cache_parameter_group(CacheParameterGroupName="mine")
    assert code_of(error) == "InvalidCacheParameterGroupState"


def test_changes_are_kept_and_versions_only_rise(account):
    account.create(EngineVersion="7.0")
    log = {"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json"}
    log["DestinationDetails"] = {"CloudWatchLogsDetails": {"LogGroup": "/cache"}}
    account.cache.modify_replication_group(
        ReplicationGroupId="t",
        EngineVersion="7.1",
        SnapshotRetentionLimit=3,
        SnapshotWindow="01:00-02:00",
        PreferredMaintenanceWindow="mon:03:00-mon:04:00",
        MultiAZEnabled=True,
        LogDeliveryConfigurations=[log],
        ApplyImmediately=True,
    )
    group, member = account.describe(), account.clusters()["t-0001-001"]
    assert (group["SnapshotRetentionLimit"], group["SnapshotWindow"], group["MultiAZ"]) == (3, "01:00-02:00", "enabled")
    assert (member["EngineVersion"], member["PreferredMaintenanceWindow"]) == ("7.1.0", "mon:03:00-mon:04:00")
    assert group["LogDeliveryConfigurations"] == [{**log, "Status": "active"}]
    with pytest.raises(ClientError) as error:
        account.cache.modify_replication_group(ReplicationGroupId="t", EngineVersion="6.2")
    assert code_of(error) == "InvalidParameterCombination"


def test_what_is_deleted_is_gone_and_its_snapshot_stays(account):
    account.create()
    with pytest.raises(ClientError) as error:
        account.cache.delete_cache_subnet_group(CacheSubnetGroupName="t")
    assert code_of(error) == "CacheSubnetGroupInUse"
    account.cache.delete_replication_group(ReplicationGroupId="t", FinalSnapshotIdentifier="last")
    assert account.clusters() == {}
    with pytest.raises(ClientError) as error:
        account.describe()
    assert code_of(error) == "ReplicationGroupNotFoundFault"
    (snapshot,) = account.cache.describe_snapshots()["Snapshots"]
    assert (snapshot["SnapshotName"], snapshot["ReplicationGroupId"]) == ("last", "t")
    account.cache.delete_cache_subnet_group(CacheSubnetGroupName="t")
    assert account.cache.describe_cache_subnet_groups()["CacheSubnetGroups"] == []


def test_subnet_groups_change_and_take_real_subnets_only(account):
    account.cache.modify_cache_subnet_group(CacheSubnetGroupName="t", SubnetIds=account.subnets[:1])
    (group,) = account.cache.describe_cache_subnet_groups()["CacheSubnetGroups"]
    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == account.subnets[:1]
    with pytest.raises(ClientError) as error:
        account.cache.modify_cache_subnet_group(CacheSubnetGroupName="t", SubnetIds=["subnet-0123456789abcdef0"])
    assert code_of(error) == "InvalidSubnet"


def test_engine_versions_name_their_family(account):
    found = account.cache.describe_cache_engine_versions(Engine="valkey")["CacheEngineVersions"]
    assert {"valkey7", "valkey8"} == {entry["CacheParameterGroupFamily"] for entry in found}


def test_parameters_are_judged_and_reset(account):
    account.cache.create_cache_parameter_group(
        CacheParameterGroupName="mine", CacheParameterGroupFamily="redis7", Description="mine"
    )

    def change(name: str, value: str) -> None:
        account.cache.modify_cache_parameter_group(
            CacheParameterGroupName="mine", ParameterNameValues=[{"ParameterName": name, "ParameterValue": value}]
        )

    def by_user() -> list[str]:
        answer = account.cache.describe_cache_parameters(CacheParameterGroupName="mine", Source="user")
        return [entry["ParameterName"] for entry in answer["Parameters"]]

    for name, value in (("nope", "1"), ("appendonly", "yes"), ("activedefrag", "maybe")):
        with pytest.raises(ClientError) as error:
            change(name, value)
        assert code_of(error) == "InvalidParameterValue"
    change("timeout", "60")
    assert by_user() == ["timeout"]
    account.cache.reset_cache_parameter_group(CacheParameterGroupName="mine", ResetAllParameters=True)
    assert by_user() == []
    account.cache.delete_cache_parameter_group(CacheParameterGroupName="mine")
    with pytest.raises(ClientError) as error:
        account.cache.describe_cache_parameters(CacheParameterGroupName="mine")
    assert code_of(error) == "CacheParameterGroupNotFound"
