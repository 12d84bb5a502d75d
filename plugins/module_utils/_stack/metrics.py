# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms and dashboards of a stack in CloudWatch.

Alarms are the stack's by the start of their names, ``<stack>/``, which no other stack's name can have: AWS tells the tags
of one alarm a call, and a stack has dozens. A dashboard is the account's, not a region's, so the region ends its name.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms, dashboards
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there


@AWSRetry.jittered_backoff(retries=8)
def _dashboards(client: Any, prefix: str) -> list[Raw]:
    pages = client.get_paginator("list_dashboards").paginate(DashboardNamePrefix=prefix)
    return [dashboard for page in pages for dashboard in page["DashboardEntries"]]


@AWSRetry.jittered_backoff(retries=8)
def _whole(client: Any, listed: Raw) -> Raw:
    name, arn = listed["DashboardName"], listed["DashboardArn"]
    tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {"Name": name, "Arn": arn, "Tags": tags, "Body": client.get_dashboard(DashboardName=name)["DashboardBody"]}


def read_dashboards(client: Any, stack: str, region: str) -> list[Raw]:
    """Dashboards whose name starts with the stack's, ends with the region and whose tag does not give them to another."""
    listed = [one for one in _dashboards(client, stack) if one["DashboardName"].endswith(f"-{region}")]
    whole = still_there(lambda one: _whole(client, one), listed)

    def ours(raw: Raw) -> bool:
        owner = boto3_tag_list_to_ansible_dict(raw["Tags"]).get("Stack")
        return owner == stack or (owner is None and raw["Name"] == f"{stack}-{region}")

    return [raw for raw in whole if ours(raw)]


def read_metrics(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    if kind == "dashboards":
        return read_dashboards(client, stack, region)
    return alarms.read(client, f"{stack}/")


def alarm(raw: Raw) -> Entry:
    return {
        "id": raw["AlarmArn"],
        "name": raw["AlarmName"],
        "exists": True,
        "tags": {},
        "arn": raw["AlarmArn"],
        # Not named state: that would be one of the states in which a resource comes and goes.
        "value": raw.get("StateValue"),
        "definition": alarms.described(raw),
    }


def dashboard(raw: Raw) -> Entry:
    return {
        "id": raw["Arn"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        "arn": raw["Arn"],
        "body": dashboards.plain(dashboards.parse_body(raw["Body"])),
    }


SERVICE = Service(
    client="cloudwatch",
    kinds={
        "alarms": Kind(
            "cloudwatch",
            "Alarm",
            "alarm",
            {"arn": None, "value": None, "definition": {}},
            # Dozens of them: a table for people is not the place.
            listed=False,
            planned_id="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        ),
        "dashboards": Kind("cloudwatch", "Dashboard", "dashboard", {"arn": None, "body": {}}, planned_id="arn:aws:cloudwatch::{account}:dashboard/{name}"),
    },
    read=read_metrics,
    entry_of={"alarms": alarm, "dashboards": dashboard},
)
