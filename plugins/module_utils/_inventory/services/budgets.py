# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Budgets of a stack. They are the account's, not a region's, so the region ends their names.

Who may build a stack often may not see the bill: then no budget is told of, as none of theirs can be there. The module that
keeps one says what is missing.
"""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import ClientError, EndpointConnectionError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._budgets import budgets
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def whole(client: Any, account: str, listed: Raw, partition: str = "aws") -> Raw:
    """A budget with its ARN, its tags, and its notifications as the module has them. Raises botocore's errors."""
    name = listed["BudgetName"]
    which, arn = {"AccountId": account, "BudgetName": name}, budgets.arn_of(account, name, partition)
    found = [
        budgets.notification(one, read_all(client, "describe_subscribers_for_notification", "Subscribers", Notification=_asked(one), **which))
        for one in read_all(client, "describe_notifications_for_budget", "Notifications", **which)
    ]
    tags = ask(client, "list_tags_for_resource", ResourceARN=arn).get("ResourceTags") or []
    return {**listed, "Name": name, "Arn": arn, "Tags": tags, "Notifications": found}


def _asked(notification: Raw) -> Raw:
    # Whether it has gone off is told of a notification, and names none.
    return {key: value for key, value in notification.items() if key != "NotificationState"}


def _read_budgets(client: Any, scope: Scope) -> list[Raw]:
    """Budgets whose name starts with the stack's, ends with the region and whose tag does not give them to another."""
    account = scope.account_id()
    try:
        found = read_all(client, "describe_budgets", "Budgets", AccountId=account)
        named = [one for one in found if one["BudgetName"].startswith(scope.stack) and one["BudgetName"].endswith(f"-{scope.region}")]
        seen = still_there(lambda one: whole(client, account, one, client.meta.partition), named)
    except EndpointConnectionError:
        return []  # The partition has no budgets.
    except ClientError as error:
        if error.response["Error"]["Code"] in budgets.DENIED:
            return []
        raise

    def ours(raw: Raw) -> bool:
        owner = tags_of(raw).get("Stack")
        return owner == scope.stack or (owner is None and raw["Name"] == f"{scope.stack}-{scope.region}")

    return [raw for raw in seen if ours(raw)]


def _budget(raw: Raw) -> Entry:
    return arn_entry(raw, "Arn", "Name", **budgets.described(raw))


KINDS: dict[str, Kind] = {
    "budgets": Kind(
        label="Budget",
        role="cloudwatch",
        made_by={"railyard.aws.budgets_budget": ModuleSpec()},
        client="budgets",
        read=_read_budgets,
        by_account=True,
        entry=_budget,
        fields={
            "arn": None,
            "limit": None,
            "currency": None,
            "time_unit": None,
            "cost_filters": {},
            "notifications": [],
            "actual_spend": None,
            "forecasted_spend": None,
        },
        planned_id="arn:aws:budgets::{account}:budget/{name}",
        about="Notifications as `budgets_budget` takes them. None are told of to who may not see the bill.",
    ),
}
