# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that the report's page shows, computed and escaped: its template puts it in place and decides nothing. Pure."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import without_secret
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import stack_cost
from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Stack, flows
from ansible_collections.railyard.aws.plugins.module_utils._report.layout import picture_of
from ansible_collections.railyard.aws.plugins.module_utils._report.moments import age, days_until, parsed, shown
from ansible_collections.railyard.aws.plugins.module_utils._report.network import existing
from ansible_collections.railyard.aws.plugins.module_utils._report.states import BAD, GOOD, PENDING
from ansible_collections.railyard.aws.plugins.module_utils._report.tiers import certificate_state, tiers
from ansible_collections.railyard.aws.plugins.module_utils._report.words import WORDS

#: Days after which a secret of the application that nobody changed is a worry.
OLD_SECRET = 365
#: What the alarms' states mean here.
_ALARM_STATES = {"OK": GOOD, "ALARM": BAD}


def escaped(value: Any) -> Any:
    """The same, with every text ready to stand in HTML, also between quotes; keys of dictionaries are ours."""
    if isinstance(value, dict):
        return {key: escaped(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [escaped(one) for one in value]
    return html.escape(value, quote=True) if isinstance(value, str) else value


def releases(stack: Stack, parameter: str) -> list[dict[str, str]]:
    """The releases of the record that a parameter holds, the current one first."""
    value = stack.get("parameters", {}).get(parameter, {}).get("value")
    try:
        kept = json.loads(value or "{}").get("releases") or []
    except (ValueError, AttributeError):
        return []
    return [
        {
            "name": str(one.get("name")),
            "revision": str(one.get("revision")),
            "source": without_secret(str(one.get("source"))),
            "at": shown(one.get("at")),
            "by": str(one.get("by") or ""),
        }
        for one in kept
        if isinstance(one, dict)
    ]


def _alarms(stack: Stack) -> list[dict[str, str]]:
    """Alarms, those that are raised first."""
    order = {"ALARM": 0, "INSUFFICIENT_DATA": 1}
    found = sorted(existing(stack, "alarms"), key=lambda one: (order.get(str(one.get("value")), 2), one["name"]))
    return [
        {
            "name": str(one["name"]),
            "value": str(one.get("value")),
            "state": _ALARM_STATES.get(str(one.get("value")), PENDING),
            "since": shown(one.get("since")),
            "description": str((one.get("definition") or {}).get("description") or ""),
        }
        for one in found
    ]


def _ages(stack: Stack, now: str) -> list[dict[str, Any]]:
    """Certificates with the days that they have left, then secrets with the days since they were made and changed."""
    rows: list[dict[str, Any]] = []
    for one in existing(stack, "certificates"):
        rows.append(
            {
                "kind": "certificate",
                "name": ", ".join(one.get("names") or [one["name"]]),
                "state": certificate_state(one, now),
                "made": shown(one.get("created")),
                "left": days_until(one.get("expires"), now),
                "days": None,
            }
        )
    for one in existing(stack, "secrets"):
        days = age(one.get("changed") or one.get("created"), now)
        rows.append(
            {
                "kind": "secret",
                "name": str(one["name"]),
                "state": PENDING if days is not None and days > OLD_SECRET else GOOD,
                "made": shown(one.get("created")),
                "left": None,
                "days": days,
            }
        )
    return rows


def _openness(stack: Stack) -> list[dict[str, Any]]:
    """Who reaches whom, by names."""
    groups = {one["id"]: str(one["name"]) for one in existing(stack, "security_groups")}
    holders: dict[str, list[str]] = {}
    for kind in ("load_balancers", "instances", "databases", "replication_groups"):
        for one in existing(stack, kind):
            for group in one.get("security_group_ids") or []:
                holders.setdefault(group, []).append(str(one.get("hostname") or one["name"]))
    return [
        {
            "direction": flow.direction,
            "peer": groups.get(flow.peer, flow.peer),
            "everybody": flow.to_everybody,
            "group": groups[flow.group],
            "holders": ", ".join(sorted(set(holders.get(flow.group, [])))),
            "ports": flow.port_list,
            "risky": flow.risky,
            "why": "; ".join(sorted(flow.descriptions)),
        }
        for flow in flows(stack)
    ]


def _resources(stack: Stack) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """Tags that everything has, and everything with the tags that it has beside them."""
    found = [(kind, one) for kind in KINDS for one in existing(stack, kind)]
    tagged = [set(one["tags"].items()) for kind, one in found if one["tags"]]
    common = set.intersection(*tagged) if tagged else set()
    rows = []
    for kind, one in found:
        own = sorted(item for item in one["tags"].items() if item not in common and item[0] != "Name")
        rows.append(
            {
                "kind": kind,
                "label": KINDS[kind].label,
                "name": str(one["name"]),
                "id": str(one["id"]),
                "tags": own,
                "untagged": bool(tagged) and bool(one["tags"]) and "Stack" not in one["tags"],
            }
        )
    return sorted(common), rows


def page_of(
    stack: Stack,
    name: str,
    region: str,
    account_id: str,
    now: str,
    *,
    url: str = "",
    proved: dict[str, Any] | None = None,
    release_parameter: str = "",
    language: str = "en",
) -> dict[str, Any]:
    """What the template shows.

    :param now: the moment of the look, ISO 8601
    :param proved: see ``tiers.tiers``
    :param language: ``en`` or ``ko``: the one that is shown first
    :raises ValueError: when the language is another
    """
    if language not in ("en", "ko"):
        raise ValueError(f"language is '{language}'; write en or ko.")
    common, resources = _resources(stack)
    rows = tiers(stack, proved or {}, now)
    return escaped(
        {
            "name": name,
            "region": region,
            "account_id": account_id,
            "looked_at": shown(now),
            "url": url,
            "language": language,
            "words": WORDS,
            "picture": picture_of(stack),
            "tiers": rows,
            "worries": [row for row in rows if row["state"] in (BAD, PENDING)],
            "releases": releases(stack, release_parameter),
            "alarms": _alarms(stack),
            "ages": _ages(stack, now),
            "open": _openness(stack),
            "cost": stack_cost(stack, region, parsed(now) or datetime.now(UTC)),
            "common_tags": common,
            "resources": resources,
        }
    )
