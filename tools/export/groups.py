"""Subnet groups and parameter groups, which RDS and ElastiCache describe alike but for some names."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Raw, Resource, present, tags


def subnet_group(type_: str, name_key: str, description_key: str, described_as: str) -> Export:
    """An export of subnet groups; ``described_as`` is CloudFormation's name of the description."""

    def export(raw: Raw, _clients: Clients) -> Iterator[Resource]:
        name = raw[name_key]
        properties = {
            name_key: name,
            described_as: raw[description_key],
            "SubnetIds": [one["SubnetIdentifier"] for one in raw["Subnets"]],
            "Tags": tags(raw.get("Tags")),
        }
        yield Resource(type_, name, present(**properties), {name_key: name})

    return export


def parameter_values(raw: Raw) -> dict[str, str]:
    """The parameters of a group, without those that have no value."""
    return {one["ParameterName"]: one["ParameterValue"] for one in raw["Parameters"] if one.get("ParameterValue")}
