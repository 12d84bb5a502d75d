# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module was asked to make, in the words of ``stack_info``'s entries, as far as its price depends on it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Arguments = dict[str, Any]
Entry = dict[str, Any]


#: States that somebody asks for → as the service calls what comes of it. Others say nothing of what is billed.
_SERVER_STATES = {"running": "running", "started": "running", "stopped": "stopped"}
_DATABASE_STATES = {"running": "available", "started": "available", "stopped": "stopped"}


def _server(arguments: Arguments) -> Entry:
    interfaces = [*(arguments.get("network_interfaces") or []), arguments.get("network") or {}]
    disks = [volume.get("ebs") or {} for volume in arguments.get("volumes") or []]
    return {
        "instance_type": arguments.get("instance_type"),
        "state": _SERVER_STATES.get(str(arguments.get("state"))),
        "public": any(one.get("assign_public_ip") for one in interfaces),
        "volumes": [{"size": disk.get("volume_size"), "type": disk.get("volume_type")} for disk in disks],
    }


def _balancer(arguments: Arguments) -> Entry:
    return {"subnet_ids": arguments.get("subnets"), "scheme": arguments.get("scheme")}


def _same(*names: str) -> Callable[[Arguments], Entry]:
    return lambda arguments: {name: arguments.get(name) for name in names}


_READ: dict[str, Callable[[Arguments], Entry]] = {
    "amazon.aws.ec2_instance": _server,
    "amazon.aws.elb_application_lb": _balancer,
    "amazon.aws.ec2_vpc_endpoint": lambda arguments: {"type": arguments.get("vpc_endpoint_type"), "subnet_ids": arguments.get("vpc_endpoint_subnets")},
    "amazon.aws.rds_instance": lambda arguments: {"state": _DATABASE_STATES.get(str(arguments.get("state")))},
    "railyard.aws.rds_instance": _same("engine", "instance_class", "multi_az", "allocated_storage", "storage_type"),
    "railyard.aws.elasticache_replication_group": _same("engine", "node_type", "num_node_groups", "replicas_per_node_group"),
}


def wanted(module: str, arguments: Arguments) -> Entry:
    """What a call says of the thing; what it leaves open is left out."""
    read = _READ.get(module)
    return {key: value for key, value in read(arguments).items() if value is not None} if read else {}
