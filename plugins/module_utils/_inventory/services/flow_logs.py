# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs of a stack, by their tag."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._flow_logs import flow_logs
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import by_tag


def _flow_log(raw: Raw) -> Entry:
    tags = flow_logs.tags_of(raw)
    return entry_of(
        raw["FlowLogId"],
        tags.get("Name") or raw["FlowLogId"],
        tags,
        resource_id=raw.get("ResourceId"),
        traffic_type=raw.get("TrafficType"),
        log_group_name=flow_logs.value_of(raw, "LogGroupName"),
        role_arn=raw.get("DeliverLogsPermissionArn"),
        max_aggregation_interval=raw.get("MaxAggregationInterval"),
        delivery=raw.get("DeliverLogsStatus"),
    )


KINDS: dict[str, Kind] = {
    "flow_logs": Kind(
        label="Flow log",
        role="cloudwatch",
        made_by={"railyard.aws.ec2_vpc_flow_log": ModuleSpec(("resource_id",))},
        client="ec2",
        read=by_tag("describe_flow_logs", "FlowLogs", argument="Filter"),
        entry=_flow_log,
        fields=dict.fromkeys(("resource_id", "traffic_type", "log_group_name", "role_arn", "max_aggregation_interval", "delivery")),
        planned_id="fl-{index:017x}",
        delete_command="aws ec2 delete-flow-logs --flow-log-ids {id}",
        named_by="tag Name",
    ),
}
