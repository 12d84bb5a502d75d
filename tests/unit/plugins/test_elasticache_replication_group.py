"""The replication group module against the overridden emulator in this process, and its waits against a stub."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from ansible_collections.railyard.aws.plugins.module_utils._elasticache import replication_groups, scaling
from ansible_collections.railyard.aws.plugins.module_utils._resource import wait
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import elasticache_replication_group
from botocore.stub import Stubber

from sandbox.core.settings import Settings
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters
from sandbox.services.elasticache.overrides import replication_groups as elasticache
from sandbox.services.elasticache.overrides import subnet_groups as elasticache_groups

CLUSTER = {
    "replication_group_id": "t",
    "description": "cache of t",
    "engine": "redis",
    "engine_version": "7.0",
    "node_type": "cache.t4g.micro",
    "cluster_mode": True,
    "num_node_groups": 3,
    "replicas_per_node_group": 1,
    "subnet_group": "t",
    "snapshot_retention_limit": 1,
    "snapshot_window": "05:00-06:00",
    "maintenance_window": "sun:17:00-sun:18:00",
    "tags": {"Stack": "t", "Role": "elasticache"},
}
ALONE = {"cluster_mode": False, "num_node_groups": 1}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (elasticache_parameters, elasticache, elasticache_groups):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.fixture
def cache(aws):
    return boto3.client("elasticache")


@pytest.fixture
def security_group(aws):
    """Id of a security group in the VPC whose two subnets are the cache subnet group ``t``."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"ap-northeast-1{zone}")["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"))
    ]
    for name in ("t", "other"):
        boto3.client("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription=name, SubnetIds=subnets
        )
    return ec2.create_security_group(GroupName="t", Description="t", VpcId=vpc)["GroupId"]


@pytest.fixture
def ensure(run_module, security_group):
    """Run the module with usual options; arguments override them."""

    def ensure(check=False, **overrides):
        options = {**CLUSTER, "security_group_ids": [security_group], **overrides}
        return run_module(elasticache_replication_group, check=check, **options)

    return ensure


def groups(cache):
    return cache.describe_replication_groups()["ReplicationGroups"]


def test_cluster_is_created_as_described(ensure, cache, security_group):
    result = ensure()
    assert result["changed"]
    (group,) = groups(cache)
    assert group["ClusterEnabled"] and group["AutomaticFailover"] == "enabled"
    assert group["TransitEncryptionEnabled"] and group["AtRestEncryptionEnabled"]
    assert [len(shard["NodeGroupMembers"]) for shard in group["NodeGroups"]] == [2, 2, 2]
    member = cache.describe_cache_clusters(CacheClusterId="t-0001-001")["CacheClusters"][0]
    assert member["EngineVersion"] == "7.0.7"
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"
    assert [one["SecurityGroupId"] for one in member["SecurityGroups"]] == [security_group]
    returned = result["replication_group"]
    assert (returned["status"], returned["exists"], returned["arn"]) == ("available", True, group["ARN"])
    assert returned["configuration_endpoint"] == {"address": group["ConfigurationEndpoint"]["Address"], "port": 6379}
    assert returned["primary_endpoint"] == {}
    assert [shard["slots"] for shard in returned["node_groups"]] == ["0-5460", "5461-10922", "10923-16383"]
    assert returned["tags"] == CLUSTER["tags"]


def test_without_cluster_mode_there_are_primary_and_reader(ensure, cache):
    result = ensure(**ALONE)
    returned = result["replication_group"]
    assert returned["configuration_endpoint"] == {}
    assert returned["primary_endpoint"]["address"].startswith("master.t.")
    assert returned["reader_endpoint"]["address"].startswith("replica.t.")
    assert returned["member_clusters"] == ["t-001", "t-002"]
    assert groups(cache)[0]["AutomaticFailover"] == "disabled"


def test_one_shard_can_be_a_cluster(ensure):
    assert ensure(num_node_groups=1)["replication_group"]["cluster_enabled"]


@pytest.mark.parametrize("overrides", [{}, ALONE, {"engine": "valkey", "engine_version": "8.x", "multi_az": True}])
def test_second_run_changes_nothing(ensure, overrides):
    first = ensure(**overrides)
    again = ensure(**overrides)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert again["replication_group"] == first["replication_group"]


