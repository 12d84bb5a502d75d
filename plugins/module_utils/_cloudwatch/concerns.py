# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is watched of a stack: one table, from which alarms and dashboard are made. Pure.

``watched``, which everything here takes, says what there is to watch: ``stack``, ``namespace`` (of the agent's metrics),
``servers`` (ids by host name), ``agents`` (host names of those with an agent), ``balancer`` and ``target_group`` (the ends of their ARNs), ``database``
(name of the instance) and ``cache_nodes`` (names). What is empty is not there. ``database_class`` and ``database_max_connections``
(what somebody set, or nothing) may tell how large the database is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.classes import of_class

AT_LEAST, LESS = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
MEBI, GIBI = 2**20, 2**30
#: A megabit a second, as bytes in five minutes.
MEGABIT = 1_000_000 // 8 * 300

Watched = dict[str, Any]


@dataclass(frozen=True)
class Concern:
    """One thing that can be wrong with one kind of resource."""

    #: What it is a concern of: server, balancer, database or cache.
    of: str
    #: Ends the alarm's name; together with ``of`` the key of its threshold: ``server_cpu``.
    key: str
    title: str
    #: Empty: the namespace of the stack's agents.
    namespace: str
    metric: str
    #: Raises the alarm, in ``unit``, unless another threshold is given; must lie from ``lowest`` to ``highest``.
    threshold: float
    lowest: float
    highest: float
    unit: str
    #: What is to be looked at first.
    advice: str
    comparison: str = AT_LEAST
    statistic: str = "Average"
    #: How many of the metric's units are one of ``unit``.
    factor: float = 1
    period: int = 300
    periods: int = 3
    missing: str = "missing"
    #: Further metrics that the dashboard shows beside it.
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Key of its threshold."""
        return f"{self.of}_{self.key}"


#: Of every server: the book's five. Memory and disk are known to the agent only.
SERVER = (
    Concern(
        "server",
        "liveness",
        "Liveness",
        "AWS/EC2",
        "StatusCheckFailed",
        1,
        1,
        1,
        "failed checks",
        "The server is stopped, or its status checks fail: look at it with `aws ec2 describe-instance-status`.",
        statistic="Maximum",
        period=60,
        # A server that says nothing is no live one.
        missing="breaching",
    ),
    Concern("server", "cpu", "CPU", "AWS/EC2", "CPUUtilization", 80, 1, 100, "%", "Look which process it is with `top`; add servers with railyard_web_count."),
    Concern("server", "memory", "Memory", "", "mem_used_percent", 85, 1, 100, "%", "Look which process it is with `top`, or raise railyard_web_instance_type."),
    Concern("server", "disk", "Disk", "", "disk_used_percent", 80, 1, 100, "%", "Look what fills it with `du -xh / | sort -h`.", statistic="Maximum"),
    Concern(
        "server",
        "network",
        "Network",
        "AWS/EC2",
        "NetworkOut",
        100,
        1,
        100_000,
        "Mbit/s",
        "The server sends more than its type does for long: look who is being sent what in the access log.",
        statistic="Sum",
        factor=MEGABIT,
        beside=("NetworkIn",),
    ),
)
BALANCER = (
    Concern(
        "balancer",
        "errors",
        "Errors of the load balancer (5xx)",
        "AWS/ApplicationELB",
        "HTTPCode_ELB_5XX_Count",
        5,
        1,
        1_000_000,
        "errors in 5 minutes",
        "The load balancer found no server that answers: look at the target group's health.",
        statistic="Sum",
        periods=1,
        missing="notBreaching",
        beside=("RequestCount",),
    ),
    Concern(
        "balancer",
        "target_errors",
        "Errors of the servers (5xx)",
        "AWS/ApplicationELB",
        "HTTPCode_Target_5XX_Count",
        10,
        1,
        1_000_000,
        "errors in 5 minutes",
        "The application fails: read the log group of Rails.",
        statistic="Sum",
        periods=1,
        missing="notBreaching",
    ),
    Concern(
        "balancer",
        "unhealthy",
        "Unhealthy servers",
        "AWS/ApplicationELB",
        "UnHealthyHostCount",
        1,
        1,
        99,
        "unhealthy",
        "A server does not answer its health check: see `systemctl status nginx` on it.",
        statistic="Maximum",
        period=60,
    ),
    Concern(
        "balancer",
        "latency",
        "Latency, 95 of 100 requests",
        "AWS/ApplicationELB",
        "TargetResponseTime",
        2,
        0.01,
        60,
        "s",
        "Requests take long: look which in the access log, by request_time.",
        statistic="p95",
        missing="notBreaching",
    ),
)
DATABASE = (
    Concern("database", "cpu", "Database: CPU", "AWS/RDS", "CPUUtilization", 80, 1, 100, "%", "Look at the slow query log."),
    Concern(
        "database",
        "storage",
        "Database: free storage",
        "AWS/RDS",
        "FreeStorageSpace",
        2,
        0.1,
        65_536,
        "GiB",
        "A full database stops: give it more storage.",
        comparison=LESS,
        factor=GIBI,
        statistic="Minimum",
        periods=1,
    ),
    Concern(
        "database",
        "connections",
        "Database: connections",
        "AWS/RDS",
        "DatabaseConnections",
        # Of the smallest class, as is that of memory: used where the class is not known.
        51,
        1,
        100_000,
        "connections",
        "Servers times threads come near what the database takes (max_connections).",
        statistic="Maximum",
    ),
    Concern(
        "database",
        "memory",
        "Database: free memory",
        "AWS/RDS",
        "FreeableMemory",
        51,
        1,
        10_000_000,
        "MiB",
        "A larger instance class has more.",
        comparison=LESS,
        factor=MEBI,
    ),
)
CACHE = (
    Concern("cache", "cpu", "Cache: CPU", "AWS/ElastiCache", "CPUUtilization", 80, 1, 100, "%", "A larger node type has more, or more shards."),
    Concern("cache", "engine_cpu", "Cache: CPU of the engine", "AWS/ElastiCache", "EngineCPUUtilization", 80, 1, 100, "%", "One core does it all: add shards."),
    Concern(
        "cache",
        "memory",
        "Cache: memory",
        "AWS/ElastiCache",
        "DatabaseMemoryUsagePercentage",
        80,
        1,
        100,
        "%",
        "Keys will be evicted: a larger node type holds more, or more shards.",
        statistic="Maximum",
    ),
    Concern(
        "cache",
        "evictions",
        "Cache: evictions",
        "AWS/ElastiCache",
        "Evictions",
        1000,
        1,
        1_000_000_000,
        "keys in 5 minutes",
        "The cache is too small for what is put into it.",
        statistic="Sum",
    ),
)
CONCERNS: tuple[Concern, ...] = (*SERVER, *BALANCER, *DATABASE, *CACHE)


@dataclass(frozen=True)
class Watch:
    """One concern of one resource."""

    concern: Concern
    #: What people call the resource.
    who: str
    dimensions: dict[str, str]
    namespace: str

    def alarm_name(self, stack: str) -> str:
        return f"{stack}/{self.who}/{self.concern.key}"


def thresholds(given: dict[str, Any], watched: Watched) -> dict[str, float]:
    """The threshold of every concern, in its unit: ``given`` ones, else those of the database's class, else the usual."""
    of_database = of_class(watched.get("database_class") or "", watched.get("database_max_connections"))
    return {concern.name: float(given.get(concern.name, of_database.get(concern.name, concern.threshold))) for concern in CONCERNS}


def _of_servers(watched: Watched) -> list[Watch]:
    found = []
    for hostname, instance_id in watched["servers"].items():
        for concern in SERVER:
            if not concern.namespace and hostname not in watched["agents"]:
                continue
            dimensions = {"InstanceId": instance_id, **({"path": "/"} if concern.key == "disk" else {})}
            found.append(Watch(concern, hostname, dimensions, concern.namespace or watched["namespace"]))
    return found


def _of_balancer(watched: Watched) -> list[Watch]:
    if not watched["balancer"]:
        return []
    found = []
    for concern in BALANCER:
        # Only with its target group does a load balancer count the servers behind it.
        hosts = {"TargetGroup": watched["target_group"]} if concern.key == "unhealthy" else {}
        found.append(Watch(concern, "balancer", {"LoadBalancer": watched["balancer"], **hosts}, concern.namespace))
    return found


def watches(watched: Watched) -> list[Watch]:
    """Every concern of everything that is watched, servers first."""
    database, nodes = watched["database"], watched["cache_nodes"]
    return [
        *_of_servers(watched),
        *_of_balancer(watched),
        *(Watch(one, "database", {"DBInstanceIdentifier": database}, one.namespace) for one in DATABASE if database),
        *(Watch(one, f"cache/{node}", {"CacheClusterId": node}, one.namespace) for node in nodes for one in CACHE),
    ]
