# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack costs: now, an hour and a month, and since it was made. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._prices.amounts import dollars, known
from ansible_collections.railyard.aws.plugins.module_utils._prices.cost import NOTHING, Cost, Entry, cost_of
from ansible_collections.railyard.aws.plugins.module_utils._prices.table import DATE, HOURS, SOURCE, age_warning
from ansible_collections.railyard.aws.plugins.module_utils._prices.uses import uses

Stack = dict[str, dict[str, Entry]]


def _hours_since(moment: Any, now: datetime) -> Decimal | None:
    try:
        made = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    seconds = (now - (made if made.tzinfo else made.replace(tzinfo=UTC))).total_seconds()
    return Decimal(max(int(seconds), 0)) / 3600


def billed(stack: Stack, region: str) -> Iterator[tuple[str, Entry, Cost]]:
    """Everything that exists and is billed. The address of a server that is an Elastic IP is billed once."""
    fixed = {one.get("public_ip") for one in stack.get("elastic_ips", {}).values()}
    for kind in KINDS:
        for _name, entry in sorted(stack.get(kind, {}).items()):
            cost = cost_of(kind, {**entry, "elastic": entry.get("public_ip_address") in fixed}, region) if entry.get("exists") else None
            if cost is not None:
                yield kind, entry, cost


def budgets(stack: Stack) -> list[dict[str, str]]:
    """What was agreed that it may cost, beside what AWS itself has counted and expects; empty where AWS has not counted yet."""

    def text(amount: Any) -> str:
        return "" if amount is None else dollars(Decimal(str(amount)))

    return [
        {"name": name, "limit": text(one["limit"]), "actual": text(one.get("actual_spend")), "forecast": text(one.get("forecasted_spend"))}
        for name, one in sorted(stack.get("budgets", {}).items())
        if one.get("exists") and one.get("limit") is not None
    ]


def stack_cost(stack: Stack, region: str, now: datetime) -> dict[str, Any]:
    """Rows of what is billed, the dearest kinds first, and totals; amounts are texts in US dollars.

    What AWS tells no moment of making for counts in ``undated``, dollars a month, and not in ``so_far``.
    """
    rows: dict[str, dict[str, Any]] = {}
    total, so_far, undated = NOTHING, Decimal(0), Decimal(0)
    for kind, entry, cost in billed(stack, region):
        row = rows.setdefault(kind, {"kind": kind, "label": KINDS[kind].label, "number": 0, "cost": NOTHING})
        row["number"] += 1
        row["cost"] += cost
        total += cost
        hours = _hours_since(entry.get("created"), now)
        if hours is None:
            undated += cost.monthly
        else:
            so_far += cost.monthly / HOURS * hours
    ordered = sorted(rows.values(), key=lambda row: -row["cost"].monthly)
    return {
        "rows": [
            {**row, "cost": None, "monthly": known(row["cost"]), "unknown": list(row["cost"].unknown)}
            for row in ordered
            if row["cost"].monthly or row["cost"].unknown
        ],
        "monthly": known(total),
        "hourly": dollars(total.monthly / HOURS, 3),
        "so_far": dollars(so_far),
        "undated": dollars(undated),
        "by_use": uses(total.by_use, region),
        "unknown": list(total.unknown),
        "budgets": budgets(stack),
        "region": region,
        "date": DATE.isoformat(),
        "source": SOURCE,
        "warning": age_warning(now.date()),
    }


def cost_lines(found: dict[str, Any]) -> list[str]:
    """The same for people, the total below the rows."""
    if not found["rows"] and not found["by_use"]["en"]:
        return ["Nothing of the stack is billed."]
    cells = [(f"{row['number']} × {row['label']}", row["monthly"]) for row in found["rows"]]
    cells.append(("In all, USD a month", found["monthly"]))
    width, digits = max(len(cell[0]) for cell in cells), max(len(cell[1]) for cell in cells)
    lines = [f"{text:<{width}}  {amount:>{digits}}" for text, amount in cells]
    lines.append(f"That is {found['hourly']} USD an hour. Since it was made it has cost about {found['so_far']} USD.")
    lines.append(f"Not counted in that: what AWS gives no date of making, {found['undated']} USD a month. A server counts from its last start.")
    lines += [f"Billed by use, in USD: {found['by_use']['en']}."] if found["by_use"]["en"] else []
    lines += [f"Without a price: {'; '.join(found['unknown'])}."] if found["unknown"] else []
    for one in found["budgets"]:
        counted = f"AWS has counted {one['actual']} USD of it this month" if one["actual"] else "AWS has counted nothing yet"
        expected = f", and expects {one['forecast']}" if one["forecast"] else ""
        lines.append(f"Budget {one['name']}: {one['limit']} USD a month. {counted}{expected}.")
    lines.append(f"Prices of {found['region']}: {found['source']} on {found['date']}, without taxes, free tiers and discounts.")
    return [*lines, found["warning"]] if found["warning"] else lines
