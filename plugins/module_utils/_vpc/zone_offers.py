# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which zones offer the types of servers and the class of database that a stack is to have."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


class OfferError(Exception):
    """Zones that do not do; the text says which, why and what does."""


def server_zones(ec2: Any, types: list[str]) -> dict[str, set[str]]:
    """Zones by type of server. Raises botocore's errors."""
    which = [{"Name": "instance-type", "Values": types}]
    offers: dict[str, set[str]] = {one: set() for one in types}
    for offer in read_all(ec2, "describe_instance_type_offerings", "InstanceTypeOfferings", LocationType="availability-zone", Filters=which):
        offers.setdefault(offer["InstanceType"], set()).add(offer["Location"])
    return offers


def database_zones(rds: Any, engine: str, instance_class: str) -> set[str]:
    """Zones in which RDS makes instances of a class in a VPC; none where it does not say. Raises botocore's errors."""
    which = {"Engine": engine, "DBInstanceClass": instance_class, "Vpc": True}
    options = read_all(rds, "describe_orderable_db_instance_options", "OrderableDBInstanceOptions", **which)
    return {zone["Name"] for option in options for zone in option["AvailabilityZones"]}


def lacking(zones: list[str], offers: dict[str, set[str]]) -> dict[str, list[str]]:
    """Types of servers that a zone does not have, of the zones that lack some."""
    found = {zone: sorted(one for one, places in offers.items() if zone not in places) for zone in zones}
    return {zone: types for zone, types in found.items() if types}


def in_order(zones: list[str], offers: dict[str, set[str]], database: set[str]) -> list[str]:
    """Zones that have all types of servers, those first that have the database's class too."""
    fit = [zone for zone in zones if zone not in lacking(zones, offers)]
    return sorted(fit, key=lambda zone: (bool(database) and zone not in database, zone))


def zone_of_each(plan: list[dict[str, Any]], standing: dict[str, dict[str, Any]], offered: list[str]) -> dict[str, str]:
    """The zone of every subnet of a plan by its name.

    :arg standing: subnets that exist, by name, as stack_info has them: what stands in a zone does not move.
    :arg offered: zones to choose from, the best first.
    Raises OfferError when there are not enough.
    """
    by_index: dict[int, str] = {}
    for subnet in plan:
        there = standing.get(subnet["name"]) or {}
        zone = subnet.get("zone") or (there.get("availability_zone") if there.get("exists") else None)
        if zone:
            by_index.setdefault(subnet["index"], zone)
    free = [zone for zone in offered if zone not in by_index.values()]
    for index in sorted({subnet["index"] for subnet in plan} - by_index.keys()):
        if not free:
            raise OfferError(
                f"The subnets need {len({subnet['index'] for subnet in plan})} zones, and those that offer the servers' types are"
                f" {', '.join(offered) or 'none'}. Choose types that more zones offer (railyard_web_instance_type, railyard_worker_instance_type,"
                " railyard_jump_instance_type), or fewer zones: `-e railyard_zone_count=2`."
            )
        by_index[index] = free.pop(0)
    return {subnet["name"]: by_index[subnet["index"]] for subnet in plan}
