# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a thing is well, on its way or broken. Pure."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Entry, Stack

GOOD, PENDING, BAD, ABSENT = "good", "pending", "bad", "absent"
#: The states in which AWS calls a thing of these kinds usable.
_WELL = {
    "instances": {"running"},
    "load_balancers": {"active"},
    "nat_gateways": {"available"},
    "nat_interfaces": {"in-use"},
    "databases": {"available", "storage-optimization"},
    "replication_groups": {"available"},
    "certificates": {"ISSUED"},
    "vpc_endpoints": {"available"},
}
#: Worst first.
_ORDER = (BAD, PENDING, GOOD)


def health(kind: str, entry: Entry) -> str:
    """One of the states above, from what AWS says of an entry of a kind."""
    state = entry.get("state")
    if state in KINDS[kind].pending:
        return PENDING
    if kind in _WELL:
        return GOOD if state in _WELL[kind] else BAD
    return BAD if state in KINDS[kind].failed else GOOD


def targets(stack: Stack) -> dict[str, str]:
    """Server's id → what its load balancer says of it."""
    return {target["id"]: str(target.get("state")) for group in stack.get("target_groups", {}).values() for target in group.get("targets") or []}


def server_health(stack: Stack, entry: Entry) -> str:
    """A server's own state, and its load balancer's word where it stands behind one."""
    own = health("instances", entry)
    said = targets(stack).get(entry["id"])
    if own != GOOD or said in (None, "healthy", "unused"):
        return own
    return PENDING if said in ("initial", "draining") else BAD


def worst(states: list[str]) -> str:
    """The worst of several; absent where there are none."""
    return next((state for state in _ORDER if state in states), ABSENT)
