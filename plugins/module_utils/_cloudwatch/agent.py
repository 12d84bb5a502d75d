# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of the CloudWatch agent: what this project asks of it, and what is wrong with one. Pure.

The problems are those of the parts that are used here. Where the agent is installed its own translator judges the rest.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._logs.log_groups import NAME as GROUP_NAME

Config = dict[str, Any]

SECTIONS = {"agent", "metrics", "logs", "traces", "opentelemetry"}
METRICS_KEYS = {
    "namespace",
    "append_dimensions",
    "aggregation_dimensions",
    "metrics_collected",
    "metrics_destinations",
    "force_flush_interval",
    "credentials",
    "endpoint_override",
    "service.name",
    "deployment.environment",
}
LOGS_KEYS = {
    "logs_collected",
    "metrics_collected",
    "log_stream_name",
    "force_flush_interval",
    "credentials",
    "endpoint_override",
    "service.name",
    "deployment.environment",
    "concurrency",
}
FILE_KEYS = {
    "file_path",
    "log_group_name",
    "log_stream_name",
    "log_group_class",
    "multi_line_start_pattern",
    "timestamp_format",
    "timezone",
    "trim_timestamp",
    "encoding",
    "auto_removal",
    "backpressure_mode",
    "blacklist",
    "publish_multi_logs",
    "retention_in_days",
    "filters",
    "service.name",
    "deployment.environment",
}
#: Dimensions that the agent learns of the server itself.
APPENDABLE = {name: f"${{aws:{name}}}" for name in ("ImageId", "InstanceId", "InstanceType", "AutoScalingGroupName")}
#: Metrics that are collected without a list of measurements.
WITHOUT_MEASUREMENT = {"collectd", "statsd", "procstat", "ethtool", "jmx", "otlp", "prometheus"}
LONGEST_INTERVAL = 172_800


def agent_config(logs: list[dict[str, Any]], namespace: str, region: str, user: str = "cwagent", interval: int = 60) -> Config:
    """What the agent is to collect: memory, swap, disk and connections, and the log files of ``logs`` (``file``, ``group``).

    The metric of a disk is reported with server and path only: device and type of the file system differ from one system
    to the next, and an alarm must name every dimension.
    """
    return {
        "agent": {"metrics_collection_interval": int(interval), "run_as_user": user, "region": region, "omit_hostname": True},
        "metrics": {
            "namespace": namespace,
            "append_dimensions": {"InstanceId": APPENDABLE["InstanceId"]},
            "aggregation_dimensions": [["InstanceId", "path"]],
            "metrics_collected": {
                "mem": {"measurement": ["mem_used_percent"]},
                "swap": {"measurement": ["swap_used_percent"]},
                "disk": {"measurement": ["disk_used_percent"], "resources": ["/"], "drop_original_metrics": ["disk_used_percent"]},
                "netstat": {"measurement": ["tcp_established", "tcp_time_wait"]},
            },
        },
        **({"logs": {"logs_collected": {"files": {"collect_list": [_file(one) for one in logs]}}}} if logs else {}),
    }


def _file(log: dict[str, Any]) -> dict[str, Any]:
    entry = {"file_path": log["file"], "log_group_name": log["group"], "log_stream_name": "{instance_id}"}
    return entry | ({"timestamp_format": log["timestamp"]} if log.get("timestamp") else {})


def _unknown(where: str, found: Any, known: set[str]) -> list[str]:
    if not isinstance(found, dict):
        return [f"{where} is {found!r}, which is no dictionary."]
    return [f"{where} has '{key}', which the agent does not know; it knows {', '.join(sorted(known))}." for key in found if key not in known]


def _interval(where: str, value: Any) -> list[str]:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_INTERVAL:
        return []
    return [f"{where} is {value!r}; write seconds from 1 to {LONGEST_INTERVAL}."]


def _agent(agent: Any) -> list[str]:
    if not isinstance(agent, dict):
        return [f"agent is {agent!r}, which is no dictionary."]
    problems = _interval("agent.metrics_collection_interval", agent.get("metrics_collection_interval", 60))
    if agent.get("run_as_user") in (None, "", "root"):
        problems.append("agent.run_as_user is root; write a user of the agent's own, such as cwagent.")
    return problems


