# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs: which one is meant, and how it differs from what is wanted. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: What an id begins with: the API's type of the resource.
RESOURCE_TYPES = {"vpc-": "VPC", "subnet-": "Subnet", "eni-": "NetworkInterface"}
CLOUDWATCH, S3 = "cloud-watch-logs", "s3"
#: Key of the API: name of it in results. AWS changes none of these on a flow log that exists.
FIXED = {
    "TrafficType": "traffic_type",
    "LogDestinationType": "log_destination_type",
    "LogGroupName": "log_group_name",
    "LogDestination": "log_destination",
    "DeliverLogsPermissionArn": "role_arn",
    "LogFormat": "log_format",
    "MaxAggregationInterval": "max_aggregation_interval",
}


def resource_type(resource_id: str) -> str:
    """The API's type of a resource, from its id. Raises ResourceError for what this module keeps no flow logs of."""
    for prefix, kind in RESOURCE_TYPES.items():
        if resource_id.startswith(prefix):
            return kind
    raise ResourceError(f"resource_id is '{resource_id}'; write the id of a VPC (vpc-...), a subnet (subnet-...) or a network interface (eni-...).")


def tags_of(log: dict[str, Any]) -> dict[str, str]:
    """Tags of a flow log as the API describes it."""
    return boto3_tag_list_to_ansible_dict(log.get("Tags") or [])


def wanted(params: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, by keys of the API; options that were not given are left out."""
    given = {
        "TrafficType": params["traffic_type"],
        "LogDestinationType": params["log_destination_type"],
        "MaxAggregationInterval": params["max_aggregation_interval"],
        "LogFormat": params["log_format"],
    }
    if params["log_destination_type"] == S3:
        given["LogDestination"] = params["log_destination"]
    else:
        given["LogGroupName"] = params["log_group_name"]
        given["DeliverLogsPermissionArn"] = params["role_arn"]
    return {key: value for key, value in given.items() if value is not None}


def value_of(log: dict[str, Any], key: str) -> Any:
    """A value in one spelling: blanks in a format and the slash at a destination's end mean nothing."""
    value = log.get(key)
    if key == "LogFormat" and value is not None:
        return " ".join(value.split())
    if key == "LogDestination" and value is not None:
        return value.rstrip("/")
    if key == "LogGroupName" and value is None and ":log-group:" in (log.get("LogDestination") or ""):
        return log["LogDestination"].split(":log-group:")[1].split(":")[0]
    return value


def same_destination(log: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a flow log writes where it was asked to."""
    keys = ("LogDestinationType", "LogDestination" if asked["LogDestinationType"] == S3 else "LogGroupName")
    return all(value_of(log, key) == value_of(asked, key) for key in keys)


def is_wanted(log: dict[str, Any], asked: dict[str, Any], name: str | None) -> bool:
    """Whether a flow log of the resource is the one that is asked for, perhaps with other settings.

    With a ``name`` it is the one that bears it, or a nameless one with the same destination; without one the
    destination decides. So other people's flow logs of the same resource are left alone.
    """
    its_name = tags_of(log).get("Name")
    if name and its_name:
        return name == its_name
    return same_destination(log, asked)


def differences(log: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Keys of the API whose value on the flow log is not the one asked for."""
    return [key for key in asked if value_of(log, key) != value_of(asked, key)]


def described(log: dict[str, Any]) -> dict[str, Any]:
    """The settings of a flow log, by their names in results."""
    return {name: log[key] for key, name in FIXED.items() if log.get(key) is not None}


def tags_for_new(old: dict[str, str], given: dict[str, Any] | None, purge: bool) -> dict[str, str]:
    """Tags of a flow log that takes the place of one with the tags ``old``: what is not to be purged moves over."""
    kept = {key: value for key, value in old.items() if not key.startswith("aws:")} if given is None or not purge else {}
    return {**kept, **{key: str(value) for key, value in (given or {}).items()}}
