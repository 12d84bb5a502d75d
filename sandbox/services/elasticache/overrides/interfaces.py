"""Cache nodes have network interfaces, as on AWS: subnets and groups cannot go while a node uses them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import InvalidParameterValueException
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.core.settings import Settings
from sandbox.services.ec2.subnet_addresses import free_address
from sandbox.services.elasticache.names import interface_description

REQUESTER = "amazon-elasticache"

#: Actions after which nodes, their zones or their groups may be others.
ACTIONS = (
    "create_replication_group",
    "decrease_replica_count",
    "delete_replication_group",
    "increase_replica_count",
    "modify_cache_subnet_group",
    "modify_replication_group",
    "modify_replication_group_shard_configuration",
)


def apply(settings: Settings) -> None:
    """Comes after ``elasticache`` and ``elasticache_groups``, whose actions it wraps."""
    for action in ACTIONS:
        setattr(ElastiCacheResponse, action, _followed(getattr(ElastiCacheResponse, action)))


def _followed(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def action(self: Any) -> Any:
        answer = original(self)
        converge_interfaces(self.elasticache_backend)
        return answer

    return action


def converge_interfaces(backend: Any) -> None:
    """One interface per node of a replication group; a node keeps its own for as long as it exists."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    present = {eni.description: eni for eni in list(ec2.enis.values()) if eni.requester_id == REQUESTER}
    for group in backend.replication_groups.values():
        for shard in group.node_groups:
            for node in shard["NodeGroupMembers"]:
                description = interface_description(node["CacheClusterId"])
                subnet = _subnet(backend, ec2, group, node["PreferredAvailabilityZone"])
                groups = group.security_group_ids or [ec2.get_default_security_group(subnet.vpc_id).id]
                interface = present.pop(description, None)
                if interface is None:
                    _create(ec2, subnet, groups, description)
                else:
                    ec2.modify_network_interface_attribute(interface.id, list(groups))
    for interface in present.values():
        ec2.delete_network_interface(interface.id)
        interface.subnet.del_subnet_ip(interface.private_ip_address)


def _subnet(backend: Any, ec2: Any, group: Any, zone: str) -> Any:
    """The group's subnet in a zone; without a subnet group one of the default VPC."""
    chosen = backend.cache_subnet_groups.get(group.cache_subnet_group_name)
    subnets = ec2.describe_subnets(chosen.subnet_ids) if chosen else list(ec2.get_default_subnets().values())
    if not subnets:
        raise InvalidParameterValueException("No default subnet detected: name a CacheSubnetGroup.")
    # A node whose zone has left the subnet group is found a place among those that stay.
    return min(subnets, key=lambda subnet: (subnet.availability_zone != zone, subnet.id))


def _create(ec2: Any, subnet: Any, groups: list[str], description: str) -> None:
    full = InvalidParameterValueException(f"Not enough free addresses in {subnet.id}: a cache node needs one.")
    address = free_address(ec2, subnet, description, full)
    interface = ec2.create_network_interface(subnet, address, group_ids=list(groups), description=description)
    interface.requester_managed = True
    interface.requester_id = REQUESTER
    interface.status = "in-use"
