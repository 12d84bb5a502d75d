"""A resource of CloudFormation as the files of ``services/`` make it, and the values that are more than text in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: A thing as AWS describes it.
Raw = dict[str, Any]
#: Makes the client of a service by its name in boto3.
Clients = Callable[[str], Any]


@dataclass(frozen=True)
class Resource:
    """One resource; ``type`` is without ``AWS::``."""

    type: str
    #: What people call it: its logical id is made of it, and what refers to it by name finds it so.
    name: str
    properties: dict[str, Any]
    #: What an import takes to find it: the type's primary identifier, by the names of its properties.
    identifier: dict[str, str]
    #: What other things know it by (ids, ARNs, names of DNS) and the attribute that is: "" for what Ref gives.
    known_by: dict[str, str] = field(default_factory=dict)
    depends_on: tuple[Named, ...] = ()


@dataclass(frozen=True)
class Left:
    """Something that stands there and that the template does not hold, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Named:
    """A reference by type and name. Such names are words like any other, so only who writes this means the thing."""

    type: str
    name: str


@dataclass(frozen=True)
class Literal:
    """A value in which nothing refers to anything."""

    value: Any


@dataclass(frozen=True)
class Zone:
    """An availability zone: a parameter of the template, whose default it is."""

    name: str


#: Turns one thing as AWS describes it into resources; asks AWS for what its list leaves out.
Export = Callable[[Raw, Clients], Iterable[Resource | Left]]


def present(**properties: Any) -> dict[str, Any]:
    """Properties without those that AWS does not tell, or that say nothing."""
    return {key: value for key, value in properties.items() if value not in (None, "", [], {})}


def picked(raw: Raw, *keys: str) -> dict[str, Any]:
    """Properties that the API calls as CloudFormation does."""
    return present(**{key: raw.get(key) for key in keys})


def tags(found: list[dict[str, str]] | dict[str, str] | None) -> Literal | None:
    """Tags as most types take them, without AWS's own, which nobody may set."""
    pairs = found.items() if isinstance(found, dict) else [(tag["Key"], tag["Value"]) for tag in found or []]
    kept = [{"Key": key, "Value": value} for key, value in pairs if not key.lower().startswith("aws:")]
    return Literal(kept) if kept else None


def named_by_tag(raw: Raw, id_key: str) -> str:
    """The tag Name, or the id of a thing without one."""
    return next((tag["Value"] for tag in raw.get("Tags") or [] if tag["Key"] == "Name" and tag["Value"]), raw[id_key])


def nothing(reason: str, name_of: Callable[[Raw], str]) -> Export:
    """An export of a kind that no template holds."""

    def export(raw: Raw, _clients: Clients) -> Iterator[Left]:
        yield Left(name_of(raw), reason)

    return export
