# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which records a stack's zones are to have, and what is to be done for that. Pure.

Records are dictionaries as ``stack_info`` describes those of a zone: ``name``, ``type``, ``values``, ``ttl``,
``alias_zone_id`` and ``identifier``.
"""

from __future__ import annotations

import re
from typing import Any

Record = dict[str, Any]
Entry = dict[str, Any]

#: Types that answer where a host is: one name has at most one kind of them.
PLACES = ("A", "AAAA", "CNAME")


def plain(name: str) -> str:
    """A name in small letters, without its final dot."""
    return name.rstrip(".").lower()


def record(name: str, kind: str, values: list[str], ttl: int | None, alias_zone_id: str | None = None) -> Record:
    return {"name": plain(name), "type": kind, "values": values, "ttl": ttl, "alias_zone_id": alias_zone_id, "identifier": None}


def site_records(stack: dict[str, dict[str, Entry]], balancer: str, names: list[str]) -> list[Record]:
    """Each name as an alias of a load balancer; none while that does not exist."""
    found = stack.get("load_balancers", {}).get(balancer)
    if not found or not found["dns_name"]:
        return []
    return [record(name, "A", [plain(found["dns_name"])], None, found["hosted_zone_id"]) for name in dict.fromkeys(names) if name]


def host_records(stack: dict[str, dict[str, Entry]], hosts: dict[str, str], address: str, ttl: int) -> list[Record]:
    """Each name at the address of the server with that host name; ``address`` is the attribute that has it."""
    known = {entry["hostname"]: entry.get(address) for entry in stack.get("instances", {}).values()}
    return [record(name, "A", [value], ttl) for name, host in sorted(hosts.items()) if (value := known.get(host))]


def endpoint_records(endpoints: dict[str, str | None], ttl: int) -> list[Record]:
    """Each name as another name of an endpoint; one without an endpoint is left out."""
    return [record(name, "CNAME", [plain(endpoint)], ttl) for name, endpoint in sorted(endpoints.items()) if endpoint]


def _comparable(one: Record) -> Record:
    # Route 53 keeps a CNAME as it was written; with the dot or without it means the same.
    return {**one, "values": [plain(value) for value in one["values"]] if one["type"] == "CNAME" else one["values"]}


def changes(existing: list[Record], wanted: list[Record], owned: str) -> dict[str, list[Record]]:
    """``remove`` and then ``set``, so that the zone has what is wanted.

    Removed is what stands in the way (another type of place at a wanted name), and of the names that the regular
    expression ``owned`` matches as a whole, what is not wanted.
    """
    keys = {(one["name"], one["type"]) for one in wanted}
    names = {one["name"] for one in wanted}
    present = [_comparable(one) for one in existing]
    return {
        "remove": [
            one
            for one in existing
            if one["type"] in PLACES and (one["name"], one["type"]) not in keys and (one["name"] in names or (owned and re.fullmatch(owned, one["name"])))
        ],
        "set": [one for one in wanted if one not in present],
    }
