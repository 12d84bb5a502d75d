# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking AWS for everything that is the stack's, all kinds side by side."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, filters
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Clients, Kind, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: Below botocore's ten pooled connections per client.
WORKERS = 8


def read_zones(ec2: Any) -> list[str]:
    """Names of the region's availability zones that are open to this account, sorted."""
    which = filters(**{"state": ["available"], "zone-type": ["availability-zone"]})
    return sorted(zone["ZoneName"] for zone in read_all(ec2, "describe_availability_zones", "AvailabilityZones", Filters=which))


def asked_names(named: dict[str, list[str]], require: dict[str, list[str]]) -> dict[str, list[str]]:
    """Names by kind that are asked for by themselves: of kinds whose list may lack what was just made."""
    return {kind: sorted({*named.get(kind, []), *require.get(kind, [])} - {""}) for kind in {**named, **require} if KINDS[kind].find}


def read_kind(kind: Kind, client: Any, scope: Scope, names: list[str]) -> list[Raw]:
    """The stack's resources of one kind, those of ``names`` included that its list does not have yet."""
    found = kind.read(client, scope)
    if kind.find is None:
        return found
    listed = {kind.entry(raw)["name"] for raw in found}
    return found + kind.find(client, scope, [name for name in names if name not in listed])


def read_stack(client: Clients, stack: str, kinds: list[str], region: str, named: dict[str, list[str]] | None = None) -> tuple[dict[str, list[Raw]], list[str]]:
    """Raw resources by kind, and the region's zones. ``named`` are names by kind that are known beforehand.

    Each service has one client, made here in the calling thread (making clients is neither cheap nor safe in threads) and
    shared by all threads (using them is).
    """
    clients = {name: client(name) for name in dict.fromkeys(["ec2", *(KINDS[kind].client for kind in kinds)])}
    if any(KINDS[kind].by_account for kind in kinds):
        clients["sts"] = client("sts")
    inside = [kind for kind in kinds if KINDS[kind].in_vpc]
    # What is made last takes the longest chains of calls, so it is asked first.
    outside = [kind for kind in reversed(kinds) if kind != "vpc" and kind not in inside]
    # What waits for the VPCs is asked after them and after all others, so no thread waits that could ask.
    order = [*(["vpc"] if "vpc" in kinds or inside else []), *outside, *inside]
    reads: dict[str, Future[list[Raw]]] = {}
    scope = Scope(stack, region, lambda: [vpc["VpcId"] for vpc in reads["vpc"].result()], lambda: ask(clients["sts"], "get_caller_identity")["Account"])
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        zones = pool.submit(read_zones, clients["ec2"])
        for kind in order:
            asked = KINDS[kind]
            reads[kind] = pool.submit(read_kind, asked, clients[asked.client], scope, (named or {}).get(kind, []))
        return {kind: reads[kind].result() for kind in kinds}, zones.result()
