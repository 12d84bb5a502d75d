# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one thing costs a month, from an entry of ``stack_info``. Pure.

What has no price in the table is said, and never counts as nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._prices.table import HOURS, PRICES, VALKEY, price

Entry = dict[str, Any]
_GIB = Decimal(2**30)


@dataclass(frozen=True)
class Cost:
    """Dollars a month, what is billed by use beside them (names in ``uses.USES``), and what of it has no price."""

    monthly: Decimal = Decimal(0)
    by_use: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.monthly + other.monthly, self._union(self.by_use, other.by_use), self._union(self.unknown, other.unknown))

    def __sub__(self, other: Cost) -> Cost:
        """What one adds to the other. Two that lack the same price differ by nothing that is known."""
        used = tuple(one for one in self.by_use if one not in other.by_use)
        return Cost(self.monthly - other.monthly, used, self._union(self.unknown, other.unknown) if self.unknown != other.unknown else ())

    @staticmethod
    def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*one, *other)))


NOTHING = Cost()


def _lacking(what: str, region: str) -> Cost:
    if region not in PRICES:
        return Cost(unknown=(f"the table has no prices of {region}, only of {', '.join(sorted(PRICES))}",))
    return Cost(unknown=(f"the table has no price of {what}",))


def _months(what: str, region: str, number: Decimal | int = 1) -> Cost:
    found = price(what, region)
    return _lacking(what, region) if found is None else Cost(found * number)


def _hours(what: str, region: str, number: Decimal | int = 1) -> Cost:
    return _months(what, region, HOURS * number)


def _use(what: str, region: str) -> Cost:
    """What is billed by use, by its name in ``uses.USES``."""
    return _lacking(what, region) if price(what, region) is None else Cost(by_use=(what,))


def _volume(volume: Entry, region: str) -> Cost:
    kind, size = volume.get("type") or "gp3", volume.get("size")
    if kind != "gp3" or not size:
        return _lacking(f"a volume of type {kind} and {size or 'unknown'} GiB", region)
    return _months("volume_gp3", region, int(size))


def _server(entry: Entry, region: str) -> Cost:
    """Its address too, unless that is an Elastic IP, which is a thing of its own; volumes where the entry brings them."""
    cost = NOTHING
    if entry.get("state") not in ("stopped", "stopping"):
        cost += _hours(str(entry.get("instance_type") or "an unknown type of server"), region)
    if (entry.get("public_ip_address") or entry.get("public")) and not entry.get("elastic"):
        cost += _hours("public_ipv4", region)
    for volume in entry.get("volumes") or []:
        cost += _volume(volume, region)
    return cost


def _scaling_group(entry: Entry, region: str) -> Cost:
    """Its instances; their volumes and addresses are things of their own, once they are there."""
    if entry.get("instance_type"):
        return _server(entry, region)
    kinds = [str(one.get("instance_type") or "an unknown type of server") for one in entry.get("instances") or []]
    return sum((_hours(kind, region) for kind in kinds), NOTHING)


def _balancer(entry: Entry, region: str) -> Cost:
    cost = _hours("load_balancer", region) + _use("load_balancer_lcu", region)
    if entry.get("scheme", "internet-facing") == "internet-facing":
        cost += _hours("public_ipv4", region, len(entry.get("subnet_ids") or []))
    return cost


def _database(entry: Entry, region: str) -> Cost:
    engine, copies = entry.get("engine") or "mysql", 2 if entry.get("multi_az") else 1
    if engine not in ("mysql", "mariadb"):
        return _lacking(f"a database of {engine}", region)
    storage, size = entry.get("storage_type") or "gp3", int(entry.get("allocated_storage") or 0)
    cost = (
        _months("database_storage", region, size * copies)
        if storage in ("gp2", "gp3") and size
        else _lacking(f"{size} GiB of {storage} for a database", region)
    )
    if entry.get("state") != "stopped":
        cost += _hours(str(entry.get("instance_class") or "an unknown class of database"), region, copies)
    return cost


def _nodes(entry: Entry) -> int:
    """Nodes of a cache: of its shards, or as AWS names them."""
    shards, replicas = int(entry.get("num_node_groups") or 0), entry.get("replicas_per_node_group")
    if isinstance(replicas, list):
        return sum(int(one) + 1 for one in replicas)
    if shards and replicas is not None:
        return shards * (int(replicas) + 1)
    return len(entry.get("member_clusters") or []) or max(shards, 1)


def _cache(entry: Entry, region: str) -> Cost:
    cost = _hours(str(entry.get("node_type") or "an unknown type of cache node"), region, _nodes(entry))
    return Cost(cost.monthly * VALKEY, cost.by_use, cost.unknown) if entry.get("engine") == "valkey" else cost


def _endpoint(entry: Entry, region: str) -> Cost:
    if (entry.get("type") or "Gateway") == "Gateway":
        return NOTHING
    return _hours("vpc_endpoint", region, max(len(entry.get("subnet_ids") or []), 1)) + _use("vpc_endpoint_gb", region)


def _log_group(entry: Entry, region: str) -> Cost:
    stored = Decimal(int(entry.get("stored_bytes") or 0)) / _GIB
    return _months("log_stored", region, stored) + _use("log_ingested_gb", region)


def _flat(what: str) -> Callable[[Entry, str], Cost]:
    return lambda _entry, region: _months(what, region)


def _snapshot(_entry: Entry, _region: str) -> Cost:
    return Cost(by_use=("snapshots",))


#: Kinds that are billed.
_BILLED: dict[str, Callable[[Entry, str], Cost]] = {
    "nat_gateways": lambda _entry, region: _hours("nat_gateway", region) + _use("nat_gateway_gb", region),
    "elastic_ips": lambda _entry, region: _hours("public_ipv4", region),
    "instances": _server,
    "auto_scaling_groups": _scaling_group,
    "volumes": _volume,
    "load_balancers": _balancer,
    "vpc_endpoints": _endpoint,
    "databases": _database,
    "replication_groups": _cache,
    "db_snapshots": _snapshot,
    "cache_snapshots": _snapshot,
    "hosted_zones": _flat("hosted_zone"),
    "secrets": _flat("secret"),
    "alarms": _flat("alarm"),
    "dashboards": _flat("dashboard"),
    "log_groups": _log_group,
    "buckets": lambda _entry, region: _use("bucket_gb", region),
    "mail_identities": lambda _entry, region: _use("mail_thousand", region),
    # Bought by the year, each ending at its own price.
    "Domain": lambda _entry, _region: Cost(unknown=("a domain's price is shown when it is bought",)),
}


def cost_of(kind: str, entry: Entry, region: str) -> Cost | None:
    """What a thing of a kind costs; None where AWS bills nothing for it."""
    billed = _BILLED.get(kind)
    return billed(entry, region) if billed else None
