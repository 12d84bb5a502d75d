"""Budgets, with whom they tell."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._budgets import budgets

from tools.export.resource import Clients, Export, Literal, Raw, Resource, picked, present, tags


def _budget(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    told = [
        {
            "Notification": budgets.requested(one),
            "Subscribers": [budgets.subscriber(who) for who in budgets.subscribers(one)],
        }
        for one in raw["Notifications"]
    ]
    kept = picked(raw, "BudgetName", "BudgetType", "TimeUnit", "PlannedBudgetLimits", "CostTypes")
    limit = raw.get("BudgetLimit")
    # What it counts is a word of the bill, user:Stack$shop, and names nothing of the template.
    counted = Literal(raw["CostFilters"]) if raw.get("CostFilters") else None
    yield Resource(
        "Budgets::Budget",
        raw["Name"],
        present(
            Budget={
                **kept,
                **present(CostFilters=counted),
                **({"BudgetLimit": {"Amount": float(limit["Amount"]), "Unit": limit["Unit"]}} if limit else {}),
            },
            NotificationsWithSubscribers=told,
            ResourceTags=tags(raw.get("Tags")),
        ),
        {"Id": raw["Name"]},
    )


EXPORTS: dict[str, Export] = {"budgets": _budget}