def test_check_mode_creates_nothing_and_gives_a_placeholder(ensure, cache):
    result = ensure(check=True)
    assert result["changed"]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["num_node_groups"] == 3
    assert "wait" not in result["diff"]["after"] and "region" not in result["diff"]["after"]
    assert result["replication_group"]["exists"] is False
    assert result["replication_group"]["configuration_endpoint"] == {"address": "t.invalid", "port": 6379}
    assert groups(cache) == []


LOG = {"log_type": "slow-log", "destination_type": "cloudwatch-logs", "destination": "/t", "log_format": "json"}


@pytest.mark.parametrize(
    ("first", "overrides", "before"),
    [
        ({}, {"description": "other"}, {"description": "cache of t"}),
        ({}, {"engine_version": "7.1"}, {"engine_version": "7.0.7"}),
        ({}, {"engine": "valkey", "engine_version": "7.2"}, {"engine": "redis", "engine_version": "7.0.7"}),
        ({}, {"node_type": "cache.m7g.large"}, {"node_type": "cache.t4g.micro"}),
        ({}, {"multi_az": True}, {"multi_az": False}),
        ({}, {"snapshot_retention_limit": 7}, {"snapshot_retention_limit": 1}),
        ({}, {"maintenance_window": "Mon:01:00-Mon:02:00"}, {"maintenance_window": "sun:17:00-sun:18:00"}),
        ({}, {"transit_encryption_mode": "preferred"}, {"transit_encryption_mode": "required"}),
        ({}, {"user_group_ids": ["users"]}, {"user_group_ids": []}),
        ({"user_group_ids": ["users"]}, {"user_group_ids": ["others"]}, {"user_group_ids": ["users"]}),
        ({}, {"log_delivery": [LOG]}, {"log_delivery": []}),
        ({"log_delivery": [LOG]}, {"log_delivery": []}, {"log_delivery": [LOG]}),
        (
            {"transit_encryption": False},
            {"transit_encryption": True, "transit_encryption_mode": "preferred"},
            {"transit_encryption": False, "transit_encryption_mode": "off"},
        ),
        (ALONE, {**ALONE, "automatic_failover": True}, {"automatic_failover": False}),
        ({}, {"num_node_groups": 5}, {"num_node_groups": 3}),
        ({}, {"num_node_groups": 2}, {"num_node_groups": 3}),
        ({}, {"replicas_per_node_group": 2}, {"replicas_per_node_group": 1}),
        ({}, {"replicas_per_node_group": 0}, {"replicas_per_node_group": 1}),
        (
            {"multi_az": True},
            {"multi_az": False, "replicas_per_node_group": 0},
            {"multi_az": True, "replicas_per_node_group": 1},
        ),
        (
            {"replicas_per_node_group": 0},
            {"multi_az": True, "num_node_groups": 4},
            {"multi_az": False, "num_node_groups": 3, "replicas_per_node_group": 0},
        ),
        ({}, {"tags": {"Stack": "t"}}, {"tags": CLUSTER["tags"]}),
    ],
)
def test_drift_is_planned_then_mended(ensure, first, overrides, before):
    was = ensure(**first)["replication_group"]
    planned = ensure(check=True, **overrides)
    assert planned["changed"] and planned["replication_group"] == was
    assert planned["diff"]["before"] == before
    assert set(planned["diff"]["after"]) == set(planned["diff"]["before"])
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == planned["diff"], "the plan mends nothing and says what is mended"
    assert not ensure(**overrides)["changed"]


def test_security_groups_follow_the_list_in_any_order(ensure, cache, security_group):
    ensure()
    vpc = boto3.client("ec2").describe_security_groups(GroupIds=[security_group])["SecurityGroups"][0]["VpcId"]
    other = boto3.client("ec2").create_security_group(GroupName="o", Description="o", VpcId=vpc)["GroupId"]
    assert ensure(security_group_ids=[other, security_group])["changed"]
    assert not ensure(security_group_ids=[security_group, other])["changed"]
    member = cache.describe_cache_clusters(CacheClusterId="t-0001-001")["CacheClusters"][0]
    assert {one["SecurityGroupId"] for one in member["SecurityGroups"]} == {other, security_group}


