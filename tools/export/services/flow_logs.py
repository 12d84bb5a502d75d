"""Flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Named, Raw, Resource, named_by_tag, picked, present, tags

#: What an id begins with: CloudFormation's type of the resource.
_TYPES = {"vpc-": "VPC", "subnet-": "Subnet", "eni-": "NetworkInterface"}


def _flow_log(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    watched, group = raw["ResourceId"], raw.get("LogGroupName")
    yield Resource(
        "EC2::FlowLog",
        named_by_tag(raw, "FlowLogId"),
        present(
            ResourceId=watched,
            ResourceType=next(kind for prefix, kind in _TYPES.items() if watched.startswith(prefix)),
            **picked(raw, "TrafficType", "LogDestinationType", "LogFormat", "MaxAggregationInterval"),
            **({"LogGroupName": Named("Logs::LogGroup", group)} if group else picked(raw, "LogDestination")),
            DeliverLogsPermissionArn=raw.get("DeliverLogsPermissionArn"),
            Tags=tags(raw.get("Tags")),
        ),
        {"Id": raw["FlowLogId"]},
        {raw["FlowLogId"]: ""},
    )


EXPORTS: dict[str, Export] = {"flow_logs": _flow_log}