def _measurements(name: str, section: Any) -> list[str]:
    where = f"metrics.metrics_collected.{name}"
    if name in WITHOUT_MEASUREMENT:
        return []
    if not isinstance(section, dict):
        return [f"{where} is {section!r}, which is no dictionary."]
    listed = section.get("measurement")
    good = isinstance(listed, list) and listed and all(isinstance(one, (str, dict)) and one for one in listed)
    problems = [] if good else [f"{where}.measurement is {listed!r}; list what is measured, such as [mem_used_percent]."]
    if "metrics_collection_interval" in section:
        problems += _interval(f"{where}.metrics_collection_interval", section["metrics_collection_interval"])
    return problems


def _metrics(metrics: Any) -> list[str]:
    problems = _unknown("metrics", metrics, METRICS_KEYS)
    if not isinstance(metrics, dict):
        return problems
    namespace = metrics.get("namespace", "CWAgent")
    if not isinstance(namespace, str) or not 1 <= len(namespace) <= 255 or namespace.startswith(("AWS/", ":")):
        problems.append(f"metrics.namespace is {namespace!r}; write up to 255 letters that do not start with AWS/, such as 'railyard'.")
    for name, value in (metrics.get("append_dimensions") or {}).items():
        if APPENDABLE.get(name) != value:
            choices = ", ".join(f"{key}: {one}" for key, one in APPENDABLE.items())
            problems.append(f"metrics.append_dimensions has {name}: {value}, but the agent knows only {choices}.")
    collected = metrics.get("metrics_collected")
    if not isinstance(collected, dict) or not collected:
        return [*problems, "metrics.metrics_collected is empty; say what to collect, or leave metrics out."]
    return problems + [problem for name, section in collected.items() for problem in _measurements(name, section)]


def _one_file(index: int, entry: Any) -> list[str]:
    where = f"logs.logs_collected.files.collect_list[{index}]"
    problems = _unknown(where, entry, FILE_KEYS)
    if not isinstance(entry, dict):
        return problems
    path, group = entry.get("file_path"), entry.get("log_group_name")
    if not isinstance(path, str) or not path.startswith("/"):
        problems.append(f"{where}.file_path is {path!r}; write the whole path of a file.")
    if not isinstance(group, str) or not GROUP_NAME.fullmatch(group):
        problems.append(f"{where}.log_group_name is {group!r}; write up to 512 letters, digits and . - _ / #.")
    return problems


def _logs(logs: Any) -> list[str]:
    problems = _unknown("logs", logs, LOGS_KEYS)
    if not isinstance(logs, dict):
        return problems
    collected = logs.get("logs_collected", {})
    files = collected.get("files") if isinstance(collected, dict) else None
    if files is None:
        return problems
    listed = files.get("collect_list") if isinstance(files, dict) else None
    if not isinstance(listed, list) or not listed:
        return [*problems, "logs.logs_collected.files.collect_list is empty; list files, or leave files out."]
    problems += [problem for index, entry in enumerate(listed) for problem in _one_file(index, entry)]
    paths = [entry.get("file_path") for entry in listed if isinstance(entry, dict)]
    twice = sorted({path for path in paths if isinstance(path, str) and paths.count(path) > 1})
    return problems + [f"{path} is collected twice; list it once." for path in twice]


def problems(config: Any) -> list[str]:
    """What is wrong with a configuration, in sentences that name the place and what to write instead."""
    if not isinstance(config, dict) or not config:
        return ["The configuration of the agent is empty, or no dictionary."]
    found = _unknown("The configuration of the agent", config, SECTIONS)
    found += _agent(config.get("agent", {}))
    if "metrics" in config:
        found += _metrics(config["metrics"])
    if "logs" in config:
        found += _logs(config["logs"])
    if not {"metrics", "logs"} & set(config):
        found.append("The configuration of the agent has neither metrics nor logs: there would be nothing to do.")
    return found
