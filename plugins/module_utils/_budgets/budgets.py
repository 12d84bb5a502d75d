# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Budgets of an account as AWS tells them, and as people and roles write them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Raw = dict[str, Any]
Notification = dict[str, Any]
Subscriber = tuple[str, str]

#: How AWS says that these credentials may not see the bill, and that the account's root user lets nobody but itself.
DENIED = ("AccessDeniedException", "AccessDenied")
#: What AWS answers with a budget, and does not take back.
_TOLD = ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")
#: What else says how much may be spent; a budget has one of them.
_OTHER_LIMITS = ("PlannedBudgetLimits", "AutoAdjustData")


def arn_of(account: str, name: str, partition: str = "aws") -> str:
    """ARN of a budget, which is the account's and no region's."""
    return f"arn:{partition}:budgets::{account}:budget/{name}"


def amount(spend: Mapping[str, Any] | None) -> float | None:
    """An amount of money; None where AWS does not say it: a forecast of a new budget."""
    return float(spend["Amount"]) if spend and spend.get("Amount") is not None else None


def written(number: float) -> str:
    """A number as AWS takes amounts: digits and a point, never an exponent."""
    return f"{number:.2f}".removesuffix(".00")


def notification(raw: Mapping[str, Any], subscribers: list[Mapping[str, Any]]) -> Notification:
    """A notification as the module's option has it."""
    by_type = {kind: sorted(one["Address"] for one in subscribers if one["SubscriptionType"] == kind) for kind in ("EMAIL", "SNS")}
    return {
        "type": raw["NotificationType"],
        "comparison": raw["ComparisonOperator"],
        "threshold": float(raw["Threshold"]),
        "threshold_type": raw.get("ThresholdType") or "PERCENTAGE",
        "emails": by_type["EMAIL"],
        "topics": by_type["SNS"],
    }


def identity(one: Notification) -> tuple[str, str, float, str]:
    """What AWS tells one notification of a budget by: all but whom it goes to."""
    return one["type"], one["comparison"], float(one["threshold"]), one["threshold_type"]


def requested(one: Notification) -> Raw:
    """A notification as AWS takes it, without whom it goes to."""
    return {
        "NotificationType": one["type"],
        "ComparisonOperator": one["comparison"],
        "Threshold": float(one["threshold"]),
        "ThresholdType": one["threshold_type"],
    }


def subscribers(one: Notification) -> list[Subscriber]:
    """Type and address of everybody whom a notification goes to."""
    return [("EMAIL", address) for address in one["emails"]] + [("SNS", address) for address in one["topics"]]


def subscriber(one: Subscriber) -> Raw:
    """One of them as AWS takes it."""
    return {"SubscriptionType": one[0], "Address": one[1]}


def in_order(notifications: list[Notification]) -> list[Notification]:
    """Notifications and their addresses in the one order in which they are compared."""
    ordered = [{**one, "threshold": float(one["threshold"]), "emails": sorted(one["emails"]), "topics": sorted(one["topics"])} for one in notifications]
    return sorted(ordered, key=identity)


def filters(raw: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Filters of costs in the one order in which they are compared."""
    return {key: sorted(values) for key, values in sorted(raw.items())}


def described(raw: Mapping[str, Any]) -> Raw:
    """A budget, with ``Notifications`` beside it as ``notification`` has them, as the module's options have it."""
    spend, limit = raw.get("CalculatedSpend") or {}, raw.get("BudgetLimit") or {}
    return {
        "limit": amount(limit),
        "currency": limit.get("Unit"),
        "time_unit": raw["TimeUnit"],
        "cost_filters": filters(raw.get("CostFilters") or {}),
        "notifications": in_order(raw.get("Notifications") or []),
        "actual_spend": amount(spend.get("ActualSpend")),
        "forecasted_spend": amount(spend.get("ForecastedSpend")),
    }


def changed(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Raw:
    """A budget as AWS takes it anew: an update replaces all of it, so what nobody asked about stays as it was.

    :arg found: as AWS tells it; empty for one that is to be made.
    :arg wanted: the options that are given.
    """
    budget: Raw = {key: value for key, value in found.items() if key not in _TOLD and key[:1].isupper()}
    if wanted.get("limit") is not None:
        budget = {key: value for key, value in budget.items() if key not in _OTHER_LIMITS}
        budget["BudgetLimit"] = {"Amount": written(wanted["limit"]), "Unit": wanted["currency"]}
    if wanted.get("time_unit"):
        budget["TimeUnit"] = wanted["time_unit"]
    if wanted.get("cost_filters") is not None:
        # AWS takes one form of filter or the other.
        budget = {key: value for key, value in budget.items() if key not in ("FilterExpression", "Metrics")}
        budget["CostFilters"] = filters(wanted["cost_filters"])
    return budget
