# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of the cache. A variable that is not given is not looked at."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._elasticache.creation import MAX_NODES, MAX_REPLICAS, MAX_RETENTION
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, form_problems, truth
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.servers import SIZES
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

#: Nodes that AWS lets a cluster have whose owner never asked for more.
NODES = 90
_QUOTA = "railyard_cache_node_quota"
_FORMS = (
    Form("railyard_cache_name", r"[a-z](?:[a-z0-9]|-(?!-|$)){0,39}", "a name of at most 40 small letters, digits and single hyphens, such as railyard"),
    Form("railyard_cache_engine", r"redis|valkey", "redis or valkey"),
    Form("railyard_cache_node_type", rf"cache\.[a-z][a-z0-9-]*\d[a-z0-9-]*\.{SIZES}", "a type of nodes such as cache.t4g.micro"),
    Form("elasticache_family", r"redis6\.x|redis7|valkey\d+", "a family of parameters such as redis7 or valkey8"),
    Form("elasticache_subnet_group_name", r"(?!default$)[A-Za-z0-9][A-Za-z0-9-]{0,254}", "letters, digits and hyphens, not 'default', such as railyard"),
    Form(
        "elasticache_parameter_group_name",
        r"(?!default)[A-Za-z](?:[A-Za-z0-9]|-(?!-|$)){0,254}",
        "letters, digits and single hyphens, such as railyard-redis7",
    ),
)
_RANGES = (
    Range("railyard_cache_port", 1150, 65535, "a port", "6379"),
    Range("railyard_cache_shards", 1, MAX_NODES, "a number", "2"),
    Range("railyard_cache_replicas", 0, MAX_REPLICAS, "a number", "1"),
    Range(_QUOTA, 1, MAX_NODES, "a number of nodes", "90"),
    Range("railyard_cache_snapshot_days", 0, MAX_RETENTION, "a number of days", "1"),
    Range("elasticache_await_timeout", 60, 86400, "a number of seconds", "2400"),
    Range("elasticache_absent_timeout", 60, 86400, "a number of seconds", "2400"),
)
_VERSION = "railyard_cache_engine_version"
#: Engine: (lowest major version, an example, when AWS ended those below; nothing where there are none).
_ENGINES = {"redis": (6, "7.1", "31 January 2026"), "valkey": (7, "8.0", "")}
#: Redis went no further under that name with AWS.
_HIGHEST = {"redis": 7, "valkey": 99}


def cache_problems(inputs: Inputs) -> list[str]:
    return [
        *form_problems(inputs, _FORMS, _RANGES),
        *_version_problems(inputs),
        *_size_problems(inputs),
        *_zone_problems(inputs),
        *_parameter_problems(inputs),
    ]


def _version_problems(inputs: Inputs) -> list[str]:
    engine, version = str(inputs.get("railyard_cache_engine")), str(inputs.get(_VERSION))
    if _VERSION not in inputs or engine not in _ENGINES:
        return []
    lowest, example, ended = _ENGINES[engine]
    if not re.fullmatch(r"\d+\.(?:\d+|x)(?:\.\d+)?", version):
        return [f"{_VERSION} is '{version}'; write a version of {engine} such as {example}, in quotes."]
    major = int(version.partition(".")[0])
    if major < lowest:
        why = f"which AWS ended on {ended}" if ended else "which there is none of"
        return [f"{_VERSION} is '{version}', {why}; write one of {lowest}.0 or higher, such as {example}."]
    if engine == "valkey" and re.match(r"7\.[01]", version):
        return [f"{_VERSION} is '{version}', which there is none of valkey; write one of 7.2 or higher, such as {example}."]
    if inputs.get("elasticache_transit_encryption") == "preferred" and major < 7:
        return [
            f"elasticache_transit_encryption is 'preferred', which ElastiCache knows from Redis 7.0.5 on, and {_VERSION} is '{version}'; write required, "
            "or version 7.1."
        ]
    if major > _HIGHEST[engine]:
        return [f"{_VERSION} is '{version}', which there is none of {engine}; write one such as {example}, or railyard_cache_engine: valkey."]
    return []


def _size_problems(inputs: Inputs) -> list[str]:
    """Shards with their replicas that are more nodes together than AWS allows."""
    shards, replicas = (whole_number(inputs.get(f"railyard_cache_{what}")) for what in ("shards", "replicas"))
    if not truth(inputs.get("railyard_cache_cluster_mode")) or shards is None or replicas is None:
        return []
    nodes = shards * (replicas + 1)
    if nodes <= NODES or not 1 <= shards <= MAX_NODES or not 0 <= replicas <= MAX_REPLICAS:
        return []
    quota = whole_number(inputs.get(_QUOTA, NODES))
    if quota is not None and nodes <= quota <= MAX_NODES:
        return []
    raised = f" Where AWS has raised your quota, say so: {_QUOTA}: {nodes}" if nodes <= MAX_NODES else f" It raises no quota above {MAX_NODES}."
    return [
        f"railyard_cache_shards is '{shards}' with {replicas} replicas each, together {nodes} nodes, but AWS allows {NODES}; "
        f"write {NODES // (replicas + 1)} shards or less.{raised}"
    ]


def _zone_problems(inputs: Inputs) -> list[str]:
    if not truth(inputs.get("elasticache_multi_az")) or whole_number(inputs.get("railyard_cache_replicas")) != 0:
        return []
    return ["elasticache_multi_az is 'true', but railyard_cache_replicas is 0: there is nothing to stand in another zone. Write one replica or more, or false."]


def _parameter_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("elasticache_parameters")
    problems = []
    for name, value in given.items() if isinstance(given, dict) else ():
        if not re.fullmatch(r"[a-z][a-z0-9_.-]*", str(name)):
            problems.append(f"elasticache_parameters has '{name}', which is no parameter's name; write one like maxmemory-policy: allkeys-lru.")
        elif name == "cluster-enabled":
            problems.append("elasticache_parameters has 'cluster-enabled', which railyard_cache_cluster_mode decides; leave it out.")
        elif isinstance(value, (dict, list)) or value is None:
            problems.append(f"elasticache_parameters.{name} is '{value}'; write its value, such as maxmemory-policy: allkeys-lru, or leave it out.")
    return problems
