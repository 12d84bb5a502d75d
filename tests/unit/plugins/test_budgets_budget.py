"""The module of budgets, and what stack_info tells of them."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import budgets_budget, stack_info
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sandbox.core.settings import Settings
from sandbox.services.budgets.overrides import budgets, notifications, tags

ACCOUNT, NAME = "123456789012", "shop-ap-northeast-1"
ARN = f"arn:aws:budgets::{ACCOUNT}:budget/{NAME}"
WHICH = {"AccountId": ACCOUNT, "BudgetName": NAME}
FILTERS = {"TagKeyValue": ["user:Stack$shop"]}
TAGS = {"Stack": "shop", "Role": "cloudwatch"}


def spent(threshold: float, *emails: str, topics: tuple[str, ...] = (), kind: str = "ACTUAL") -> dict:
    return {"type": kind, "threshold": threshold, "emails": list(emails), "topics": list(topics)}


OURS = {
    "name": NAME,
    "limit": 100,
    "cost_filters": FILTERS,
    "notifications": [
        spent(100, "ops@example.com", kind="FORECASTED"),
        spent(80, "ops@example.com", "ada@example.com"),
    ],
    "tags": TAGS,
}


@pytest.fixture
def client(aws):
    for module in (budgets, notifications, tags):
        if not getattr(module, "_applied", False):
            module.apply(Settings.from_environment({}))
            module._applied = True
    return boto3.client("budgets")


@pytest.fixture
def ensure(run_module, client):
    return lambda check=False, **more: run_module(budgets_budget, check=check, **{**OURS, **more})


@pytest.fixture
def asked(monkeypatch):
    """Operations that change something, in the order in which they are asked for."""
    call, seen = BaseClient._make_api_call, []

    def noted(self, operation, parameters):
        if not operation.startswith(("Describe", "List", "Get")):
            seen.append(operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return seen


def whom(client) -> dict[tuple[str, float], list[str]]:
    found = client.describe_notifications_for_budget(**WHICH)["Notifications"]
    return {
        (one["NotificationType"], one["Threshold"]): sorted(
            who["Address"]
            for who in client.describe_subscribers_for_notification(
                **WHICH, Notification={key: value for key, value in one.items() if key != "NotificationState"}
            )["Subscribers"]
        )
        for one in found
    }


def there(client) -> list[str]:
    return [one["BudgetName"] for one in client.describe_budgets(AccountId=ACCOUNT).get("Budgets", [])]


def refuse(monkeypatch, code: str, *operations: str) -> None:
    call = BaseClient._make_api_call

    def refusing(self, operation, parameters):
        if operation in operations:
            raise ClientError({"Error": {"Code": code, "Message": "Access denied for user"}}, operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refusing)


def test_created_with_its_filter_its_notifications_and_its_tags(ensure, client):
    result = ensure()
    assert result["changed"] and result["budget"]["arn"] == ARN
    budget = client.describe_budget(**WHICH)["Budget"]
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")
    assert budget["BudgetLimit"] == {"Amount": "100", "Unit": "USD"} and budget["CostFilters"] == FILTERS
    assert whom(client) == {
        ("ACTUAL", 80.0): ["ada@example.com", "ops@example.com"],
        ("FORECASTED", 100.0): ["ops@example.com"],
    }
    assert {one["Key"]: one["Value"] for one in client.list_tags_for_resource(ResourceARN=ARN)["ResourceTags"]} == TAGS


def test_second_run_changes_nothing_in_whatever_order_things_are_written(ensure, asked):
    first = ensure()
    asked.clear()
    again = ensure(
        notifications=[{**one, "emails": one["emails"][::-1]} for one in OURS["notifications"][::-1]], limit="100.00"
    )
    assert not again["changed"] and asked == []
    assert {**again["budget"], "forecasted_spend": None} == first["budget"]


def test_check_mode_on_an_empty_account_makes_nothing(ensure, client):
    result = ensure(check=True)
    assert result["changed"] and result["budget"]["arn"] == "" and result["budget"]["limit"] == 100
    assert result["diff"]["after"]["notifications"][0]["threshold"] == 80 and result["diff"]["before"] == {}
    assert there(client) == []


@pytest.mark.parametrize(
    ("change", "before", "after", "operations"),
    [
        ({"limit": 120.5}, {"limit": 100.0}, {"limit": 120.5}, ["UpdateBudget"]),
        ({"time_unit": "QUARTERLY"}, {"time_unit": "MONTHLY"}, {"time_unit": "QUARTERLY"}, ["UpdateBudget"]),
        ({"cost_filters": {}}, {"cost_filters": FILTERS}, {"cost_filters": {}}, ["UpdateBudget"]),
        ({"tags": {**TAGS, "Team": "a"}}, {"tags": {}}, {"tags": {"Team": "a"}}, ["TagResource"]),
        ({"tags": {"Stack": "shop"}}, {"tags": {"Role": "cloudwatch"}}, {"tags": {}}, ["UntagResource"]),
    ],
)
def test_what_differs_is_planned_as_it_is_done_and_done_once(ensure, asked, change, before, after, operations):
    ensure()
    asked.clear()
    planned = ensure(check=True, **change)
    assert planned["changed"] and asked == []
    result = ensure(**change)
    assert result["diff"] == planned["diff"] == {"before": before, "after": after} and asked == operations
    assert planned["budget"] == result["budget"]
    assert not ensure(**change)["changed"]


@pytest.mark.parametrize(
    ("wanted", "operations"),
    [
        # One takes the place of another: a notification that is made anew would tell everybody again.
        ([spent(80, "eve@example.com", "ops@example.com")], ["DeleteNotification", "UpdateSubscriber"]),
        (
            [spent(80, "eve@example.com", "kim@example.com")],
            ["DeleteNotification", "UpdateSubscriber", "UpdateSubscriber"],
        ),
        ([spent(80, "kim@example.com")], ["DeleteNotification", "UpdateSubscriber", "DeleteSubscriber"]),
        ([spent(80, topics=("arn:aws:sns:ap-northeast-1:123456789012:costs",))], None),
        ([spent(80, "a@b.kr", "b@b.kr", "c@b.kr")], None),
        ([spent(90, "ops@example.com")], ["DeleteNotification", "DeleteNotification", "CreateNotification"]),
        ([], ["DeleteNotification", "DeleteNotification"]),
    ],
)
def test_notifications_become_what_is_written_and_no_address_is_lost_between(ensure, client, asked, wanted, operations):
    ensure()
    asked.clear()
    assert ensure(notifications=wanted)["changed"]
    assert operations in (None, asked) and "UpdateBudget" not in asked
    assert whom(client) == {
        ("ACTUAL", float(one["threshold"])): sorted(one["emails"] + one["topics"]) for one in wanted
    }
    assert not ensure(notifications=wanted)["changed"]


def test_ten_addresses_are_changed_for_ten_others_and_there_are_never_more(ensure, client, monkeypatch):
    old, new = ([f"{name}{number}@example.com" for number in range(10)] for name in ("a", "b"))
    ensure(notifications=[spent(80, *old)])
    call, seen = BaseClient._make_api_call, []

    def counting(self, operation, parameters):
        answer = call(self, operation, parameters)
        if operation.endswith("Subscriber"):
            monkeypatch.setattr(BaseClient, "_make_api_call", call)
            seen.append(len(whom(client)["ACTUAL", 80.0]))
            monkeypatch.setattr(BaseClient, "_make_api_call", counting)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", counting)
    ensure(notifications=[spent(80, *new)])
    assert set(seen) == {10} and whom(client)["ACTUAL", 80.0] == new


def test_what_is_not_named_stays_as_somebody_set_it(ensure, client, run_module):
    ensure()
    found = client.describe_budget(**WHICH)["Budget"]
    credits = {**found["CostTypes"], "IncludeCredit": False}
    kept = {key: found[key] for key in ("BudgetName", "BudgetType", "TimeUnit", "BudgetLimit", "CostFilters")}
    client.update_budget(AccountId=ACCOUNT, NewBudget={**kept, "CostTypes": credits})
    assert run_module(budgets_budget, name=NAME, limit=50)["diff"] == {
        "before": {"limit": 100.0},
        "after": {"limit": 50.0},
    }
    budget = client.describe_budget(**WHICH)["Budget"]
    assert not budget["CostTypes"]["IncludeCredit"] and budget["CostFilters"] == FILTERS
    assert ("ACTUAL", 80.0) in whom(client)
    assert not run_module(budgets_budget, name=NAME)["changed"]


def test_limits_of_each_month_give_way_to_one(ensure, client):
    planned = {"1735689600": {"Amount": "5", "Unit": "USD"}}
    made = {"BudgetName": NAME, "BudgetType": "COST", "TimeUnit": "MONTHLY", "PlannedBudgetLimits": planned}
    client.create_budget(AccountId=ACCOUNT, Budget=made)
    assert ensure()["diff"]["before"]["limit"] is None
    budget = client.describe_budget(**WHICH)["Budget"]
    assert budget["BudgetLimit"]["Amount"] == "100" and "PlannedBudgetLimits" not in budget


def test_removed_once_and_in_check_mode_not(ensure, client):
    ensure()
    planned = ensure(check=True, state="absent")
    assert planned["changed"] and planned["diff"]["before"]["limit"] == 100 and there(client) == [NAME]
    assert ensure(state="absent")["diff"] == planned["diff"] and there(client) == []
    assert not ensure(state="absent")["changed"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "a:b"}, "name is 'a:b'; write up to 100 characters without colon"),
        ({"limit": 0}, "limit is 0.0; write an amount above 0"),
        ({"limit": None}, "cannot be made without a limit; give one, for example limit: 100"),
        ({"cost_filters": {"Region": "ap-northeast-1"}}, "cost_filters.Region is 'ap-northeast-1'; write a list"),
        ({"notifications": [spent(80)]}, "ACTUAL GREATER_THAN 80.0 goes to nobody"),
        ({"notifications": [spent(0, "a@b.kr")]}, "has a threshold that AWS refuses"),
        (
            {"notifications": [spent(80, *(f"a{number}@b.kr" for number in range(11)))]},
            "has 11 emails; AWS takes 10 at most",
        ),
        ({"notifications": [spent(80, "a@b.kr"), spent(80.0, "b@b.kr")]}, "has ACTUAL 80.0 twice"),
    ],
)
def test_what_aws_would_refuse_is_told_with_what_to_write(ensure, client, more, said):
    result = ensure(**more)
    assert result["failed"] and said in result["msg"]
    assert there(client) == []


def test_a_budget_of_use_is_left_to_who_made_it(ensure, client):
    used = {
        "BudgetName": NAME,
        "BudgetType": "USAGE",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "1", "Unit": "GB"},
    }
    client.create_budget(AccountId=ACCOUNT, Budget=used)
    result = ensure()
    assert result["failed"] and "is a budget of USAGE that somebody else made" in result["msg"]
    assert client.describe_budget(**WHICH)["Budget"]["BudgetLimit"]["Unit"] == "GB"


def test_who_may_not_see_the_bill_is_told_what_is_missing(ensure, monkeypatch):
    refuse(monkeypatch, "AccessDeniedException", "DescribeBudget")
    result = ensure()
    assert result["failed"] and "budgets:ViewBudget" in result["msg"]
    assert "IAM user and role access to Billing information" in result["msg"]


def test_other_errors_of_aws_are_told_as_they_are(ensure, monkeypatch):
    refuse(monkeypatch, "CreationLimitExceededException", "CreateBudget")
    result = ensure()
    assert result["failed"] and f"Budget '{NAME}' could not be kept" in result["msg"]


def test_stack_info_tells_of_the_stacks_own_as_the_module_takes_it(ensure, run_module, client):
    ensure()
    ensure(name="shop-2-ap-northeast-1", tags={"Stack": "shop-2"})
    ensure(name="shop-eu-west-1")
    ensure(name="ap-northeast-1")
    found = run_module(stack_info, stack="shop", kinds=["budgets"])["stack"]["budgets"]
    assert list(found) == [NAME] and found[NAME]["tags"] == TAGS and found[NAME]["id"] == found[NAME]["arn"] == ARN
    parts = {key: found[NAME][key] for key in ("limit", "currency", "time_unit", "cost_filters", "notifications")}
    assert not ensure(**parts)["changed"]
    assert (found[NAME]["actual_spend"], found[NAME]["forecasted_spend"]) == (0.0, 0.0)


def test_a_budget_that_lost_its_tags_is_found_by_its_name(ensure, run_module):
    ensure(tags={})
    assert list(run_module(stack_info, stack="shop", kinds=["budgets"])["stack"]["budgets"]) == [NAME]


def test_a_look_of_who_may_not_see_the_bill_goes_on_without_budgets(ensure, run_module, monkeypatch):
    ensure()
    refuse(monkeypatch, "AccessDeniedException", "DescribeBudgets")
    assert run_module(stack_info, stack="shop", kinds=["budgets"])["stack"] == {"budgets": {}}
    refuse(monkeypatch, "InternalErrorException", "DescribeBudgets")
    assert run_module(stack_info, stack="shop", kinds=["budgets"])["failed"]
