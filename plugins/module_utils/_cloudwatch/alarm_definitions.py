# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is monitored of a stack: one table, from which alarms and dashboard are made. Pure.

``resources``, which everything here takes, says what is monitored: ``stack``, ``namespace`` (of the stack's own metrics), ``servers`` (ids by host
name), ``agents`` (host names of those with an agent), ``balancer`` and ``target_group`` (the ends of their ARNs), ``database`` (name of the
instance), ``cache_nodes`` and ``schedules`` (names). What is empty is not there. ``database_class``, ``database_engine`` and
``database_max_connections`` (what somebody set, or nothing) may tell how large the database is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.classes import of_class

AT_LEAST, LESS = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
MEBI, GIBI = 2**20, 2**30
#: A megabit a second, as bytes in five minutes.
MEGABIT = 1_000_000 // 8 * 300

MonitoredResources = dict[str, Any]


@dataclass(frozen=True)
class AlarmDefinition:
    """One thing that can be wrong with one kind of resource."""

    #: What it is of: server, balancer, database or cache.
    of: str
    #: Ends the alarm's name; together with ``of`` the key of its threshold: ``server_cpu``.
    key: str
    title: str
    #: Empty: the namespace of the stack's own metrics.
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
    #: Whether people are told as well when nothing is heard.
    told_of_silence: bool = False
    #: Further metrics that the dashboard shows beside it.
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Key of its threshold."""
        return f"{self.of}_{self.key}"


#: Of every server: the book's five. Memory and disk are known to the agent only.
SERVER = (
    AlarmDefinition(
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
    AlarmDefinition(
        "server",
        "cpu",
        "CPU",
        "AWS/EC2",
        "CPUUtilization",
        80,
        1,
        100,
        "%",
        "Look which process it is with `top`; add servers with railyard_web_count or railyard_worker_count.",
    ),
    AlarmDefinition(
        "server",
        "memory",
        "Memory",
        "",
        "mem_used_percent",
        85,
        1,
        100,
        "%",
        "Look which process it is with `top`, or raise railyard_web_instance_type or railyard_worker_instance_type.",
    ),
    AlarmDefinition("server", "disk", "Disk", "", "disk_used_percent", 80, 1, 100, "%", "Look what fills it with `du -xh / | sort -h`.", statistic="Maximum"),
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition("database", "cpu", "Database: CPU", "AWS/RDS", "CPUUtilization", 80, 1, 100, "%", "Look at the slow query log."),
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition(
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
    AlarmDefinition("cache", "cpu", "Cache: CPU", "AWS/ElastiCache", "CPUUtilization", 80, 1, 100, "%", "A larger node type has more, or more shards."),
    AlarmDefinition(
        "cache", "engine_cpu", "Cache: CPU of the engine", "AWS/ElastiCache", "EngineCPUUtilization", 80, 1, 100, "%", "One core does it all: add shards."
    ),
    AlarmDefinition(
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
    AlarmDefinition(
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
#: Of everything that the application runs at times: whatever its calendar, servers tell every five minutes how it goes.
SCHEDULE = (
    AlarmDefinition(
        "schedule",
        "status",
        "Status",
        "",
        "schedule_status",
        1,
        1,
        2,
        "(1: a run failed, 2: a time was missed)",
        "It is over when the next run is well: read the log group of schedules, and `make status`. With insufficient data no server tells how"
        " it goes: see `systemctl status railyard-schedules` on them.",
        statistic="Maximum",
        period=900,
        periods=1,
        # One that is new has said nothing yet.
        told_of_silence=True,
    ),
)
ALARM_DEFINITIONS: tuple[AlarmDefinition, ...] = (*SERVER, *BALANCER, *DATABASE, *CACHE, *SCHEDULE)


@dataclass(frozen=True)
class ResourceAlarm:
    """The alarm of one resource by one definition."""

    definition: AlarmDefinition
    #: What people call the resource.
    who: str
    dimensions: dict[str, str]
    namespace: str

    def alarm_name(self, stack: str) -> str:
        return f"{stack}/{self.who}/{self.definition.key}"


def thresholds(given: dict[str, Any], resources: MonitoredResources) -> dict[str, float]:
    """The threshold of every definition, in its unit: ``given`` ones, else those of the database's class, else the usual."""
    engine = resources.get("database_engine") or "mysql"
    of_database = of_class(resources.get("database_class") or "", resources.get("database_max_connections"), engine)
    return {definition.name: float(given.get(definition.name, of_database.get(definition.name, definition.threshold))) for definition in ALARM_DEFINITIONS}


def _of_servers(resources: MonitoredResources) -> list[ResourceAlarm]:
    found = []
    for hostname, instance_id in resources["servers"].items():
        for definition in SERVER:
            if not definition.namespace and hostname not in resources["agents"]:
                continue
            dimensions = {"InstanceId": instance_id, **({"path": "/"} if definition.key == "disk" else {})}
            found.append(ResourceAlarm(definition, hostname, dimensions, definition.namespace or resources["namespace"]))
    return found


def _of_balancer(resources: MonitoredResources) -> list[ResourceAlarm]:
    if not resources["balancer"]:
        return []
    found = []
    for definition in BALANCER:
        # Only with its target group does a load balancer count the servers behind it.
        hosts = {"TargetGroup": resources["target_group"]} if definition.key == "unhealthy" else {}
        found.append(ResourceAlarm(definition, "balancer", {"LoadBalancer": resources["balancer"], **hosts}, definition.namespace))
    return found


def resource_alarms(resources: MonitoredResources) -> list[ResourceAlarm]:
    """Every definition of everything that is monitored, servers first."""
    database, nodes = resources["database"], resources["cache_nodes"]
    return [
        *_of_servers(resources),
        *_of_balancer(resources),
        *(ResourceAlarm(one, "database", {"DBInstanceIdentifier": database}, one.namespace) for one in DATABASE if database),
        *(ResourceAlarm(one, f"cache/{node}", {"CacheClusterId": node}, one.namespace) for node in nodes for one in CACHE),
        *(ResourceAlarm(one, f"schedule/{name}", {"Schedule": name}, resources["namespace"]) for name in resources.get("schedules") or [] for one in SCHEDULE),
    ]
