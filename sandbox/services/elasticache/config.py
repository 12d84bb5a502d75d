"""redis.conf of one cache node, from what the API says of its replication group. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.lines import joined, one_line
from sandbox.services.elasticache.picture import CacheNode, ReplicationGroup

#: Where the container sees its node's directory.
DIRECTORY = "/data"
CONFIG_FILE = "redis.conf"
PARAMETERS_FILE = "parameters.conf"
CONTROL_SOCKET = "control.sock"
CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE = "node.crt", "node.key", "ca.pem"

#: The user with which the sandbox itself speaks to a node, and a node to its primary.
ADMINISTRATOR = "sandbox"

#: Bytes of each node, whatever its type: enough to see what a full cache does.
MEMORY = 256 * 1024 * 1024

#: Commands that ElastiCache keeps to itself.
KEPT = (
    "acl",
    "bgrewriteaof",
    "bgsave",
    "config",
    "debug",
    "failover",
    "migrate",
    "module",
    "psync",
    "replicaof",
    "save",
    "shutdown",
    "slaveof",
    "sync",
    *(
        f"cluster|{part}"
        for part in (
            "addslots",
            "addslotsrange",
            "bumpepoch",
            "delslots",
            "delslotsrange",
            "failover",
            "flushslots",
            "forget",
            "meet",
            "replicate",
            "reset",
            "saveconfig",
            "set-config-epoch",
            "setslot",
        )
    ),
)

#: Parameters that Redis knows by the same name and can change while it runs. ``activedefrag`` needs another
#: allocator than Debian's Redis has.
PARAMETERS = frozenset(
    {
        "acllog-max-len",
        "activerehashing",
        "cluster-allow-reads-when-down",
        "cluster-require-full-coverage",
        "hash-max-listpack-entries",
        "hash-max-listpack-value",
        "lazyfree-lazy-eviction",
        "lazyfree-lazy-expire",
        "lfu-decay-time",
        "lfu-log-factor",
        "list-max-listpack-size",
        "maxmemory-policy",
        "maxmemory-samples",
        "min-replicas-max-lag",
        "min-replicas-to-write",
        "notify-keyspace-events",
        "proto-max-bulk-len",
        "repl-backlog-size",
        "repl-backlog-ttl",
        "repl-timeout",
        "set-max-intset-entries",
        "slowlog-log-slower-than",
        "slowlog-max-len",
        "stream-node-max-bytes",
        "stream-node-max-entries",
        "tcp-keepalive",
        "timeout",
        "tracking-table-max-keys",
    }
)


def parameters(group: ReplicationGroup) -> dict[str, str]:
    """Settings that may change while a node runs, by Redis's names."""
    given = dict(group.parameters)
    found = {name: value for name, value in given.items() if name in PARAMETERS}
    reserved = int(given.get("reserved-memory-percent") or 0)
    found["maxmemory"] = str(MEMORY * (100 - reserved) // 100)
    normal = given.get("client-output-buffer-limit-normal-hard-limit")
    published = [
        given.get(f"client-output-buffer-limit-pubsub-{part}") for part in ("hard-limit", "soft-limit", "soft-seconds")
    ]
    limits = [f"normal {normal} 0 0"] if normal else []
    limits += [f"pubsub {' '.join(map(str, published))}"] if all(published) else []
    if limits:
        found["client-output-buffer-limit"] = " ".join(limits)
    return dict(sorted(found.items()))


def parameters_text(values: dict[str, str]) -> str:
    """The file of the settings that may change."""
    return joined(
        f"{name} {value if name == 'client-output-buffer-limit' else quoted(value)}" for name, value in values.items()
    )


def certificate_names(group: ReplicationGroup, node: CacheNode) -> list[str]:
    """Names for which a node's certificate is good: its own and the group's endpoints."""
    return [node.name, *(name for name, _unused in group.names)]


def config(group: ReplicationGroup, node: CacheNode, secret: str) -> str:
    """The file of the settings that need a restart; it includes the other.

    :param secret: password of the group's ``ADMINISTRATOR``
    """
    listen = _tls(group, node) if group.tls else [f"port {group.port}"]
    lines = [
        "# Written by the sandbox.",
        f"bind {node.address}",
        # All nodes of a group share a network namespace: without this a node would seem to be its peer.
        f"bind-source-addr {node.address}",
        "protected-mode no",
        *listen,
        f"unixsocket {DIRECTORY}/{CONTROL_SOCKET}",
        "unixsocketperm 700",
        "daemonize no",
        f"dir {DIRECTORY}",
        # A node that died comes back with its keys, as one does that copies them from its replica.
        "appendonly yes",
        'save ""',
        "repl-diskless-sync-delay 0",
        f"databases {dict(group.parameters).get('databases') or 16}",
        f"user default on nopass ~* &* +@all {' '.join(f'-{command}' for command in KEPT)} +acl|whoami",
        f"user {ADMINISTRATOR} on >{secret} ~* &* +@all",
        f"masteruser {ADMINISTRATOR}",
        f"masterauth {secret}",
        *(_cluster(group, node) if group.cluster_mode else _replication(group, node)),
        f"include {DIRECTORY}/{PARAMETERS_FILE}",
    ]
    return joined(lines)


def _tls(group: ReplicationGroup, node: CacheNode) -> Iterable[str]:
    yield f"# certificate for {', '.join(certificate_names(group, node))}, {node.address}"
    yield "port 0"
    yield f"tls-port {group.port}"
    yield "tls-replication yes"
    yield "tls-auth-clients no"
    yield 'tls-protocols "TLSv1.2 TLSv1.3"'
    yield f"tls-cert-file {DIRECTORY}/{CERTIFICATE_FILE}"
    yield f"tls-key-file {DIRECTORY}/{KEY_FILE}"
    yield f"tls-ca-cert-file {DIRECTORY}/{AUTHORITY_FILE}"


def _cluster(group: ReplicationGroup, node: CacheNode) -> Iterable[str]:
    yield "cluster-enabled yes"
    yield "cluster-config-file nodes.conf"
    yield "cluster-node-timeout 5000"
    # The sandbox alone decides which node belongs to which shard.
    yield "cluster-allow-replica-migration no"
    yield f"cluster-announce-ip {node.address}"
    if group.tls:
        yield "tls-cluster yes"
        # Clients check the certificate's name, so redirections name hosts, as on AWS.
        yield f"cluster-announce-hostname {node.name}"
        yield "cluster-preferred-endpoint-type hostname"


def _replication(group: ReplicationGroup, node: CacheNode) -> Iterable[str]:
    yield f"replica-announce-ip {node.address}"
    primary = next((other for other in group.nodes if other.primary), None)
    if primary and not node.primary:
        yield f"replicaof {primary.address} {group.port}"


def quoted(value: str) -> str:
    """A value as redis.conf reads it back.

    :raises ValueError: for control characters, which could start another setting
    """
    escaped = one_line(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquoted(value: str) -> str:
    """What ``quoted`` made its text of; a text without quotes is itself."""
    if len(value) < 2 or value[0] != '"':
        return value
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
