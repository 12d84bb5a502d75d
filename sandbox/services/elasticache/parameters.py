"""Parameters that ElastiCache has per family: those that people change or programs read, with AWS's defaults.

AWS has some hundred; the ones of the engine's inner encodings are left out.
"""

from __future__ import annotations

from typing import Any

#: Families -> lowest version of the engine that they are for.
FAMILIES = {
    "redis5.0": "5.0.6",
    "redis6.x": "6.2.6",
    "redis7": "7.1.0",
    "valkey7": "7.2.6",
    "valkey8": "8.0.1",
}

_POLICIES = "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction"
_SIZE = "0-9223372036854775807"

#: (name, default, data type, allowed values, can be changed, change takes effect)
_COMMON: list[tuple[str, str, str, str, bool, str]] = [
    ("acllog-max-len", "128", "integer", "1-10000", True, "immediate"),
    ("activedefrag", "no", "string", "yes,no", True, "immediate"),
    ("active-defrag-cycle-max", "75", "integer", "1-75", True, "immediate"),
    ("active-defrag-cycle-min", "5", "integer", "1-75", True, "immediate"),
    ("activerehashing", "yes", "string", "yes,no", True, "requires-reboot"),
    ("appendonly", "no", "string", "yes,no", False, "immediate"),
    ("appendfsync", "everysec", "string", "always,everysec,no", False, "immediate"),
    ("client-output-buffer-limit-normal-hard-limit", "0", "integer", _SIZE, True, "immediate"),
    ("client-output-buffer-limit-pubsub-hard-limit", "33554432", "integer", _SIZE, True, "immediate"),
    ("client-output-buffer-limit-pubsub-soft-limit", "8388608", "integer", _SIZE, True, "immediate"),
    ("client-output-buffer-limit-pubsub-soft-seconds", "60", "integer", _SIZE, True, "immediate"),
    ("close-on-replica-write", "yes", "string", "yes,no", True, "immediate"),
    ("cluster-allow-reads-when-down", "no", "string", "yes,no", True, "immediate"),
    ("cluster-enabled", "no", "string", "yes,no", True, "requires-reboot"),
    ("cluster-require-full-coverage", "no", "string", "yes,no", True, "immediate"),
    ("databases", "16", "integer", "1-1200000", True, "requires-reboot"),
    ("hash-max-listpack-entries", "512", "integer", _SIZE, True, "immediate"),
    ("hash-max-listpack-value", "64", "integer", _SIZE, True, "immediate"),
    ("lazyfree-lazy-eviction", "no", "string", "yes,no", True, "immediate"),
    ("lazyfree-lazy-expire", "no", "string", "yes,no", True, "immediate"),
    ("lfu-decay-time", "1", "integer", "0-65535", True, "immediate"),
    ("lfu-log-factor", "10", "integer", "0-100", True, "immediate"),
    ("list-max-listpack-size", "-2", "integer", "-5,-4,-3,-2,-1,1-8192", True, "immediate"),
    ("maxclients", "65000", "integer", "1-65000", False, "requires-reboot"),
    ("maxmemory-policy", "volatile-lru", "string", _POLICIES, True, "immediate"),
    ("maxmemory-samples", "3", "integer", "1-2147483647", True, "immediate"),
    ("min-replicas-max-lag", "10", "integer", _SIZE, True, "immediate"),
    ("min-replicas-to-write", "0", "integer", _SIZE, True, "immediate"),
    ("notify-keyspace-events", "", "string", "", True, "immediate"),
    ("proto-max-bulk-len", "536870912", "integer", "1048576-536870912", True, "immediate"),
    ("repl-backlog-size", "1048576", "integer", "16384-2147483648", True, "immediate"),
    ("repl-backlog-ttl", "3600", "integer", "0-2147483647", True, "immediate"),
    ("repl-timeout", "60", "integer", "11-60", True, "immediate"),
    ("reserved-memory-percent", "25", "integer", "0-100", True, "immediate"),
    ("set-max-intset-entries", "512", "integer", _SIZE, True, "immediate"),
    ("slowlog-log-slower-than", "10000", "integer", "-1-9223372036854775807", True, "immediate"),
    ("slowlog-max-len", "128", "integer", _SIZE, True, "immediate"),
    ("stream-node-max-bytes", "4096", "integer", _SIZE, True, "immediate"),
    ("stream-node-max-entries", "100", "integer", _SIZE, True, "immediate"),
    ("tcp-keepalive", "300", "integer", "0-2147483647", True, "requires-reboot"),
    ("timeout", "0", "integer", "0,20-2147483647", True, "immediate"),
    ("tracking-table-max-keys", "1000000", "integer", "1-100000000", True, "immediate"),
]


def defaults_of(family: str) -> dict[str, dict[str, Any]]:
    """Parameters of a family by name, as ``DescribeEngineDefaultParameters`` lists them.

    :raises KeyError: when AWS has no such family
    """
    lowest = FAMILIES[family]
    return {
        name: {
            "ParameterName": name,
            "ParameterValue": default,
            "Description": f"{name} of {family}",
            "Source": "system",
            "DataType": kind,
            "AllowedValues": allowed,
            "IsModifiable": modifiable,
            "MinimumEngineVersion": lowest,
            "ChangeType": change,
        }
        for name, default, kind, allowed, modifiable, change in _COMMON
    }


#: Engine -> versions on offer, oldest first: (as asked for, as clusters report it, family of the parameter group).
VERSIONS = {
    "redis": [("6.2", "6.2.6", "redis6.x"), ("7.0", "7.0.7", "redis7"), ("7.1", "7.1.0", "redis7")],
    "valkey": [("7.2", "7.2.6", "valkey7"), ("8.0", "8.0.1", "valkey8"), ("8.1", "8.1.0", "valkey8")],
}


def version_of(engine: str, wanted: str | None) -> tuple[str, str] | None:
    """(version as clusters report it, family) for a version as asked for, None for the newest.

    :returns: None when the version is not on offer
    """
    offered = VERSIONS.get(engine, [])
    if not wanted:
        return offered[-1][1:] if offered else None
    matches = [entry for entry in offered if wanted in (entry[0], entry[1], f"{entry[0].split('.')[0]}.x")]
    return matches[-1][1:] if matches else None
