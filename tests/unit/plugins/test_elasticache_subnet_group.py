"""The cache subnet group module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import elasticache_subnet_group

from sandbox.core.settings import Settings
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters
from sandbox.services.elasticache.overrides import replication_groups as elasticache
from sandbox.services.elasticache.overrides import subnet_groups as elasticache_groups

GROUP = {"name": "T", "description": "subnets of t", "tags": {"Stack": "t", "Role": "elasticache"}}


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
def subnets(aws):
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{part}.0/24")["Subnet"]["SubnetId"] for part in (0, 1, 2)]


@pytest.fixture
def ensure(run_module, subnets):
    def ensure(check=False, **overrides):
        return run_module(elasticache_subnet_group, check=check, **{**GROUP, "subnet_ids": subnets[:2], **overrides})

    return ensure


def groups(cache) -> dict:
    found = cache.describe_cache_subnet_groups()["CacheSubnetGroups"]
    return {one["CacheSubnetGroupName"]: one for one in found if one["CacheSubnetGroupName"] != "default"}


def tags(cache, arn: str) -> dict:
    return {tag["Key"]: tag["Value"] for tag in cache.list_tags_for_resource(ResourceName=arn)["TagList"]}


def test_created_with_its_tags(ensure, cache, subnets):
    result = ensure()
    group = groups(cache)["t"]
    assert result["changed"]
    assert result["subnet_group"] == {
        "name": "t",
        "arn": group["ARN"],
        "description": "subnets of t",
        "subnet_ids": sorted(subnets[:2]),
    }
    assert tags(cache, group["ARN"]) == GROUP["tags"]


def test_second_run_changes_nothing_whatever_the_order(ensure, subnets):
    first = ensure()
    again = ensure(subnet_ids=[subnets[1], subnets[0]])
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
    assert again["subnet_group"] == first["subnet_group"]
    assert not ensure(subnet_ids=None, description=None, tags=None)["changed"]


def test_check_mode_on_an_empty_account(ensure, cache):
    result = ensure(check=True)
    assert result["changed"] and result["subnet_group"]["arn"] == ""
    assert groups(cache) == {}


def test_drift_is_planned_then_mended(ensure, cache, subnets):
    ensure()
    wanted = {"description": "others", "subnet_ids": subnets, "tags": {"Stack": "t"}}
    planned = ensure(check=True, **wanted)
    assert set(planned["diff"]["after"]) == {"description", "subnet_ids", "tags"}
    assert groups(cache)["t"]["CacheSubnetGroupDescription"] == "subnets of t"
    mended = ensure(**wanted)
    assert mended["changed"] and mended["diff"] == planned["diff"]
    assert not ensure(**wanted)["changed"]
    group = groups(cache)["t"]
    assert len(group["Subnets"]) == 3 and tags(cache, group["ARN"]) == {"Stack": "t"}


def test_removed_once(ensure, cache):
    ensure()
    assert ensure(check=True, state="absent")["changed"] and "t" in groups(cache)
    assert ensure(state="absent")["changed"] and groups(cache) == {}
    assert not ensure(state="absent")["changed"]


def test_wrong_options_are_said(ensure, cache):
    result = ensure(subnet_ids=None)
    assert result["failed"] and "give subnet_ids to create it" in result["msg"]
    result = ensure(subnet_ids=["subnet-nope"])
    assert result["failed"] and "Cache subnet group 't' could not be kept" in result["msg"]
    assert groups(cache) == {}
