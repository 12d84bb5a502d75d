# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a stack sleeps, and what sleeping saves. Pure.

Nothing is written down about it: a stack sleeps when it has servers and none of them runs, as AWS says it at that moment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._prices.amounts import dollars, known
from ansible_collections.railyard.aws.plugins.module_utils._prices.cost import NOTHING, Cost, Entry
from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import Stack, billed
from ansible_collections.railyard.aws.plugins.module_utils._prices.table import HOURS

#: What sleep removes when it is told to, as the setting names it → the kinds that go. All else is stopped, or stays.
REMOVED: dict[str, tuple[str, ...]] = {
    # A NAT instance is what stands in for them.
    "nat_gateways": ("nat_gateways", "auto_scaling_groups"),
    "cache": ("replication_groups",),
    "load_balancer": ("load_balancers",),
}
_STOPPED = ("stopped", "stopping")
#: Days after which RDS starts a database that was stopped.
DATABASE_DAYS = 7


def _present(stack: Stack, kind: str) -> list[Entry]:
    return [entry for entry in stack.get(kind, {}).values() if entry.get("exists")]


def asleep(stack: Stack) -> bool:
    """Whether there are servers, and each of them is stopped or about to be."""
    servers = _present(stack, "instances")
    return bool(servers) and all(one.get("state") in _STOPPED for one in servers)


def databases_awake(stack: Stack) -> list[str]:
    """Names of the databases that are billed by the hour."""
    return sorted(str(one["name"]) for one in _present(stack, "databases") if one.get("state") not in _STOPPED)


def complete(stack: Stack, removes: list[str]) -> bool:
    """Whether sleep has nothing left to do."""
    loud = [one for one in _present(stack, "alarms") if (one.get("definition") or {}).get("actions_enabled")]
    left = [one for name in removes for kind in REMOVED[name] for one in _present(stack, kind)]
    awake = [one for one in _present(stack, "instances") if one.get("state") not in _STOPPED]
    return not (loud or left or awake or databases_awake(stack))


def put_to_sleep(stack: Stack, removes: list[str]) -> Stack:
    """The stack as it would be: servers and databases stopped, addresses of servers given back, and without what is removed."""
    gone = {kind for one in removes for kind in REMOVED[one]}
    kept = {kind: entries for kind, entries in stack.items() if kind not in gone}
    if "nat_gateways" in gone:
        addresses = {address for one in _present(stack, "nat_gateways") for address in one.get("allocation_ids") or []}
        addresses |= {one["allocation_id"] for one in _present(stack, "nat_interfaces") if one.get("allocation_id")}
        ended = {instance["instance_id"] for one in _present(stack, "auto_scaling_groups") for instance in one.get("instances") or []}
        kept["volumes"] = {name: one for name, one in stack.get("volumes", {}).items() if one.get("instance_id") not in ended}
        kept["elastic_ips"] = {name: one for name, one in stack.get("elastic_ips", {}).items() if one.get("id") not in addresses}
    for kind, change in (("instances", {"state": "stopped", "public_ip_address": None}), ("databases", {"state": "stopped"})):
        kept[kind] = {name: {**one, **change} for name, one in stack.get(kind, {}).items()}
    return kept


def total(stack: Stack, region: str) -> Cost:
    """What a stack costs a month."""
    return sum((cost for _kind, _entry, cost in billed(stack, region)), NOTHING)


def _by_kind(stack: Stack, region: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for kind, _entry, cost in billed(stack, region):
        found[kind] = found.get(kind, Decimal(0)) + cost.monthly
    return found


def _still_billed(stack: Stack, region: str) -> str:
    """What of it costs most, in words: ``Load balancer 25.04, Volume 3.84``."""
    dearest = sorted(_by_kind(stack, region).items(), key=lambda item: -item[1])
    return ", ".join(f"{KINDS[kind].label} {dollars(amount)}" for kind, amount in dearest[:4] if amount >= 1)


def stack_sleep(stack: Stack, region: str, removes: list[str]) -> dict[str, Any]:
    """What sleep would do to a stack and say of it; amounts are texts in US dollars a month."""
    then = put_to_sleep(stack, removes)
    now, later = total(stack, region), total(then, region)
    saved = now - later
    could = {one: total(then, region) - total(put_to_sleep(stack, [*removes, one]), region) for one in REMOVED if one not in removes}
    lines = [
        f"Awake it costs {known(now)} USD a month ({dollars(now.monthly / HOURS, 3)} an hour), asleep {known(later)}:"
        f" each month of sleep saves {dollars(saved.monthly)} USD, each day {dollars(saved.monthly / 365 * 12)}.",
    ]
    rest = _still_billed(then, region)
    lines += [f"Billed in its sleep, USD a month: {rest}."] if rest else []
    lines += [
        f"{one} stays and costs {dollars(cost.monthly)} USD a month; railyard_sleep_removes: [{', '.join([*removes, one])}] removes it, and wake makes another."
        for one, cost in could.items()
        if cost.monthly
    ]
    if _present(stack, "databases"):
        lines.append(
            f"AWS keeps a database stopped for {DATABASE_DAYS} days and then starts it itself, which is billed: put the stack to sleep again after that."
        )
    return {
        "asleep": asleep(stack),
        "databases_awake": databases_awake(stack),
        "complete": complete(stack, removes),
        "monthly": known(now),
        "asleep_monthly": known(later),
        "saves": dollars(saved.monthly),
        "lines": lines,
    }
