# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two of one kind and name: which is the stack's, and whether the other may go.

CreateVpc, CreateInternetGateway and AllocateAddress take no token. When AWS has carried one out and answers with an error,
the SDK repeats it, and there are two. Nothing tells which is older, and none of that matters: the one in use stays.
"""

from __future__ import annotations

from dataclasses import dataclass

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Clients, Entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.stack_tags import MANAGED_BY


@dataclass(frozen=True)
class Twin:
    """One of several things of one name; ``holds`` says what stands in it or what it is attached to."""

    entry: Entry
    holds: list[str]


def doubles(entries: dict[str, list[Entry]]) -> dict[tuple[str, str], list[Entry]]:
    """(kind, name) of what there is more than once, with all of them in the order of their ids."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for kind, items in entries.items():
        for entry in [] if KINDS[kind].keyed_by_id else items:
            if entry.get("state") not in KINDS[kind].deleting:
                found.setdefault((kind, entry["name"]), []).append(entry)
    return {key: twins for key, twins in found.items() if len(twins) > 1}


def _ours(entry: Entry, stack: str) -> bool:
    """Whether the stack made it: a zone that it only uses has the tag Adopted."""
    tags = entry["tags"]
    return tags.get("Stack") == stack and tags.get("ManagedBy") == MANAGED_BY and "Adopted" not in tags


def choose(kind: str, name: str, twins: list[Twin], stack: str, region: str) -> tuple[Entry, list[Entry], str]:
    """The one that is used, those that may go, and what a person has to decide (empty when nothing).

    Only what carries the stack's tags, holds nothing and is attached to nothing may go.
    """
    used = [twin for twin in twins if twin.holds]
    chosen = (used or [twin for twin in twins if _ours(twin.entry, stack)] or twins)[0]
    others = [twin for twin in twins if twin is not chosen]
    # A private and a public zone may well share a name.
    alike = len({twin.entry.get("private") for twin in twins}) == 1
    if KINDS[kind].removal and alike and all(not twin.holds and _ours(twin.entry, stack) for twin in others):
        return chosen.entry, [twin.entry for twin in others], ""
    return chosen.entry, [], question(kind, name, twins, stack, region)


def _told(kind: str, twin: Twin, stack: str) -> str:
    entry = twin.entry
    # Few kinds tell.
    made = f", made {entry['created']}" if entry.get("created") else ""
    if KINDS[kind].removal:
        what = f"holds {', '.join(twin.holds)}" if twin.holds else "holds nothing"
    else:
        what = ", ".join(str(entry[key]) for key in ("state", "cidr_block", "vpc_id", "resource_id") if entry.get(key))
    tags = "" if _ours(entry, stack) else "; it lacks the stack's tags"
    return f"{entry['id']} ({what}{made}{tags})"


def question(kind: str, name: str, twins: list[Twin], stack: str, region: str) -> str:
    """Which is which, for a person, and the command for each."""
    told = "; ".join(_told(kind, twin, stack) for twin in twins)
    command = KINDS[kind].delete_command
    commands = ", ".join(f"`{command.format(id=twin.entry['id'])}`" for twin in twins if command)
    advice = f"Remove the one that is not the stack's ({commands}), or" if commands else "Remove the one that is not the stack's, or"
    return (
        f"{KINDS[kind].label} '{name}' exists more than once in {region}: {told}. Nothing that is in use or not clearly the "
        f"stack's is removed by itself. {advice} take its tags Stack and Name away, and run this again."
    )


def resolve(client: Clients, entries: dict[str, list[Entry]], stack: str, region: str) -> tuple[dict[str, list[Entry]], list[dict[str, str]], list[str]]:
    """``entries`` without what may go, what that is, and the questions. Asks AWS only where there are doubles."""
    surplus, questions, gone = [], [], set()
    for (kind, name), items in doubles(entries).items():
        removal = KINDS[kind].removal
        twins = [Twin(entry, removal.holds(client, entry, region) if removal else []) for entry in items]
        chosen, going, problem = choose(kind, name, twins, stack, region)
        if problem:
            questions.append(problem)
        for entry in going:
            gone.add((kind, entry["id"]))
            reason = f"made twice; {chosen['id']} is the one that is used, and this one holds nothing"
            surplus.append({"kind": kind, "id": entry["id"], "name": name, "kept": chosen["id"], "reason": reason})
    kept = {kind: [entry for entry in items if (kind, entry["id"]) not in gone] for kind, items in entries.items()}
    return kept, surplus, questions


def remove(client: Clients, kind: str, resource_id: str) -> None:
    """Remove one of a kind that has a ``removal``.

    AWS itself refuses what is in use, and one that is gone meanwhile is no error. Raises botocore's errors.
    """
    removal = KINDS[kind].removal
    if removal is None:
        raise ValueError(f"of {kind} nothing is removed by itself")
    ids = [resource_id] if removal.argument.endswith("Ids") else resource_id
    try:
        getattr(client(KINDS[kind].client), removal.operation)(**{removal.argument: ids})
    except ClientError as error:
        if not error.response["Error"]["Code"].endswith((".NotFound", "NoSuchHostedZone")):
            raise
