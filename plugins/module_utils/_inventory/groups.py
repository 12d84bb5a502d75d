# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnet groups and parameter groups: RDS and ElastiCache describe theirs alike, with names that begin with DB or Cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Raw
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def subnet_group(prefix: str, arn_key: str) -> Callable[[Raw], Entry]:
    """Makes the entry of a subnet group."""

    def entry(raw: Raw) -> Entry:
        return arn_entry(
            raw,
            arn_key,
            f"{prefix}SubnetGroupName",
            description=raw.get(f"{prefix}SubnetGroupDescription"),
            vpc_id=raw.get("VpcId"),
            subnet_ids=sorted(subnet["SubnetIdentifier"] for subnet in raw.get("Subnets") or []),
        )

    return entry


def parameter_group(prefix: str, arn_key: str) -> Callable[[Raw], Entry]:
    """Makes the entry of a parameter group that ``with_parameters`` has seen."""

    def entry(raw: Raw) -> Entry:
        return arn_entry(
            raw,
            arn_key,
            f"{prefix}ParameterGroupName",
            description=raw.get("Description"),
            family=raw[f"{prefix}ParameterGroupFamily"],
            parameters={one["ParameterName"]: one.get("ParameterValue") for one in raw["Parameters"]},
        )

    return entry


def with_parameters(prefix: str, client: Any, groups: list[Raw]) -> list[Raw]:
    """Parameter groups, each with its ``Parameters``: those that somebody set. Without groups that went meanwhile."""
    name = f"{prefix}ParameterGroupName"

    def complete(group: Raw) -> Raw:
        which = {name: group[name], "Source": "user"}
        return {**group, "Parameters": read_all(client, f"describe_{prefix.lower()}_parameters", "Parameters", **which)}

    return still_there(complete, groups)
