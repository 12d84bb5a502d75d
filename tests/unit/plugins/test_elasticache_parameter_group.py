"""The cache parameter group module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups import parameters
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import elasticache_parameter_group
from botocore.stub import Stubber

from sandbox.core.settings import Settings
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters

GROUP = {
    "name": "t-cache",
    "family": "redis7",
    "description": "cache of t",
    "parameters": {"cluster-enabled": True, "maxmemory-policy": "allkeys-lru", "timeout": 300},
    "tags": {"Stack": "t", "Role": "elasticache"},
}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    if not getattr(elasticache_parameters, "_applied", False):
        elasticache_parameters.apply(Settings.from_environment({}))
        elasticache_parameters._applied = True


@pytest.fixture
def cache(aws):
    return boto3.client("elasticache")


@pytest.fixture
def ensure(run_module, aws):
    def ensure(check=False, **overrides):
        return run_module(elasticache_parameter_group, check=check, **{**GROUP, **overrides})

    return ensure


def set_by_user(cache, name="t-cache"):
    answer = cache.describe_cache_parameters(CacheParameterGroupName=name, Source="user")
    return {entry["ParameterName"]: entry["ParameterValue"] for entry in answer["Parameters"]}


def names(cache):
    found = cache.describe_cache_parameter_groups()["CacheParameterGroups"]
    every = [group["CacheParameterGroupName"] for group in found]
    return [name for name in every if not name.startswith("default.")]


def test_created_as_described(ensure, cache):
    result = ensure()
    assert result["changed"]
    group = cache.describe_cache_parameter_groups(CacheParameterGroupName="t-cache")["CacheParameterGroups"][0]
    assert (group["CacheParameterGroupFamily"], group["Description"]) == ("redis7", "cache of t")
    assert result["parameter_group"]["arn"] == group["ARN"]
    assert set_by_user(cache) == {"cluster-enabled": "yes", "maxmemory-policy": "allkeys-lru", "timeout": "300"}
    tags = cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == GROUP["tags"]


@pytest.mark.parametrize("family", ["redis6.x", "redis7", "valkey7", "valkey8"])
def test_families_that_aws_has(ensure, family):
    assert ensure(family=family)["parameter_group"]["family"] == family


def test_second_run_changes_nothing(ensure):
    ensure()
    again = ensure()
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert (again["parameters_set"], again["parameters_reset"]) == ({}, [])


def test_check_mode_creates_nothing(ensure, cache):
    result = ensure(check=True)
    assert result["changed"]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["parameters"]["timeout"] == "300"
    assert names(cache) == []


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        (
            {"parameters": {**GROUP["parameters"], "timeout": 600}},
            {"parameters": {"timeout": "300"}},
            {"parameters": {"timeout": "600"}},
        ),
        (
            {"parameters": {"cluster-enabled": True, "timeout": 300}},
            {"parameters": {"maxmemory-policy": "allkeys-lru"}},
            {"parameters": {"maxmemory-policy": "(default)"}},
        ),
        ({"tags": {"Stack": "t"}}, {"tags": GROUP["tags"]}, {"tags": {"Stack": "t"}}),
        (
            {"tags": {"Stack": "u"}, "purge_tags": False},
            {"tags": GROUP["tags"]},
            {"tags": {**GROUP["tags"], "Stack": "u"}},
        ),
    ],
)
def test_drift_is_planned_then_mended(ensure, overrides, before, after):
    ensure()
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": before, "after": after}
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == planned["diff"], "the plan mends nothing and says what is mended"
    assert not ensure(**overrides)["changed"]


def test_parameters_not_named_stay_when_asked(ensure, cache):
    ensure()
    assert not ensure(parameters={"timeout": 300}, purge_parameters=False)["changed"]
    assert "parameters_set" not in ensure(parameters=None)
    assert len(set_by_user(cache)) == 3


def test_many_parameters_go_in_pages(ensure, cache):
    defaults = cache.describe_engine_default_parameters(CacheParameterGroupFamily="redis7")["EngineDefaults"]
    wanted = {
        entry["ParameterName"]: entry["ParameterValue"] + "0"
        for entry in defaults["Parameters"]
        if entry["IsModifiable"] and entry["AllowedValues"].startswith("0-9223")
    }
    wanted.update({"activedefrag": True, "lazyfree-lazy-expire": True, "activerehashing": False})
    wanted.update({"cluster-enabled": True, "close-on-replica-write": False, "cluster-allow-reads-when-down": True})
    wanted.update({"repl-backlog-ttl": 1, "databases": 2, "maxmemory-samples": 5, "lfu-decay-time": 2})
    assert len(wanted) > parameters.PAGE
    assert ensure(parameters=wanted)["changed"]
    assert len(set_by_user(cache)) == len(wanted)
    assert len(ensure(parameters={})["parameters_reset"]) == len(wanted)
    assert set_by_user(cache) == {}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"family": "redis99"}, "no parameter group family 'redis99'. It has: redis5.0, redis6.x, redis7, valk"),
        ({"family": None}, "give its family"),
        ({"name": "default.redis7"}, "AWS's own"),
        ({"parameters": {"maxmemory-polcy": "x"}}, "did you mean 'maxmemory-policy'?"),
        ({"parameters": {"maxmemory-policy": "never"}}, "takes volatile-lru,allkeys-lru"),
        ({"parameters": {"timeout": 5}}, "'timeout' is to be '5' but takes 0,20-2147483647"),
        ({"parameters": {"appendonly": True}}, "does not let anyone change it to yes"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(ensure, cache, overrides, words):
    for check in (True, False):
        result = ensure(check=check, **overrides)
        assert result["failed"] and words in result["msg"]
    assert names(cache) == []


def test_another_family_fails_another_description_warns(ensure):
    ensure()
    result = ensure(family="valkey8")
    assert result["failed"] and "is of family redis7 and AWS cannot change it to valkey8" in result["msg"]
    result = ensure(description="other")
    assert not result["changed"]
    assert "AWS cannot change that" in str(result["warnings"])


def test_removed_once(ensure, cache):
    ensure()
    assert ensure(check=True, state="absent")["changed"]
    assert names(cache) == ["t-cache"]
    assert ensure(state="absent")["changed"]
    assert names(cache) == []
    assert not ensure(state="absent")["changed"]


def test_not_removed_while_in_use(aws):
    client = boto3.client("elasticache")
    group = {"CacheParameterGroupName": "t", "CacheParameterGroupFamily": "redis7", "Description": "t", "ARN": "arn:t"}
    cluster = {"ReplicationGroupId": "c", "CacheParameterGroup": {"CacheParameterGroupName": "t"}}
    with Stubber(client) as stub:
        stub.add_response("describe_cache_parameter_groups", {"CacheParameterGroups": [group]})
        stub.add_response("describe_cache_clusters", {"CacheClusters": [cluster]}, {})
        with pytest.raises(ResourceError, match="'t' is used by c; remove that"):
            elasticache_parameter_group.CacheParameterGroup(_retrying(client), {"name": "t"}).ensure_absent()
        stub.assert_no_pending_responses()


def _retrying(client):
    """The client as AnsibleAWSModule gives it: its methods take ``aws_retry``."""
    from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

    return RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1))


def test_what_aws_refuses_is_named(ensure):
    result = ensure(name="9-cache")
    assert result["failed"]
    assert "Parameter group '9-cache' could not be kept" in result["msg"]
    assert "valid identifier" in result["msg"]
