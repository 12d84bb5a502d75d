# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs of a stack, by their tag."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._flow_logs import flow_logs
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service


@AWSRetry.jittered_backoff(retries=8)
def read_flow_logs(ec2: Any, kind: str, stack: str, region: str) -> list[Raw]:
    pages = ec2.get_paginator("describe_flow_logs").paginate(Filter=[{"Name": "tag:Stack", "Values": [stack]}])
    return [log for page in pages for log in page["FlowLogs"]]


def flow_log(raw: Raw) -> Entry:
    tags = flow_logs.tags_of(raw)
    return {
        "id": raw["FlowLogId"],
        "name": tags.get("Name") or raw["FlowLogId"],
        "exists": True,
        "tags": tags,
        "resource_id": raw.get("ResourceId"),
        "traffic_type": raw.get("TrafficType"),
        "log_group_name": flow_logs.value_of(raw, "LogGroupName"),
        "role_arn": raw.get("DeliverLogsPermissionArn"),
        "max_aggregation_interval": raw.get("MaxAggregationInterval"),
        "delivery": raw.get("DeliverLogsStatus"),
    }


SERVICE = Service(
    client="ec2",
    kinds={
        "flow_logs": Kind(
            "cloudwatch",
            "Flow log",
            "fl",
            {
                "resource_id": None,
                "traffic_type": None,
                "log_group_name": None,
                "role_arn": None,
                "max_aggregation_interval": None,
                "delivery": None,
            },
        )
    },
    read=read_flow_logs,
    entry_of={"flow_logs": flow_log},
)
