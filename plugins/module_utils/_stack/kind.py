# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of one kind of resource, and of the AWS service that describes some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Raw = dict[str, Any]
Entry = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    #: Tag of site.yml that makes it.
    role: str
    #: What people call one of them.
    label: str
    #: Starts its ids.
    prefix: str
    #: What describes one that does not exist yet, beside id, name and tags.
    planned: dict[str, Any] = field(default_factory=dict)
    #: Whether a table for people lists it; parts of other things are not.
    listed: bool = True
    #: Id of one that does not exist yet, where that is no ``prefix-0...``: a format of region, account, name and index.
    planned_id: str = ""
    #: States in which it is as good as gone, though AWS goes on listing it for up to an hour.
    gone: frozenset[str] = frozenset()
    #: States in which it still is in the way of others, but can no longer be used under its name.
    leaving: frozenset[str] = frozenset()
    #: States from which it becomes usable by itself, and how many seconds that usually takes (docs/ARCHITECTURE.md).
    coming: frozenset[str] = frozenset()
    usual_seconds: int = 0
    #: States in which AWS has given it up: it will not become usable by itself.
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Service:
    """Kinds that one AWS service describes: one file of this package each."""

    #: Name of the service's client in boto3.
    client: str
    kinds: dict[str, Kind]
    #: Asks the client for every resource of one kind that is the stack's: (client, kind, stack, region).
    read: Callable[[Any, str, str, str], list[Raw]]
    #: Turns one resource as ``read`` gives it into an entry.
    entry_of: dict[str, Callable[[Raw], Entry]]
    #: Asks for single resources of the stack by their names, where the list of ``read`` lags: (client, kind, names, stack).
    find: Callable[[Any, str, list[str], str], list[Raw]] | None = None
