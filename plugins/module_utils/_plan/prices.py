# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the changes of a plan add to the bill: from what exists, and from what modules were asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._prices.amounts import added, dollars
from ansible_collections.railyard.aws.plugins.module_utils._prices.cost import NOTHING, Cost, cost_of
from ansible_collections.railyard.aws.plugins.module_utils._prices.table import DATE, HOURS, SOURCE, age_warning
from ansible_collections.railyard.aws.plugins.module_utils._prices.uses import uses

Entry = dict[str, Any]


class PriceTag:
    """Remembers what exists and what is wanted, by kind and name."""

    def __init__(self) -> None:
        self.region = ""
        self._existing: dict[tuple[str, str], Entry] = {}
        self._wanted: dict[tuple[str, str], Entry] = {}

    def exists(self, kind: str, entry: Entry) -> None:
        """Note an entry of a look."""
        self._existing[(kind, entry["name"])] = entry

    def wants(self, kind: str, name: str, entry: Entry) -> None:
        """Note what a call said of a thing; of several calls each may say a part."""
        self._wanted.setdefault((kind, name), {}).update(entry)

    def delta(self, action: str, kind: str, name: str) -> Cost | None:
        """What a change adds to the bill of a month; None where AWS bills nothing for such a thing."""
        before, wanted = self._existing.get((kind, name)), self._wanted.get((kind, name), {})
        if cost_of(kind, {}, self.region) is None:
            return None
        if action == "change":
            # What the thing does not have, such as the volumes of a server's launch, is of no account any more.
            after = {**(before or {}), **{key: value for key, value in wanted.items() if key in (before or {})}}
            return self._cost(kind, after) - self._cost(kind, before) if before else NOTHING
        made = self._cost(kind, wanted) if action in ("create", "replace") else NOTHING
        gone = self._cost(kind, self._whole(kind, before)) if action in ("delete", "replace") and before else NOTHING
        return made - gone

    def _cost(self, kind: str, entry: Entry) -> Cost:
        return cost_of(kind, entry, self.region) or NOTHING

    def _whole(self, kind: str, entry: Entry) -> Entry:
        """A server with the volumes that go with it, and whether its address stays."""
        if kind != "instances":
            return entry
        volumes = [one for (of, _name), one in self._existing.items() if of == "volumes" and one.get("instance_id") == entry["id"]]
        fixed = {one.get("public_ip") for (of, _name), one in self._existing.items() if of == "elastic_ips"}
        return {**entry, "volumes": volumes, "elastic": entry.get("public_ip_address") in fixed}


def amount(cost: Cost | None) -> str:
    """What stands at the end of a line: ``+45.26``, ``-3.65``, ``?``, ``by use``, or nothing."""
    if cost is None:
        return ""
    if cost.monthly or cost.unknown:
        return added(cost)
    return "by use" if cost.by_use else ""


def total_lines(costs: list[Cost | None], region: str, today: date) -> Iterator[str]:
    """What all changes add, for people."""
    billed = [one for one in costs if one is not None and amount(one)]
    if not billed:
        yield "  Nothing of it changes the bill."
        return
    total = sum(billed, NOTHING)
    yield f"  {added(total)} USD a month, {dollars(total.monthly / HOURS, 3)} an hour, at prices of {region}: {SOURCE} on {DATE}"
    if total.by_use:
        yield f"  Billed by use, in USD: {uses(total.by_use, region)['en']}"
    if total.unknown:
        yield f"  Without a price: {'; '.join(total.unknown)}"
    warning = age_warning(today)
    if warning:
        yield f"  {warning}"