def test_slots_stay_covered_when_shards_come_and_go(ensure):
    ensure()
    for shards in (5, 2):
        found = ensure(num_node_groups=shards)["replication_group"]["node_groups"]
        bounds = [tuple(map(int, shard["slots"].split("-"))) for shard in found]
        assert len(bounds) == shards
        assert sum(last - first + 1 for first, last in bounds) == 16384


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (ALONE, "cluster_mode is True and cannot become False"),
        ({"subnet_group": "other"}, "subnet_group is t and cannot become other"),
        ({"port": 7000}, "port is 6379 and cannot become 7000"),
        ({"at_rest_encryption": False}, "at_rest_encryption is True and cannot become False"),
        ({"engine_version": "6.2"}, "engine_version is 7.0.7 and cannot go back to 6.2"),
        ({"transit_encryption": False}, "cannot go from encryption in transit 'required' to 'off' at once"),
        ({"engine": "valkey", "engine_version": None}, "give engine_version, too"),
        ({"engine_version": "9.9"}, "does not offer redis 9.9 here. It has 6.2, 7.0, 7.1"),
    ],
)
def test_what_cannot_be_changed_is_named_and_nothing_is_touched(ensure, cache, overrides, words):
    ensure()
    was = groups(cache)
    for check in (True, False):
        result = ensure(check=check, **{"description": "other", **overrides})
        assert result["failed"] and words in result["msg"]
    assert groups(cache) == was


def test_from_valkey_there_is_no_way_back(ensure):
    ensure(engine="valkey", engine_version="7.2")
    result = ensure()
    assert result["failed"] and "engine is valkey and cannot become redis" in result["msg"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"num_node_groups": 0}, "num_node_groups is 0; a cache has at least 1 shard"),
        ({"replicas_per_node_group": 6}, "replicas_per_node_group is 6; AWS has 0 to 5"),
        ({"num_node_groups": 400}, "more than the 500 nodes"),
        ({"cluster_mode": False}, "without cluster_mode there is 1 shard"),
        ({"automatic_failover": False}, "cluster_mode needs it"),
        ({"multi_az": True, "replicas_per_node_group": 0}, "need at least 1 replica"),
        ({"snapshot_retention_limit": 36}, "AWS keeps snapshots 0 to 35 days"),
        ({"snapshot_window": "5-6"}, "snapshot_window is '5-6'; write it in UTC like 05:00-06:00"),
        ({"replication_group_id": "a--b"}, "single hyphens"),
        ({"transit_encryption": False, "user_group_ids": ["u"]}, "transit_encryption is false"),
        ({"engine_version": "4.0.10"}, "does not offer redis 4.0.10 here. It has 6.2, 7.0, 7.1"),
        ({"node_type": None}, "give node_type"),
    ],
)
def test_wrong_options_are_said_before_anything_is_made(ensure, cache, overrides, words):
    for check in (True, False):
        result = ensure(check=check, **overrides)
        assert result["failed"] and words in result["msg"]
    assert groups(cache) == []


def test_removed_once_and_a_snapshot_stays(ensure, cache):
    ensure()
    planned = ensure(check=True, state="absent")
    assert planned["changed"] and planned["diff"]["before"]["num_node_groups"] == 3
    assert len(groups(cache)) == 1
    result = ensure(state="absent")
    assert result["changed"] and groups(cache) == []
    (snapshot,) = cache.describe_snapshots()["Snapshots"]
    assert snapshot["SnapshotName"] == result["final_snapshot_identifier"]
    assert snapshot["SnapshotName"].startswith("t-final-")
    assert not ensure(state="absent")["changed"]


def test_snapshot_is_named_or_left_out_as_asked(ensure, cache):
    ensure()
    assert ensure(state="absent", final_snapshot_identifier="last")["final_snapshot_identifier"] == "last"
    ensure()
    result = ensure(state="absent", final_snapshot_identifier="last")
    assert result["failed"] and "A snapshot 'last' exists already" in result["msg"]
    assert len(groups(cache)) == 1
    assert ensure(state="absent", retain_snapshot=False)["final_snapshot_identifier"] == ""
    assert len(cache.describe_snapshots()["Snapshots"]) == 1


def test_what_aws_refuses_is_named(ensure):
    result = ensure(subnet_group="nope")
    assert result["failed"]
    assert "Replication group 't' could not be kept" in result["msg"]
    assert "nope" in result["msg"]


# Against a stub: states that the emulator does not pass through -------------------------------------------


