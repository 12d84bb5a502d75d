"""A plan as people read it on GitHub. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

#: Lines of a table; GitHub takes 65536 characters for a comment.
MOST = 200
_LONGEST = 150
#: In which order, and what a change is called when there are several.
_ACTIONS = ("create", "change", "replace", "delete")

Record = Mapping[str, Any]


def marker(kind: str, stack: str, region: str) -> str:
    """By what CI knows again what it wrote about a stack. Nobody sees it."""
    return f"<!-- railyard:{kind}:{stack}:{region} -->"


def code(text: str) -> str:
    """A name as code, in which nothing is a mention, a link or a column."""
    plain = re.sub(r"[^\S ]+", " ", str(text)).replace("`", "'").replace("|", "\\|")
    return f"`{plain[:_LONGEST]}`"


def dollars(amount: str | None) -> str:
    """What a change adds a month, as a plan has it; nothing for what is not billed, or has no price in the table."""
    return "" if amount is None else _shown(_number(amount))


def _number(amount: str) -> Decimal:
    return Decimal(amount.replace(",", ""))


def _shown(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount):,.2f}"


def counts(records: Sequence[Record]) -> str:
    found = {action: sum(one["action"] == action for one in records) for action in _ACTIONS}
    return ", ".join(f"{number} to {action}" for action, number in found.items() if number)


def table(records: Sequence[Record]) -> str:
    """A line for each change, the first of many, and what all of them add."""
    lines = ["| | what | name | $ a month |", "|---|---|---|---:|"]
    lines += [
        f"| {one['action']} | {code(one['what'])} | {code(one['name'])} | {dollars(one.get('monthly'))} |"
        for one in records[:MOST]
    ]
    if len(records) > MOST:
        lines.append(f"| | … and {len(records) - MOST} more, in the log | | |")
    return "\n".join(lines)


def price(records: Sequence[Record]) -> str:
    priced = [_number(one["monthly"]) for one in records if one.get("monthly") is not None]
    if not priced:
        return "Nothing that has a price in railyard's table changes."
    total = _shown(sum(priced, Decimal(0)))
    return f"**{total} a month** by the dated list prices of railyard, without traffic and taxes."


def plan(records: Sequence[Record], stack: str, region: str, url: str) -> str:
    """The comment of a pull request about a plan."""
    head = [marker("plan", stack, region), f"### What this would change: {code(stack)} in {code(region)}", ""]
    body = [f"{counts(records)}.", "", table(records), "", price(records)] if records else ["Nothing would change."]
    return "\n".join([*head, *body, *_end(url)])


def failed(stack: str, region: str, url: str) -> str:
    """The comment about a plan that could not be made. Why is in the log, which its readers may see."""
    head = [marker("plan", stack, region), f"### No plan could be made: {code(stack)} in {code(region)}", ""]
    return "\n".join([*head, "The log of the run says why, and what mends it.", *_end(url)])


def drift(records: Sequence[Record], stack: str, region: str, url: str) -> str:
    """The issue about what is no more as it is described."""
    return "\n".join(
        [
            marker("drift", stack, region),
            f"What stands is not as it is described: {counts(records)}.",
            "",
            table(records),
            "",
            "Was it changed by hand, `make site` brings it back; is it meant so, write it in the settings. This issue "
            "is brought up to "
            "date by each nightly run, and closed by the first that finds nothing.",
            *_end(url),
        ]
    )


def _end(url: str) -> list[str]:
    return ["", f"[The run]({url})"] if url else []
