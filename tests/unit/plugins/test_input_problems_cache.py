"""Inputs of the cache, as a table: what is wrong and what to write instead."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.cache import cache_problems

GOOD = {
    "railyard_cache_name": "railyard",
    "railyard_cache_port": 6379,
    "railyard_cache_engine": "redis",
    "railyard_cache_engine_version": "7.1",
    "railyard_cache_node_type": "cache.t4g.micro",
    "railyard_cache_cluster_mode": True,
    "railyard_cache_shards": 2,
    "railyard_cache_replicas": 1,
    "railyard_cache_snapshot_days": 1,
}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"railyard_cache_engine": "valkey", "railyard_cache_engine_version": "8.0"},
        {"railyard_cache_engine_version": "6.x"},
        {"railyard_cache_engine_version": 7.1, "railyard_cache_shards": "3"},
        {"railyard_cache_shards": 90, "railyard_cache_replicas": 4, "railyard_cache_node_quota": 450},
        {"railyard_cache_shards": 45, "railyard_cache_replicas": 1},
        {"railyard_cache_cluster_mode": False, "railyard_cache_replicas": 0, "railyard_cache_snapshot_days": 0},
    ],
)
def test_these_are_fine(inputs):
    assert cache_problems({**GOOD, **inputs}) == []


def test_what_is_not_given_is_not_judged():
    assert cache_problems({}) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("railyard_cache_name", "a" * 41, "at most 40 small letters"),
        ("railyard_cache_port", 0, "a port from 1150 to 65535, such as 6379"),
        ("railyard_cache_engine", "memcached", "write redis or valkey"),
        ("railyard_cache_engine_version", "seven", "a version of redis such as 7.1, in quotes"),
        ("railyard_cache_engine_version", "5.0.6", "which AWS ended on 31 January 2026; write one of 6.0 or higher"),
        ("railyard_cache_node_type", "t4g.micro", "a type of nodes such as cache.t4g.micro"),
        ("railyard_cache_shards", 0, "a number from 1 to 500, such as 2"),
        ("railyard_cache_shards", 300, "together 600 nodes, but AWS allows 90; write 45 shards or less"),
        ("railyard_cache_replicas", 6, "a number from 0 to 5, such as 1"),
        ("railyard_cache_snapshot_days", 36, "a number of days from 0 to 35"),
    ],
)
def test_each_mistake_names_value_and_remedy(name, value, words):
    (problem,) = cache_problems({**GOOD, name: value})
    assert problem.startswith(f"{name} is ") and str(value) in problem and words in problem


def test_versions_are_judged_by_their_engine():
    (problem,) = cache_problems({**GOOD, "railyard_cache_engine": "valkey", "railyard_cache_engine_version": "6.2"})
    assert "which there is none of; write one of 7.0 or higher, such as 8.0" in problem
