"""A thing that is not there may be answered with an empty list: every module takes it for absent."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._elasticache import replication_groups
from ansible_collections.railyard.aws.plugins.modules import (
    alb_target_group,
    elasticache_parameter_group,
    elasticache_replication_group,
    elasticache_subnet_group,
    rds_instance,
    rds_parameter_group,
    route53_domain,
)
from botocore.stub import Stubber

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"


def stubbed(service, *answers):
    """A client with retries whose answers are given, each as (operation, answer)."""
    client = boto3.client(service, "us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    stub = Stubber(client)
    for operation, answer in answers:
        stub.add_response(operation, answer)
    stub.activate()
    return RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1))


def named(resource):
    """How a resource is looked for, as a function of client and name."""
    return lambda client, name: resource(client, {resource.id_option: name}).find()


@pytest.mark.parametrize("answer", [{}, {"Things": []}, {"Things": None}])
def test_nothing_is_the_first_of_nothing(answer):
    assert first(answer, "Things") is None


def test_first_of_several():
    assert first({"Things": [1, 2]}, "Things") == 1


@pytest.mark.parametrize(
    ("service", "operation", "answer", "find"),
    [
        ("elbv2", "describe_target_groups", {"TargetGroups": []}, named(alb_target_group.TargetGroup)),
        ("rds", "describe_db_parameter_groups", {"DBParameterGroups": []}, named(rds_parameter_group.DBParameterGroup)),
        ("rds", "describe_db_instances", {"DBInstances": []}, named(rds_instance.DBInstance)),
        (
            "elasticache",
            "describe_cache_parameter_groups",
            {"CacheParameterGroups": []},
            named(elasticache_parameter_group.CacheParameterGroup),
        ),
        (
            "elasticache",
            "describe_cache_subnet_groups",
            {"CacheSubnetGroups": []},
            named(elasticache_subnet_group.CacheSubnetGroup),
        ),
        (
            "elasticache",
            "describe_replication_groups",
            {"ReplicationGroups": []},
            named(elasticache_replication_group.ReplicationGroup),
        ),
        ("elbv2", "describe_target_groups", {}, named(alb_target_group.TargetGroup)),
        ("rds", "describe_db_instances", {}, named(rds_instance.DBInstance)),
    ],
)
def test_empty_list_means_not_there(service, operation, answer, find):
    assert find(stubbed(service, (operation, answer)), "gone") is None


def test_node_that_went_meanwhile_says_nothing():
    client = stubbed("elasticache", ("describe_cache_clusters", {"CacheClusters": []}))
    assert replication_groups.find_member(client, {"MemberClusters": ["t-0001-001"]}) == {}


def test_tags_of_a_target_group_that_aws_does_not_tell_are_none():
    client = stubbed("elbv2", ("describe_tags", {"TagDescriptions": []}))
    group = alb_target_group.TargetGroup(client, {"name": "t", "tags": {}})
    assert not group.tag_change({"TargetGroupArn": "arn:of:a:group"})


def test_ending_without_a_price_is_named():
    answers = (
        ("check_domain_availability", {"Availability": "AVAILABLE"}),
        ("list_prices", {"Prices": []}),
    )
    with pytest.raises(route53_domain.ResourceError, match=r"no price of '\.nowhere'"):
        route53_domain.price_of(stubbed("route53domains", *answers), {"domain": "x.nowhere", "years": 1})


def test_no_plugin_takes_the_first_of_an_answer_that_may_be_empty():
    """What a creation answers holds what was made; every other list may be empty."""
    unsafe = re.compile(r'\["[A-Z]\w+"\]\[0\]')
    found = [
        f"{path.relative_to(PLUGINS)}: {line.strip()}"
        for path in sorted(PLUGINS.rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if unsafe.search(line) and "client.create_" not in line and "refused" not in line
    ]
    assert found == []
