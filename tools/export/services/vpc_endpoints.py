"""Endpoints of the VPC."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.export.resource import Clients, Export, Raw, Resource, named_by_tag, picked, present, tags


def _vpc_endpoint(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    policy = raw.get("PolicyDocument")
    yield Resource(
        "EC2::VPCEndpoint",
        named_by_tag(raw, "VpcEndpointId"),
        present(
            **picked(raw, "VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds", "SubnetIds"),
            SecurityGroupIds=[group["GroupId"] for group in raw.get("Groups") or []],
            # A gateway has no names of its own.
            PrivateDnsEnabled=raw.get("PrivateDnsEnabled") if raw.get("VpcEndpointType") == "Interface" else None,
            PolicyDocument=json.loads(policy) if policy else None,
            Tags=tags(raw.get("Tags")),
        ),
        {"Id": raw["VpcEndpointId"]},
        {raw["VpcEndpointId"]: ""},
    )


EXPORTS: dict[str, Export] = {"vpc_endpoints": _vpc_endpoint}
