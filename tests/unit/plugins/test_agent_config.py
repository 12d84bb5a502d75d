"""The configuration of the CloudWatch agent, and what is wrong with one."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.railyard.aws.plugins.filter.agent_config import FilterModule
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import SERVER, resource_alarms

agent_config, problems = (FilterModule().filters()[name] for name in ("agent_config", "agent_config_problems"))
LOGS = [
    {"file": "/var/log/nginx/access.log", "group": "/shop/nginx/access"},
    {"file": "/var/log/railyard/puma.log", "group": "/shop/puma", "unit": "puma.service", "timestamp": "%Y"},
]


def config() -> dict:
    return agent_config(LOGS, "shop", "ap-northeast-1")


def files(found: dict) -> list[dict]:
    return found["logs"]["logs_collected"]["files"]["collect_list"]


@pytest.mark.parametrize("logs", [LOGS, []])
def test_what_is_made_has_no_problems(logs):
    assert problems(agent_config(logs, "shop", "ap-northeast-1", interval=10)) == []


def test_each_log_goes_to_its_group_in_a_stream_of_the_server():
    assert files(config()) == [
        {
            "file_path": "/var/log/nginx/access.log",
            "log_group_name": "/shop/nginx/access",
            "log_stream_name": "{instance_id}",
        },
        {
            "file_path": "/var/log/railyard/puma.log",
            "log_group_name": "/shop/puma",
            "log_stream_name": "{instance_id}",
            "timestamp_format": "%Y",
        },
    ]


def test_without_logs_there_is_no_section_of_them():
    assert "logs" not in agent_config([], "shop", "ap-northeast-1")


def test_alarms_ask_for_what_the_agent_measures():
    """By metric, namespace and dimensions: an alarm on anything else would never be raised."""
    metrics = config()["metrics"]
    measured = {one for section in metrics["metrics_collected"].values() for one in section["measurement"]}
    everything = {"servers": {"web01": "i-1"}, "agents": ["web01"], "namespace": "shop", "stack": "shop"}
    nothing = {"balancer": "", "target_group": "", "database": "", "cache_nodes": []}
    asked = [one for one in resource_alarms({**everything, **nothing}) if not one.definition.namespace]
    assert {one.definition.metric for one in asked} == {one.metric for one in SERVER if not one.namespace} <= measured
    assert {one.namespace for one in asked} == {metrics["namespace"]}
    reported = {frozenset(metrics["append_dimensions"]), *map(frozenset, metrics["aggregation_dimensions"])}
    assert {frozenset(one.dimensions) for one in asked} == reported


def changed(path: str, value: object) -> dict:
    """The configuration with ``value`` at a path of keys and numbers; None takes it away."""
    result = copy.deepcopy(config())
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = result
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return result


FILE = "logs/logs_collected/files/collect_list"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("metric", {}, "has 'metric', which the agent does not know; it knows agent, logs, metrics"),
        ("agent", [], "agent is [], which is no dictionary."),
        ("agent/run_as_user", "root", "agent.run_as_user is root; write a user of the agent's own"),
        ("agent/run_as_user", None, "agent.run_as_user is root"),
        (
            "agent/metrics_collection_interval",
            0,
            "agent.metrics_collection_interval is 0; write seconds from 1 to 172800.",
        ),
        ("agent/metrics_collection_interval", True, "agent.metrics_collection_interval is True"),
        ("metrics", "all", "metrics is 'all', which is no dictionary."),
        ("metrics/namespaces", "x", "metrics has 'namespaces', which the agent does not know"),
        ("metrics/namespace", "AWS/EC2", "metrics.namespace is 'AWS/EC2'; write up to 255 letters"),
        (
            "metrics/append_dimensions/Zone",
            "a",
            "metrics.append_dimensions has Zone: a, but the agent knows only ImageId",
        ),
        ("metrics/metrics_collected", {}, "metrics.metrics_collected is empty"),
        ("metrics/metrics_collected/mem", "yes", "metrics.metrics_collected.mem is 'yes', which is no dictionary."),
        ("metrics/metrics_collected/mem/measurement", [], "mem.measurement is []; list what is measured"),
        ("metrics/metrics_collected/mem/metrics_collection_interval", "1m", "interval is '1m'; write seconds"),
        ("logs", [], "logs is [], which is no dictionary."),
        ("logs/files", [], "logs has 'files', which the agent does not know"),
        (FILE, [], "collect_list is empty; list files, or leave files out."),
        (f"{FILE}/0", "a.log", "collect_list[0] is 'a.log', which is no dictionary."),
        (f"{FILE}/1/path", "/a", "collect_list[1] has 'path', which the agent does not know"),
        (f"{FILE}/0/file_path", "a.log", "collect_list[0].file_path is 'a.log'; write the whole path of a file."),
        (f"{FILE}/0/log_group_name", "a b", "collect_list[0].log_group_name is 'a b'; write up to 512 letters"),
        (f"{FILE}/0/file_path", "/var/log/railyard/puma.log", "/var/log/railyard/puma.log is collected twice"),
    ],
)
def test_a_problem_is_named_with_its_place(path, value, said):
    found = problems(changed(path, value))
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize("empty", [{}, None, [], "text"])
def test_nothing_is_no_configuration(empty):
    assert problems(empty) == ["The configuration of the agent is empty, or no dictionary."]


def test_one_that_collects_nothing_is_useless():
    (said,) = problems({"agent": {"run_as_user": "cwagent"}})
    assert "neither metrics nor logs" in said


def test_metrics_of_a_kind_that_measures_by_itself_need_no_list():
    assert problems(changed("metrics/metrics_collected/statsd", {})) == []
