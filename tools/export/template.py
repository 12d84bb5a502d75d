"""From resources to a template: logical ids, references, and what it says about itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.export.resource import Literal, Named, Resource, Zone

#: Types that CloudFormation has no way to read, which an import begins with.
NOT_IMPORTABLE = {"EC2::NetworkAclEntry", "ElasticLoadBalancingV2::ListenerCertificate"}
#: What may follow an ARN in a policy, where a part of the thing is meant: a key of a bucket, a stream of a log group.
_PART = "/:*"


def importable(resource: Resource) -> bool:
    """Whether CloudFormation can take over the thing: its type can be read, and all of its identifier is known."""
    return resource.type not in NOT_IMPORTABLE and all(resource.identifier.values())


def logical_id(resource: Resource) -> str:
    """Letters and digits of the type and the name, as CloudFormation takes them: ``SubnetRailyardPublic1``."""
    words = re.findall(r"[A-Za-z0-9]+", resource.name)
    kind = resource.type.rpartition("::")[2]
    return (kind + "".join(word[0].upper() + word[1:] for word in words))[:200]


def _unique(resources: Iterable[Resource]) -> dict[str, Resource]:
    named: dict[str, Resource] = {}
    for resource in resources:
        base = logical_id(resource)
        tried, number = base, 2
        while tried in named:
            tried, number = f"{base}N{number}", number + 1
        named[tried] = resource
    return named


@dataclass(frozen=True)
class _Target:
    logical: str
    attribute: str

    @property
    def value(self) -> dict[str, Any]:
        return {"Fn::GetAtt": [self.logical, self.attribute]} if self.attribute else {"Ref": self.logical}


class References:
    """What refers to what. A reference that would close a circle stays the id that it was."""

    def __init__(self, named: Mapping[str, Resource]) -> None:
        self._known: dict[str, _Target] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._uses: dict[str, set[str]] = {logical: set() for logical in named}
        self.zones: dict[str, str] = {}
        for logical, resource in named.items():
            self._by_name.setdefault((resource.type, resource.name), logical)
            for value, attribute in resource.known_by.items():
                self._known.setdefault(value, _Target(logical, attribute))

    def _reaches(self, start: str, goal: str) -> bool:
        seen, waiting = set(), [start]
        while waiting:
            one = waiting.pop()
            if one == goal:
                return True
            if one not in seen:
                seen.add(one)
                waiting += self._uses[one]
        return False

    def use(self, user: str, used: str) -> bool:
        """Note that one stands on another; false when that would be a circle."""
        if self._reaches(used, user):
            return False
        self._uses[user].add(used)
        return True

    def named(self, user: str, name: Named) -> str | None:
        """Logical id of what is named so; None where the template does not hold it."""
        used = self._by_name.get((name.type, name.name))
        return used if used and self.use(user, used) else None

    def _text(self, user: str, text: str) -> Any:
        target = self._known.get(text)
        if target:
            return target.value if self.use(user, target.logical) else text
        # Only an ARN is sure to be meant where it is a part of a text.
        whole = text
        while ":" in whole and text.startswith("arn:"):
            whole = whole[: max(whole.rfind(mark) for mark in _PART)] if any(mark in whole for mark in _PART) else ""
            target = self._known.get(whole)
            if target and self.use(user, target.logical):
                inside = f"{target.logical}.{target.attribute}" if target.attribute else target.logical
                return {"Fn::Sub": f"${{{inside}}}" + text[len(whole) :].replace("${", "${!")}
        return text

    def resolve(self, user: str, value: Any) -> Any:
        """A property's value with references in the place of ids."""
        if isinstance(value, Literal):
            return value.value
        if isinstance(value, Named):
            used = self.named(user, value)
            return {"Ref": used} if used else value.name
        if isinstance(value, Zone):
            parameter = self.zones.setdefault(
                value.name, "Zone" + re.sub("[^a-z0-9]", "", value.name.rpartition("-")[2]).upper()
            )
            return {"Ref": parameter}
        if isinstance(value, dict):
            return {key: self.resolve(user, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(user, inner) for inner in value]
        return self._text(user, value) if isinstance(value, str) else value


def build(
    resources: Iterable[Resource], description: str, notes: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The template, and the list that an import takes beside it (``--resources-to-import``)."""
    named = _unique(resources)
    references = References(named)
    bodies: dict[str, Any] = {}
    for logical, resource in named.items():
        after = sorted(used for name in resource.depends_on if (used := references.named(logical, name)))
        bodies[logical] = {
            "Type": f"AWS::{resource.type}",
            # Whoever takes a thing out of the template, or deletes the stack, keeps it.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            **({"DependsOn": after} if after else {}),
            "Properties": references.resolve(logical, resource.properties),
        }
    parameters = {
        parameter: {"Type": "AWS::EC2::AvailabilityZone::Name", "Default": zone}
        for zone, parameter in sorted(references.zones.items())
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Metadata": {"Export": dict(notes)},
        **({"Parameters": parameters} if parameters else {}),
        "Resources": bodies,
    }
    to_import = [
        {"ResourceType": f"AWS::{one.type}", "LogicalResourceId": logical, "ResourceIdentifier": one.identifier}
        for logical, one in named.items()
        if importable(one)
    ]
    return template, to_import
