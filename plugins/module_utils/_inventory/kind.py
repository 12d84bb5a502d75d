# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a kind of resource is declared: once, in the file of its AWS service (``services/``).

What else knows of kinds reads these declarations: the look itself, what waits, what tells surplus, a plan's lines, the table
for people, the messages about what is missing, and docs/KINDS.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: One resource as the API gives it, with the parts that its list leaves out.
Raw = dict[str, Any]
#: One resource as ``stack_info`` returns it.
Entry = dict[str, Any]
#: Makes the client of a service by its name in boto3.
Clients = Callable[[str], Any]


def _none() -> list[str]:
    return []


def _nobodys() -> str:
    raise LookupError("the kind does not say that it asks for the account (by_account)")


@dataclass(frozen=True)
class Scope:
    """Whose resources are asked for. ``vpc_ids`` waits for the look at the stack's VPCs, ``account_id`` asks AWS."""

    stack: str
    region: str
    vpc_ids: Callable[[], list[str]] = _none
    account_id: Callable[[], str] = _nobodys


@dataclass(frozen=True)
class ModuleSpec:
    """How the arguments of a module's call tell which resource it is about.

    The first of ``names`` that is given names it, unless its tag Name does (``named_by_tag``). A ``part`` belongs to a
    resource that another module makes: changing it is a change of that one. One that ``reports`` keeps several at a time, and
    its result lists their names: ``created``, ``mended`` and ``removed``.
    """

    names: tuple[str, ...] = ("name",)
    part: bool = False
    reports: bool = False
    named_by_tag: bool = True


@dataclass(frozen=True)
class Removal:
    """How one is removed that AWS made twice: the operation, and the argument that takes the id.

    ``holds`` says what stands in one or what it is attached to (clients, entry, region): the one that holds nothing may go.
    """

    operation: str
    argument: str
    holds: Callable[[Clients, Entry, str], list[str]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource."""

    #: What people call one of them.
    label: str
    #: Tag of site.yml that makes it.
    role: str
    #: What the kind was called, which people may have written.
    formerly: str = ""
    #: The modules by which roles make, change and remove one.
    made_by: Mapping[str, ModuleSpec] = field(default_factory=dict)

    #: Name of the service's client in boto3.
    client: str
    #: Asks it for every resource of the kind that is the stack's. Raises botocore's errors.
    read: Callable[[Any, Scope], list[Raw]]
    #: Asks for single ones of the stack by their names, where the list of ``read`` lags.
    find: Callable[[Any, Scope, list[str]], list[Raw]] | None = None
    #: Whether reading waits for the ids of the stack's VPCs.
    in_vpc: bool = False
    #: Whether reading asks for the account's id.
    by_account: bool = False

    #: Turns one resource as ``read`` gives it into an entry.
    entry: Callable[[Raw], Entry]
    #: What an entry has beside id, name, exists and tags, with the values of one that does not exist yet.
    fields: Mapping[str, Any]
    #: Id of one that does not exist yet: a format of region, account, name and index.
    planned_id: str
    #: Whether several may well share a name, such as a certificate and the one that takes its place: their ids are the keys.
    keyed_by_id: bool = False
    #: Whether a table for people lists it; parts of other things are not.
    listed: bool = True

    #: States in which it is as good as gone, though AWS goes on listing it for up to an hour.
    deleted: frozenset[str] = frozenset()
    #: States in which it still is in the way of others, but can no longer be used under its name.
    deleting: frozenset[str] = frozenset()
    #: States from which it becomes usable by itself, and how many seconds that usually takes.
    pending: frozenset[str] = frozenset()
    usual_seconds: int = 0
    #: States in which AWS has given it up: it will not become usable by itself.
    failed: frozenset[str] = frozenset()

    #: The command by which a person removes one, a format of id, where AWS allows two of one name.
    delete_command: str = ""
    #: How what was made twice is told and removed.
    removal: Removal | None = None

    #: For docs/KINDS.md: what names one, where that is not simply its name, and what its fields do not say of themselves.
    named_by: str = "name"
    about: str = ""
