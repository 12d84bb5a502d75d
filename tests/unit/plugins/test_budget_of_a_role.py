"""The role cloudwatch asks the module for a budget only where stack_info tells of another one than is wanted."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import budgets_budget, stack_info
from role_variables import computed

from sandbox.core.settings import Settings
from sandbox.services.budgets.overrides import budgets, notifications, tags

BASE: dict[str, Any] = {
    "cloudwatch_stack": "shop",
    "cloudwatch_region": "ap-northeast-1",
    "cloudwatch_tags": {"Team": "ops"},
    "cloudwatch_emails": ["ops@example.com", "ada@example.com"],
    "cloudwatch_budget_monthly": "99.50",
}
NAMES = ["__cloudwatch_budget_wanted", "__cloudwatch_budget_differs"]


@pytest.fixture
def account(aws):
    for module in (budgets, notifications, tags):
        if not getattr(module, "_applied", False):
            module.apply(Settings.from_environment({}))
            module._applied = True
    return boto3.client("budgets")


def test_what_was_made_as_wanted_does_not_differ_and_what_is_written_otherwise_does(account, run_module):
    look = {"stack": {"budgets": {}}, "account_id": "123456789012"}
    ((wanted, differs),) = (
        tuple(one.values()) for one in computed("cloudwatch", NAMES, [{**BASE, "__cloudwatch_gathered": look}])
    )
    assert differs and wanted["limit"] == 99.5 and wanted["cost_filters"] == {"TagKeyValue": ["user:Stack$shop"]}
    assert [(one["type"], one["threshold"], one["emails"]) for one in wanted["notifications"]] == [
        ("ACTUAL", 80.0, ["ada@example.com", "ops@example.com"]),
        ("FORECASTED", 100.0, ["ada@example.com", "ops@example.com"]),
    ]
    assert run_module(budgets_budget, name="shop-ap-northeast-1", **wanted)["changed"]
    found = {"__cloudwatch_gathered": run_module(stack_info, stack="shop", kinds=["budgets"])}
    others = [
        {},
        {"cloudwatch_budget_monthly": 99.5},
        {"cloudwatch_budget_emails": ["ada@example.com", "ops@example.com"]},
        {"cloudwatch_budget_monthly": 100},
        {"cloudwatch_budget_emails": ["ops@example.com"]},
        {"cloudwatch_budget_actual_percent": 85},
        {"cloudwatch_budget_forecast_percent": 110},
        {"cloudwatch_tags": {}},
        {"cloudwatch_budget_name": "shop-costs-ap-northeast-1"},
    ]
    differ = [
        one["__cloudwatch_budget_differs"]
        for one in computed("cloudwatch", NAMES, [{**BASE, **found, **one} for one in others])
    ]
    assert differ == [False] * 3 + [True] * 6


def test_without_addresses_of_its_own_those_of_the_alarms_are_told():
    look = {"stack": {"budgets": {}}, "account_id": "123456789012"}
    own = {"cloudwatch_budget_emails": ["money@example.com"]}
    cases = [{**BASE, "__cloudwatch_gathered": look, **more} for more in ({}, own)]
    told = [
        one["__cloudwatch_budget_wanted"]["notifications"][0]["emails"]
        for one in computed("cloudwatch", NAMES[:1], cases)
    ]
    assert told == [["ada@example.com", "ops@example.com"], ["money@example.com"]]
