# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From raw resources to one picture of the stack: by name, with what is missing filled in or refused."""

from __future__ import annotations

import copy

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Raw
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS, placeholder_id


def entries_by_kind(raw: dict[str, list[Raw]]) -> dict[str, list[Entry]]:
    """Everything that still exists, as entries, in the order of their ids."""
    result = {}
    for kind, items in raw.items():
        entries = [KINDS[kind].entry(item) for item in items]
        result[kind] = sorted(
            (entry for entry in entries if entry.get("state") not in KINDS[kind].deleted),
            key=lambda entry: entry["id"],
        )
    return result


def by_name(entries: dict[str, list[Entry]]) -> dict[str, dict[str, Entry]]:
    """The usable entries of each kind keyed by name.

    Of two of a kind and name the lowest id keeps the name and the others are keyed ``name (id)``.
    """
    stack: dict[str, dict[str, Entry]] = {}
    for kind, items in entries.items():
        named: dict[str, Entry] = {}
        for entry in items:
            if entry.get("state") in KINDS[kind].deleting:
                continue
            key = entry["id"] if KINDS[kind].keyed_by_id else entry["name"]
            named[key if key not in named else f"{key} ({entry['id']})"] = entry
        stack[kind] = named
    return stack


def _role(kind: str, entry: Entry) -> str:
    """Tag of site.yml that makes a thing: its own tag Role where that is one (addresses have several makers)."""
    role = entry["tags"].get("Role")
    return role if role in {one.role for one in KINDS.values()} else KINDS[kind].role


def resources(entries: dict[str, list[Entry]]) -> list[dict[str, str]]:
    """Flat list of all that was found, what is being deleted included."""
    return [{"kind": kind, "id": entry["id"], "name": entry["name"], "role": KINDS[kind].role} for kind, items in entries.items() for entry in items]


def missing(stack: dict[str, dict[str, Entry]], require: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(kind, name) of what is required and not there, in the order it must be made."""
    return [(kind, name) for kind in KINDS for name in require.get(kind, []) if name not in stack.get(kind, {})]


def missing_message(absent: list[tuple[str, str]], region: str) -> str:
    """What is missing and the command that makes it; one command per role, in order."""
    lines = []
    for role in dict.fromkeys(KINDS[kind].role for kind, name in absent):
        things = [f"{KINDS[kind].label} '{name}'" for kind, name in absent if KINDS[kind].role == role]
        lines.append(f"{', '.join(things)} not found in {region}; run `ansible-playbook site.yml --tags {role}` first.")
    return "\n".join(lines)


def add_placeholders(
    stack: dict[str, dict[str, Entry]],
    absent: list[tuple[str, str]],
    stack_name: str,
    region: str,
    account_id: str | None,
) -> None:
    """Put entries with ``exists: false`` and well-formed, distinct ids where something required is missing."""
    counters: dict[str, int] = {}
    for kind, name in absent:
        index = counters.get(kind, 0)
        counters[kind] = index + 1
        entry_id = placeholder_id(kind, index, name, region, account_id)
        entry = {
            **copy.deepcopy(dict(KINDS[kind].fields)),
            "id": entry_id,
            "name": name,
            "exists": False,
            "tags": {"Name": name, "Stack": stack_name},
        }
        if "arn" in entry:
            entry["arn"] = entry_id
        stack.setdefault(kind, {})[name] = entry


def account_of(raw: dict[str, list[Raw]]) -> str | None:
    """Account id as the resources themselves tell it, which saves a call; None when none does."""
    for items in raw.values():
        for item in items:
            if item.get("OwnerId"):
                return item["OwnerId"]
    return None
