# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``stack_info`` answers of the entries that were found, without asking AWS anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory import picture
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError


@dataclass(frozen=True)
class Found:
    """What AWS told: everything of each kind, in the order of ids, and where it is."""

    entries: dict[str, list[Entry]]
    zones: list[str]
    region: str
    account_id: str


def answer(
    found: Found,
    stack: str,
    require: dict[str, list[str]],
    *,
    kept: dict[str, list[Entry]],
    surplus: list[dict[str, str]],
    check_mode: bool,
) -> dict[str, Any]:
    """What the module returns; ``kept`` is what is left of the entries without ``surplus``.

    Raises ResourceError when something required is missing, unless in check mode.
    """
    named = picture.by_name(kept)
    absent = picture.missing(named, require)
    if absent:
        if not check_mode:
            raise ResourceError(picture.missing_message(absent, found.region))
        picture.add_placeholders(named, absent, stack, found.region, found.account_id)
    return {
        "stack": named,
        "resources": picture.resources(found.entries),
        "missing": [{"kind": kind, "name": name, "role": KINDS[kind].role} for kind, name in absent],
        "surplus": surplus,
        "zones": found.zones,
        "region": found.region,
        "account_id": found.account_id,
    }