@pytest.fixture
def stubbed(aws, monkeypatch):
    """(client as modules get it, its stub, pauses that were made in seconds)."""
    pauses = []
    monkeypatch.setattr(wait.time, "sleep", pauses.append)
    client = boto3.client("elasticache")
    with Stubber(client) as stub:
        yield RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1)), stub, pauses
        stub.assert_no_pending_responses()


def answer(status, **more):
    return {"ReplicationGroups": [{"ReplicationGroupId": "t", "Status": status, **more}]}


def group(client, wait_timeout=60):
    """The group ``t`` as a run has it."""
    return elasticache_replication_group.ReplicationGroup(
        client, {"replication_group_id": "t", "wait_timeout": wait_timeout}
    )


def test_waits_until_available(stubbed):
    client, stub, pauses = stubbed
    for status in ("creating", "creating", "available"):
        stub.add_response("describe_replication_groups", answer(status), {"ReplicationGroupId": "t"})
    assert group(client).wait_until_available()["Status"] == "available"
    assert pauses == [2, 3]


def test_failed_creation_says_what_aws_said(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_replication_groups", answer("create-failed"))
    stub.add_response("describe_events", {"Events": [{"Message": "No capacity in the zone"}]})
    with pytest.raises(ResourceError, match="not create replication group 't'. AWS said: No capacity in the zone"):
        group(client).wait_until_available()


def test_time_that_is_up_names_the_state(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_replication_groups", answer("modifying"))
    stub.add_client_error("describe_events", "AccessDenied")
    with pytest.raises(ResourceError, match="still 'modifying' after 0 s .wait_timeout is 1"):
        group(client, wait_timeout=1).wait_until_available()
    assert pauses == []


def test_waits_until_gone(stubbed):
    client, stub, pauses = stubbed
    stub.add_response("describe_replication_groups", answer("deleting"))
    stub.add_client_error("describe_replication_groups", "ReplicationGroupNotFoundFault")
    group(client).wait_until_deleted()
    assert pauses == [2]


def test_group_that_is_being_made_does_not_differ(stubbed):
    client, stub, pauses = stubbed
    creating = answer("creating", Description="d", CacheNodeType="cache.t4g.micro", ClusterEnabled=True)
    current = replication_groups.described(creating["ReplicationGroups"][0], {})
    wanted = {**CLUSTER, "description": "d", "snapshot_retention_limit": 0, "snapshot_window": "01:00-02:00"}
    assert replication_groups.differences(wanted, current) == {}


def test_change_that_awaits_its_window_does_not_differ():
    member = {"EngineVersion": "7.0.7", "PendingModifiedValues": {"EngineVersion": "7.1.0"}}
    assert replication_groups.described({}, member)["engine_version"] == "7.1.0"


@pytest.mark.parametrize(
    ("wanted", "reported", "same"),
    [
        ("7.1", "7.1.0", True),
        ("7.1.0", "7.1.0", True),
        ("7.x", "7.1.0", True),
        ("7", "7.1.0", True),
        ("7.1", "7.10.0", False),
        ("6.x", "7.1.0", False),
    ],
)
def test_versions_compare_by_what_is_given(wanted, reported, same):
    assert replication_groups.same_version(wanted, reported) is same


def shards(*counts):
    return {
        "ReplicationGroupId": "t",
        "NodeGroups": [
            {"NodeGroupId": f"{number:04}", "NodeGroupMembers": [{}] * (count + 1)}
            for number, count in enumerate(counts, 1)
        ],
    }


def test_uneven_shards_are_evened_one_by_one():
    uneven = shards(1, 2, 0)
    grow = scaling.replica_step(uneven, 1, grows=True)
    assert grow["ReplicaConfiguration"] == [{"NodeGroupId": "0003", "NewReplicaCount": 1}]
    shrink = scaling.replica_step(uneven, 1, grows=False)
    assert shrink["ReplicaConfiguration"] == [{"NodeGroupId": "0002", "NewReplicaCount": 1}]
    assert replication_groups.replica_counts(uneven) == [1, 2, 0]


def test_newest_shards_go():
    step = scaling.shard_step(shards(0, 0, 0), 1)
    assert (step["NodeGroupCount"], step["NodeGroupsToRemove"]) == (1, ["0002", "0003"])
    assert scaling.shard_step(shards(0, 0), 2) is None
