"""Budgets of the emulated API, through boto3, in this process: as AWS describes each action in its reference."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.api.access.resources import asked_of
from sandbox.api.request import ApiRequest
from sandbox.core.settings import Settings
from sandbox.services.budgets.overrides import budgets, notifications, tags

ACCOUNT, ARN = "123456789012", "arn:aws:budgets::123456789012:budget/shop"
WHICH = {"AccountId": ACCOUNT, "BudgetName": "shop"}
ACTUAL = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
OPS, ADA = ({"SubscriptionType": "EMAIL", "Address": f"{name}@example.com"} for name in ("ops", "ada"))
BUDGET = {
    "BudgetName": "shop",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
}


@pytest.fixture
def client(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    for module in (budgets, notifications, tags):
        if not getattr(module, "_applied", False):
            module.apply(Settings.from_environment({}))
            module._applied = True
    with mock_aws():
        yield boto3.client("budgets", "ap-northeast-1")


@pytest.fixture
def shop(client):
    told = [{"Notification": ACTUAL, "Subscribers": [OPS]}]
    kept = [{"Key": "Stack", "Value": "shop"}]
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=told, ResourceTags=kept)
    return client


def told(client) -> dict[float, list[str]]:
    found = client.describe_notifications_for_budget(**WHICH)["Notifications"]
    assert {one["ThresholdType"] for one in found} <= {"PERCENTAGE", "ABSOLUTE_VALUE"}
    return {
        one["Threshold"]: [
            who["Address"]
            for who in client.describe_subscribers_for_notification(
                **WHICH, Notification={key: value for key, value in one.items() if key != "NotificationState"}
            )["Subscribers"]
        ]
        for one in found
    }


def test_update_replaces_all_but_what_the_account_knows_itself(shop):
    before = shop.describe_budget(**WHICH)["Budget"]
    new = {**BUDGET, "TimeUnit": "DAILY", "BudgetLimit": {"Amount": "7", "Unit": "USD"}}
    shop.update_budget(AccountId=ACCOUNT, NewBudget={**new, "CostFilters": {"Region": ["ap-northeast-1"]}})
    shop.update_budget(AccountId=ACCOUNT, NewBudget=new)
    after = shop.describe_budget(**WHICH)["Budget"]
    assert (after["TimeUnit"], after["BudgetLimit"]["Amount"], after.get("CostFilters")) == ("DAILY", "7", None)
    assert after["TimePeriod"] == before["TimePeriod"] and told(shop) == {80.0: ["ops@example.com"]}


@pytest.mark.parametrize(
    ("budget", "code"),
    [
        ({**BUDGET, "BudgetName": "none"}, "NotFoundException"),
        ({key: value for key, value in BUDGET.items() if key != "BudgetLimit"}, "InvalidParameterException"),
    ],
)
def test_update_is_refused(shop, budget, code):
    with pytest.raises(ClientError, match=code):
        shop.update_budget(AccountId=ACCOUNT, NewBudget=budget)


def test_notification_is_one_of_its_kind_in_percent_where_nothing_is_said(shop):
    with pytest.raises(ClientError, match="DuplicateRecordException"):
        shop.create_notification(**WHICH, Notification={**ACTUAL, "ThresholdType": "PERCENTAGE"}, Subscribers=[ADA])
    shop.create_notification(**WHICH, Notification={**ACTUAL, "Threshold": 90.0}, Subscribers=[ADA])
    assert told(shop) == {80.0: ["ops@example.com"], 90.0: ["ada@example.com"]}
    shop.delete_notification(**WHICH, Notification={**ACTUAL, "Threshold": 90})
    assert told(shop) == {80.0: ["ops@example.com"]}
    with pytest.raises(ClientError, match="NotFoundException"):
        shop.delete_notification(**WHICH, Notification={**ACTUAL, "Threshold": 90})


def test_subscribers_come_change_and_go_and_the_last_takes_the_notification_along(shop):
    which = {**WHICH, "Notification": ACTUAL}
    shop.create_subscriber(**which, Subscriber=ADA)
    with pytest.raises(ClientError, match="DuplicateRecordException"):
        shop.update_subscriber(**which, OldSubscriber=OPS, NewSubscriber=ADA)
    shop.delete_subscriber(**which, Subscriber=OPS)
    shop.update_subscriber(**which, OldSubscriber=ADA, NewSubscriber=OPS)
    assert told(shop) == {80.0: ["ops@example.com"]}
    with pytest.raises(ClientError, match="NotFoundException"):
        shop.delete_subscriber(**which, Subscriber=ADA)
    shop.delete_subscriber(**which, Subscriber=OPS)
    assert told(shop) == {}
    with pytest.raises(ClientError, match="NotFoundException"):
        shop.create_subscriber(**which, Subscriber=ADA)


def test_tags_come_with_it_change_and_go_with_it(shop):
    def kept() -> dict[str, str]:
        return {one["Key"]: one["Value"] for one in shop.list_tags_for_resource(ResourceARN=ARN)["ResourceTags"]}

    assert kept() == {"Stack": "shop"}
    shop.tag_resource(ResourceARN=ARN, ResourceTags=[{"Key": "Role", "Value": "cloudwatch"}])
    shop.untag_resource(ResourceARN=ARN, ResourceTagKeys=["Stack", "other"])
    assert kept() == {"Role": "cloudwatch"}
    shop.delete_budget(**WHICH)
    with pytest.raises(ClientError, match="NotFoundException"):
        kept()
    shop.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    assert kept() == {}


@pytest.mark.parametrize(
    ("action", "parameters", "asked"),
    [
        ("DescribeBudgets", {"AccountId": ACCOUNT}, {("budgets:ViewBudget", ARN.replace("shop", "*"))}),
        ("DescribeSubscribersForNotification", WHICH, {("budgets:ViewBudget", ARN)}),
        ("UpdateBudget", {"AccountId": ACCOUNT, "NewBudget": BUDGET}, {("budgets:ModifyBudget", ARN)}),
        ("DeleteBudget", WHICH, {("budgets:ModifyBudget", ARN)}),
        ("ListTagsForResource", {"ResourceARN": ARN}, {("budgets:ListTagsForResource", ARN)}),
        (
            "CreateBudget",
            {"Budget": BUDGET, "ResourceTags": [{"Key": "a", "Value": "b"}]},
            {("budgets:ModifyBudget", ARN), ("budgets:TagResource", ARN)},
        ),
    ],
)
def test_policies_are_asked_in_the_words_that_they_have(action, parameters, asked):
    found = asked_of(ApiRequest("budgets", action, parameters), "ap-northeast-1", ACCOUNT)
    assert {(one.action, one.resource) for one in found} == asked
