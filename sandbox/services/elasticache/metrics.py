"""Metrics of cache nodes, from what Redis says of itself and the container's CPU time.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sandbox.metrics import usage
from sandbox.metrics.measurements import Measurement, dimensions
from sandbox.metrics.round import Round
from sandbox.services.elasticache.node import Node
from sandbox.services.elasticache.picture import CacheNode, ReplicationGroup
from sandbox.services.elasticache.redis_client import ReplyError

_NAMESPACE = "AWS/ElastiCache"
Info = Mapping[str, str]
#: Metric → what Redis counts since its start.
_COUNTED = {"Evictions": "evicted_keys", "CacheHits": "keyspace_hits", "CacheMisses": "keyspace_misses"}


def ask_node(look: Round, group: ReplicationGroup, node: CacheNode) -> Info:
    """What ``INFO`` answers. Raises ``OSError`` and ``ReplyError``."""
    settings = look.engine.settings
    directory = settings.home / "caches" / group.key / node.key
    if not directory.is_dir():
        raise FileNotFoundError(directory)
    with Node(settings, look.engine, directory, settings.netns(group.key)).connect() as redis:
        return parse(str(redis.call("INFO", "everything")))


def parse(text: str) -> Info:
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))


def gather(look: Round, ask: Callable[[Round, ReplicationGroup, CacheNode], Info] = ask_node) -> Iterator[Measurement]:
    for group in look.picture.replication_groups:
        for node in group.nodes:
            pid = look.pid(node.key)
            if not pid:
                continue
            try:
                cpu, info = usage.cpu_seconds(pid), ask(look, group, node)
            except (OSError, ReplyError):
                continue
            yield from _of_node(node, cpu, info, look)


def _of_node(node: CacheNode, cpu: float, info: Info, look: Round) -> Iterator[Measurement]:
    its = dimensions(CacheClusterId=node.id)
    if (percent := look.percent(node.key, cpu)) is not None:
        yield Measurement(_NAMESPACE, "CPUUtilization", its, percent, "Percent")
    engine = sum(float(info.get(f"used_cpu_{kind}_main_thread", 0)) for kind in ("user", "sys"))
    grown = look.counters.grown(("engine", node.key), engine)
    if grown is not None and look.seconds > 0:
        # Of one core, which is all that its main thread can have.
        yield Measurement(_NAMESPACE, "EngineCPUUtilization", its, min(100.0, 100 * grown / look.seconds), "Percent")
    used, most = float(info.get("used_memory", 0)), float(info.get("maxmemory", 0))
    yield Measurement(_NAMESPACE, "BytesUsedForCache", its, used, "Bytes")
    if most:
        yield Measurement(_NAMESPACE, "DatabaseMemoryUsagePercentage", its, 100.0 * used / most, "Percent")
    yield Measurement(_NAMESPACE, "CurrConnections", its, float(info.get("connected_clients", 0)), "Count")
    for name, counted in _COUNTED.items():
        if (more := look.counters.grown((name, node.key), float(info.get(counted, 0)))) is not None:
            yield Measurement(_NAMESPACE, name, its, more, "Count")
