"""What is watched of a stack, as alarms and as a dashboard."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.filter.stack_alarms import FilterModule
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms as rules
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import ALARM_DEFINITIONS
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.classes import memory_of

stack_alarms, stack_dashboard, cache_nodes = (
    FilterModule().filters()[name] for name in ("stack_alarms", "stack_dashboard", "cache_nodes")
)
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:shop-alarms"
EVERYTHING = {
    "stack": "shop",
    "namespace": "shop",
    "servers": {"jump01": "i-0", "web01": "i-1", "web02": "i-2"},
    "agents": ["web01", "web02"],
    "balancer": "app/shop/0123456789abcdef",
    "target_group": "targetgroup/shop/0123456789abcdef",
    "database": "shop",
    "cache_nodes": ["shop-0001-001", "shop-0001-002"],
}
NOTHING = {
    **EVERYTHING,
    "servers": {},
    "agents": [],
    "balancer": "",
    "target_group": "",
    "database": "",
    "cache_nodes": [],
}


def named(resources: dict, given: dict | None = None) -> dict:
    return {alarm["name"]: alarm for alarm in stack_alarms(resources, given or {}, [TOPIC])}


def test_the_five_concerns_of_every_server():
    found = [name for name in named(EVERYTHING) if name.split("/")[1] in EVERYTHING["servers"]]
    five = ["cpu", "disk", "liveness", "memory", "network"]
    assert [name for name in found if "/web01/" in name] == [f"shop/web01/{one}" for one in five]
    assert [name for name in found if "/web02/" in name] == [f"shop/web02/{one}" for one in five]
    # It has no agent, which alone knows memory and disks.
    assert [name for name in found if "/jump01/" in name] == [
        f"shop/jump01/{one}" for one in ("cpu", "liveness", "network")
    ]


def test_each_schedule_has_an_alarm_that_also_tells_when_nothing_is_heard():
    (alarm,) = stack_alarms({**NOTHING, "schedules": ["digest"]}, {}, [TOPIC])
    assert (alarm["name"], alarm["namespace"], alarm["metric_name"]) == (
        "shop/schedule/digest/status",
        "shop",
        "schedule_status",
    )
    assert alarm["dimensions"] == {"Schedule": "digest"} and alarm["threshold"] == 1
    # Breaching would raise the alarm of every new schedule, before the first server has said anything.
    assert alarm["treat_missing_data"] == "missing" and alarm["insufficient_data_actions"] == [TOPIC]
    assert all(not one["insufficient_data_actions"] for one in named(EVERYTHING).values())
    graphs = stack_dashboard({**NOTHING, "schedules": ["a", "b"]}, {}, "eu-west-1", "1")["widgets"]
    assert [one["properties"].get("markdown") for one in graphs][1] == "## Schedules"
    assert len(graphs[2]["properties"]["metrics"]) == 2


def test_all_that_is_not_a_server():
    found = [name for name in named(EVERYTHING) if name.split("/")[1] not in EVERYTHING["servers"]]
    cache = ["cpu", "engine_cpu", "evictions", "memory"]
    assert found == [
        *(f"shop/balancer/{one}" for one in ("errors", "latency", "target_errors", "unhealthy")),
        *(f"shop/cache/{node}/{one}" for node in EVERYTHING["cache_nodes"] for one in cache),
        *(f"shop/database/{one}" for one in ("connections", "cpu", "memory", "storage")),
    ]


@pytest.mark.parametrize("part", ["servers", "balancer", "database", "cache_nodes"])
def test_what_is_not_there_is_not_watched(part):
    without = named({**EVERYTHING, part: NOTHING[part]})
    assert set(without) < set(named(EVERYTHING))
    assert named(NOTHING) == {}


def test_one_alarm_in_full():
    assert named(EVERYTHING)["shop/web01/disk"] == {
        "name": "shop/web01/disk",
        "description": "Disk of web01 is at or above 80 % for 15 minutes. "
        "Look what fills it with `du -xh / | sort -h`.",
        "namespace": "shop",
        "metric_name": "disk_used_percent",
        "dimensions": {"InstanceId": "i-1", "path": "/"},
        "statistic": "Maximum",
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "threshold": 80.0,
        "period": 300,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 3,
        "treat_missing_data": "missing",
        "actions_enabled": True,
        "alarm_actions": [TOPIC],
        "ok_actions": [TOPIC],
        "insufficient_data_actions": [],
    }


@pytest.mark.parametrize(
    ("name", "given", "alarm", "threshold", "said"),
    [
        ("server_network", 200, "shop/web01/network", 200 * 1_000_000 / 8 * 300, "at or above 200 Mbit/s"),
        ("database_storage", "0.5", "shop/database/storage", 2**29, "below 0.5 GiB for 5 minutes"),
        ("database_memory", 64, "shop/database/memory", 64 * 2**20, "below 64 MiB for 15 minutes"),
        ("cache_evictions", 7, "shop/cache/shop-0001-002/evictions", 7, "at or above 7 keys in 5 minutes"),
    ],
)
def test_a_threshold_is_given_in_units_of_people(name, given, alarm, threshold, said):
    found = named(EVERYTHING, {name: given})
    assert found[alarm]["threshold"] == threshold and said in found[alarm]["description"]
    changed = {other for other, one in found.items() if one != named(EVERYTHING)[other]}
    assert alarm in changed and {other.rsplit("/", 1)[1] for other in changed} == {name.split("_", 1)[1]}


@pytest.mark.parametrize(
    ("instance_class", "memory"),
    [
        ("db.t4g.micro", 1),
        ("db.t3.small", 2),
        ("db.t4g.2xlarge", 32),
        ("db.m7g.large", 8),
        ("db.m6i.32xlarge", 512),
        ("db.r6g.xlarge", 32),
        ("db.r6gd.16xlarge", 512),
        ("db.c6gd.medium", 2),
        ("db.x2g.large", 32),
        ("db.x2iedn.xlarge", None),
        ("db.z1d.large", None),
        ("db.m6i.metal", None),
        ("db.serverless", None),
        ("", None),
    ],
)
def test_memory_of_a_class(instance_class, memory):
    assert memory_of(instance_class) == memory


@pytest.mark.parametrize(
    ("instance_class", "limit", "connections", "memory"),
    [
        ("db.t4g.micro", "", 51, 51),
        ("db.t4g.small", "", 102, 102),
        ("db.m7g.large", "", 409, 409),
        ("db.m7g.large", "100", 80, 409),
        ("db.serverless", "100", 80, 51),
        ("db.serverless", "", 51, 51),
        ("db.t4g.micro", "{DBInstanceClassMemory/12582880}", 51, 51),
    ],
)
def test_thresholds_of_a_database_are_those_of_its_class(instance_class, limit, connections, memory):
    found = named({**EVERYTHING, "database_class": instance_class, "database_max_connections": limit})
    assert found["shop/database/connections"]["threshold"] == connections
    assert found["shop/database/memory"]["threshold"] == memory * 2**20


@pytest.mark.parametrize(("instance_class", "connections"), [("db.t4g.micro", 67), ("db.r6g.4xlarge", 3000)])
def test_a_connection_to_postgresql_takes_less_memory_but_there_is_an_end(instance_class, connections):
    found = named({**EVERYTHING, "database_class": instance_class, "database_engine": "postgres"})
    assert found["shop/database/connections"]["threshold"] == connections


@pytest.mark.parametrize("instance_class", ["db.t4g.micro", "db.t3.micro", "db.t4g.medium", "db.r6g.4xlarge"])
def test_both_alarms_can_be_raised_and_need_not_be(instance_class):
    """RDS itself takes up to a third of a small class; what is left is less than the formula counts."""
    size = memory_of(instance_class) * 2**30
    found = named({**EVERYTHING, "database_class": instance_class})
    assert found["shop/database/connections"]["threshold"] < size * 0.7 / 12_582_880
    assert found["shop/database/memory"]["threshold"] < size * 0.1


def test_a_threshold_that_somebody_gives_counts_whatever_the_class():
    found = named({**EVERYTHING, "database_class": "db.m7g.large"}, {"database_connections": 7})
    assert found["shop/database/connections"]["threshold"] == 7


def test_the_dashboard_draws_the_thresholds_of_the_class():
    graphs = {
        one["properties"].get("title"): one for one in dashboard({**EVERYTHING, "database_class": "db.m7g.large"})
    }
    drawn = graphs["Database: connections"]["properties"]["annotations"]["horizontal"]
    assert drawn == [{"label": "409 connections", "value": 409}]


PLANNED = ["shop-0001-001", "shop-0001-002", "shop-0002-001", "shop-0002-002"]


@pytest.mark.parametrize(
    ("state", "has", "watched"),
    [
        # As AWS numbers them after shard 2 went and another came, and after a replica was replaced.
        ("available", ["shop-0001-001", "shop-0001-003", "shop-0003-001"], None),
        ("available", PLANNED[:2], None),
        ("creating", PLANNED[:1], PLANNED),
        ("modifying", [*PLANNED, "shop-0003-001"], PLANNED),
        ("modifying", ["shop-0001-001", "shop-0003-001"], sorted([*PLANNED, "shop-0003-001"])),
        ("creating", [], PLANNED),
    ],
)
def test_nodes_of_a_cache_are_asked_where_there_is_one(state, has, watched):
    found = {"state": state, "member_clusters": has}
    assert cache_nodes("shop", 2, 1, True, found) == (has if watched is None else watched)


def test_nodes_of_a_cache_that_nobody_wants_watched_are_none():
    assert cache_nodes("", 2, 1, True, {"state": "available", "member_clusters": PLANNED}) == []


def test_a_silent_server_is_no_live_one_and_no_request_is_no_error():
    found = named(EVERYTHING)
    assert found["shop/web01/liveness"]["treat_missing_data"] == "breaching"
    for name in ("errors", "target_errors", "latency"):
        assert found[f"shop/balancer/{name}"]["treat_missing_data"] == "notBreaching"


def test_unhealthy_servers_are_counted_by_load_balancer_and_target_group():
    found = named(EVERYTHING)
    both = {"LoadBalancer": EVERYTHING["balancer"], "TargetGroup": EVERYTHING["target_group"]}
    assert found["shop/balancer/unhealthy"]["dimensions"] == both
    assert found["shop/balancer/latency"]["dimensions"] == {"LoadBalancer": EVERYTHING["balancer"]}


def test_alarms_are_what_the_module_takes_and_gives_back():
    made = stack_alarms(EVERYTHING, {}, [TOPIC])
    rules.check(made, "shop/")
    assert [alarm["name"] for alarm in made] == sorted(alarm["name"] for alarm in made)
    for alarm in made:
        asked = rules.request(alarm)
        assert rules.described({**asked, "AlarmArn": "arn"}) == alarm
        # As AWS has them: longer ones are refused.
        assert len(alarm["name"]) <= 255 and len(alarm["description"]) <= 1024


def test_thresholds_lie_where_they_may():
    for definition in ALARM_DEFINITIONS:
        assert definition.lowest <= definition.threshold <= definition.highest, definition.name
    assert len({definition.name for definition in ALARM_DEFINITIONS}) == len(ALARM_DEFINITIONS)


@pytest.mark.parametrize(
    ("arguments", "nodes"),
    [
        (("shop", 2, 1, True), ["shop-0001-001", "shop-0001-002", "shop-0002-001", "shop-0002-002"]),
        (("shop", 1, 2, False), ["shop-001", "shop-002", "shop-003"]),
        (("", 2, 1, True), []),
    ],
)
def test_nodes_of_a_cache(arguments, nodes):
    assert cache_nodes(*arguments) == nodes


def dashboard(resources: dict, given: dict | None = None) -> list[dict]:
    return stack_dashboard(resources, given or {}, "ap-northeast-1", "123456789012")["widgets"]


def test_the_dashboard_shows_every_alarm_and_its_metric():
    widgets = dashboard(EVERYTHING)
    shown = [
        arn.split(":alarm:")[1] for one in widgets if one["type"] == "alarm" for arn in one["properties"]["alarms"]
    ]
    made = named(EVERYTHING)
    assert shown == sorted(made)
    lines = [line for one in widgets if one["type"] == "metric" for line in one["properties"]["metrics"]]
    drawn = {(line[0], line[1], *line[2:-1]) for line in lines}
    for alarm in made.values():
        dimensions = [part for pair in alarm["dimensions"].items() for part in pair]
        assert {(alarm["namespace"], alarm["metric_name"], *dimensions)} <= drawn, alarm["name"]


def test_the_dashboard_has_a_heading_for_what_is_there():
    headings = [
        one["properties"]["markdown"] for one in dashboard({**EVERYTHING, "database": ""}) if one["type"] == "text"
    ]
    assert headings == ["## Servers", "## Load balancer", "## Cache"]


def test_a_threshold_is_drawn_where_the_alarm_has_it():
    (graph,) = (
        one["properties"]
        for one in dashboard(EVERYTHING, {"server_cpu": 55})
        if one["properties"].get("title") == "CPU"
    )
    assert graph["annotations"]["horizontal"] == [{"label": "55 %", "value": 55}]
    assert [line[-1]["label"] for line in graph["metrics"]] == ["jump01", "web01", "web02"]


@pytest.mark.parametrize("servers", [1, 40])
def test_widgets_lie_beside_one_another_inside_the_columns(servers):
    many = {f"web{number:02d}": f"i-{number}" for number in range(1, servers + 1)}
    widgets = dashboard({**EVERYTHING, "servers": many, "agents": list(many)})
    cells = [
        (column, row)
        for one in widgets
        for column in range(one["x"], one["x"] + one["width"])
        for row in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells)) and max(column for column, _row in cells) < 24
    assert all(len(one["properties"]["alarms"]) <= 100 for one in widgets if one["type"] == "alarm")
