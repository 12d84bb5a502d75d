"""A stack as stack_info tells of it, and the report's page about it, for the tests of the report."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jinja2
from ansible_collections.railyard.aws.plugins.filter.stack_report import stack_report

PROJECT = Path(__file__).resolve().parents[3]
SAMPLE = json.loads((PROJECT / "tests" / "data" / "stack.json").read_text("utf-8"))
NOW = "2026-11-26T23:30:00Z"
PARAMETER = "/railyard/app/release"


def sample() -> dict[str, dict[str, Any]]:
    """A finished stack of two zones, for the test alone."""
    return copy.deepcopy(SAMPLE)


def computed(stack: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the template is given."""
    look = {"stack": stack, "region": "ap-northeast-1", "account_id": "123456789012"}
    return stack_report(look, **{"name": "railyard", "now": NOW, "release_parameter": PARAMETER, **more})


def page(stack: dict[str, Any], **more: Any) -> str:
    """The page, rendered as Ansible would; a name that the filter does not give is an error."""
    loader = jinja2.FileSystemLoader(PROJECT / "templates")
    environment = jinja2.Environment(loader=loader, trim_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("report.html.j2").render(report=computed(stack, **more))


def with_nat_instance() -> dict[str, dict[str, Any]]:
    """The sample, which leaves through a NAT instance."""
    stack = sample()
    name = "railyard-nat-instance"
    made = {"name": name, "exists": True, "tags": {"Name": name, "Stack": "railyard", "ManagedBy": "railyard.aws"}}
    (zone, subnet) = ("ap-northeast-1a", stack["subnets"]["railyard-public-1"]["id"])
    stack["nat_gateways"] = {}
    stack["nat_interfaces"] = {
        name: made
        | {"id": "eni-00000000000000009", "subnet_id": subnet, "availability_zone": zone, "state": "in-use"}
        | {"instance_id": "i-00000000000000009", "public_ip": "203.0.113.29", "security_group_ids": []}
    }
    instance = {"instance_id": "i-00000000000000009", "instance_type": "t4g.nano", "lifecycle_state": "InService"}
    stack["auto_scaling_groups"] = {name: made | {"id": f"arn:{name}", "state": "active", "instances": [instance]}}
    for table in stack["route_tables"].values():
        for route in table["routes"]:
            if route.pop("nat_gateway_id", None):
                route |= {"network_interface_id": "eni-00000000000000009", "instance_id": "i-00000000000000009"}
    return stack


def with_servers(number: int, zones: int = 2) -> dict[str, dict[str, Any]]:
    """The sample with so many web servers, over so many zones."""
    stack = sample()
    for index in range(3, zones + 1):
        for tier in ("public", "private"):
            like, name = stack["subnets"][f"railyard-{tier}-1"], f"railyard-{tier}-{index}"
            added = like | {"id": f"subnet-{tier}{index}", "name": name, "availability_zone": f"ap-northeast-1{index}"}
            stack["subnets"][name] = added
            table = stack["route_tables"]["railyard-public" if tier == "public" else "railyard-private-1"]
            table["subnet_ids"].append(added["id"])
        stack["load_balancers"]["railyard"]["subnet_ids"].append(f"subnet-public{index}")
        stack["cache_subnet_groups"]["railyard"]["subnet_ids"].append(f"subnet-private{index}")
    if zones == 1:
        kept = {name: one for name, one in stack["subnets"].items() if name.endswith("-1")}
        stack["subnets"] = kept
        stack["nat_gateways"] = {"railyard-nat-1": stack["nat_gateways"]["railyard-nat-1"]}
    like = stack["instances"].pop("railyard-web02")
    stack["instances"].pop("railyard-web01")
    for index in range(1, number + 1):
        host = f"web{index:02}"
        subnet = stack["subnets"][f"railyard-private-{(index - 1) % zones + 1}"]
        placed = {"subnet_id": subnet["id"], "availability_zone": subnet["availability_zone"]}
        named = {"id": f"i-{index:017x}f", "name": f"railyard-{host}", "hostname": host}
        stack["instances"][f"railyard-{host}"] = like | placed | named
    return stack
