# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of the cache. A variable that is not given is not judged."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._elasticache.creation import MAX_NODES, MAX_REPLICAS, MAX_RETENTION
from ansible_collections.railyard.aws.plugins.module_utils._stack.judging import Form, Range, judge, truth
from ansible_collections.railyard.aws.plugins.module_utils._stack.subnets import whole_number

Inputs = dict[str, Any]

_FORMS = (
    Form("railyard_cache_name", r"[a-z](?:[a-z0-9]|-(?!-|$)){0,39}", "a name of at most 40 small letters, digits and single hyphens, such as railyard"),
    Form("railyard_cache_engine", r"redis|valkey", "redis or valkey"),
    Form("railyard_cache_node_type", r"cache\.[a-z0-9-]+\.[a-z0-9.-]+", "a type of nodes such as cache.t4g.micro"),
)
_RANGES = (
    Range("railyard_cache_port", 1150, 65535, "a port", "6379"),
    Range("railyard_cache_shards", 1, MAX_NODES, "a number", "2"),
    Range("railyard_cache_replicas", 0, MAX_REPLICAS, "a number", "1"),
    Range("railyard_cache_snapshot_days", 0, MAX_RETENTION, "a number of days", "1"),
)
_VERSION = "railyard_cache_engine_version"
#: Engine: (lowest major version, an example, when AWS ended those below; nothing where there are none).
_ENGINES = {"redis": (6, "7.1", "31 January 2026"), "valkey": (7, "8.0", "")}


def cache_problems(inputs: Inputs) -> list[str]:
    return judge(inputs, _FORMS, _RANGES) + _version_problems(inputs) + _size_problems(inputs)


def _version_problems(inputs: Inputs) -> list[str]:
    engine, version = str(inputs.get("railyard_cache_engine")), str(inputs.get(_VERSION))
    if _VERSION not in inputs or engine not in _ENGINES:
        return []
    lowest, example, ended = _ENGINES[engine]
    if not re.fullmatch(r"\d+\.(?:\d+|x)(?:\.\d+)?", version):
        return [f"{_VERSION} is '{version}'; write a version of {engine} such as {example}, in quotes."]
    if int(version.partition(".")[0]) < lowest:
        why = f"which AWS ended on {ended}" if ended else "which there is none of"
        return [f"{_VERSION} is '{version}', {why}; write one of {lowest}.0 or higher, such as {example}."]
    return []


def _size_problems(inputs: Inputs) -> list[str]:
    """Shards with their replicas that are more nodes together than AWS allows."""
    shards, replicas = (whole_number(inputs.get(f"railyard_cache_{what}")) for what in ("shards", "replicas"))
    if not truth(inputs.get("railyard_cache_cluster_mode")) or shards is None or replicas is None:
        return []
    nodes = shards * (replicas + 1)
    if nodes <= MAX_NODES or shards > MAX_NODES or not 0 <= replicas <= MAX_REPLICAS:
        return []
    return [
        f"railyard_cache_shards is {shards} with {replicas} replicas each, together {nodes} nodes, but AWS allows {MAX_NODES}; "
        f"write {MAX_NODES // (replicas + 1)} shards or less."
    ]
