#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: budgets_budget
short_description: Keep a budget of costs with its notifications
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends and removes a budget of AWS Budgets that says how much may be spent, and who is told when it is or will be.
  - No module of amazon.aws or community.aws does.
  - An update of AWS replaces a whole budget. What is not named here, such as the types of cost that count, stays as it was.
  - A budget that is filtered by a tag counts from when the tag is activated as a cost allocation tag, which is done once by the
    account that pays, C(aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Stack,Status=Active).
    AWS offers a tag some hours after it was first used, and takes up to a day to activate it.
  - Whoever runs it needs C(budgets:ViewBudget) and C(budgets:ModifyBudget), C(budgets:ListTagsForResource), C(budgets:TagResource)
    and C(budgets:UntagResource) for tags, and an account whose root user lets IAM see the bill.
  - Budgets are the account's, in whatever region. AWS signs and answers them in us-east-1, for which nothing has to be said.
options:
  name:
    description: Name of the budget, up to 100 characters without colon and backslash.
    type: str
    required: true
  state:
    description: Whether the budget is to exist.
    type: str
    choices: [present, absent]
    default: present
  limit:
    description: What may be spent in a period. Needed to create the budget.
    type: float
  currency:
    description: Currency of the limit, as the account is billed.
    type: str
    default: USD
  time_unit:
    description: The period. V(MONTHLY) of a new budget when it is not given.
    type: str
    choices: [DAILY, MONTHLY, QUARTERLY, ANNUALLY]
  cost_filters:
    description:
      - >-
        Which costs count, lists by name as AWS has them, for example C({TagKeyValue: ['user:Stack$shop']}) or
        C({Region: [ap-northeast-1]}).
      - An empty dictionary counts all costs of the account. When it is not given the filters are left alone.
    type: dict
  notifications:
    description:
      - Who is told of what; those that are not named go. When it is not given the notifications are left alone.
      - A notification of which nothing but its addresses changes keeps its state, so that nobody is told a second time.
    type: list
    elements: dict
    suboptions:
      type:
        description: Whether what was spent counts, or what AWS expects until the end of the period.
        type: str
        choices: [ACTUAL, FORECASTED]
        default: ACTUAL
      comparison:
        description: How the costs are to the threshold when people are told.
        type: str
        choices: [GREATER_THAN, LESS_THAN, EQUAL_TO]
        default: GREATER_THAN
      threshold:
        description: The threshold.
        type: float
        required: true
      threshold_type:
        description: Whether it is in percent of O(limit), or an amount of O(currency).
        type: str
        choices: [PERCENTAGE, ABSOLUTE_VALUE]
        default: PERCENTAGE
      emails:
        description: E-mail addresses, at most ten. AWS asks nobody to confirm.
        type: list
        elements: str
        default: []
      topics:
        description: ARN of an SNS topic, at most one, whose policy lets budgets.amazonaws.com publish.
        type: list
        elements: str
        default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Ensure that somebody is told when a stack costs more than 100 dollars a month
  railyard.aws.budgets_budget:
    name: shop-ap-northeast-1
    limit: 100
    cost_filters:
      TagKeyValue: ['user:Stack$shop']
    notifications:
      - type: ACTUAL
        threshold: 80
        emails: [ops@example.com]
      - type: FORECASTED
        threshold: 100
        emails: [ops@example.com]
    tags:
      Stack: shop

- name: Remove it
  railyard.aws.budgets_budget:
    name: shop-ap-northeast-1
    state: absent
"""

RETURN = r"""
budget:
  description: The budget; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the budget.
      type: str
      sample: shop-ap-northeast-1
    arn:
      description: ARN of the budget; empty in check mode when it does not exist yet.
      type: str
      sample: arn:aws:budgets::123456789012:budget/shop-ap-northeast-1
    limit:
      description: What may be spent in a period.
      type: float
      sample: 100.0
    currency:
      description: Currency of the limit.
      type: str
      sample: USD
    time_unit:
      description: The period.
      type: str
      sample: MONTHLY
    cost_filters:
      description: Which costs count.
      type: dict
      sample: {"TagKeyValue": ["user:Stack$shop"]}
    notifications:
      description: Who is told of what, as O(notifications) has it.
      type: list
      elements: dict
      sample: [{"type": "ACTUAL", "comparison": "GREATER_THAN", "threshold": 80.0, "threshold_type": "PERCENTAGE", "emails": ["ops@example.com"], "topics": []}]
    actual_spend:
      description: What was spent in this period, as far as AWS knows; empty of a budget that does not exist yet.
      type: float
      sample: 12.5
    forecasted_spend:
      description: What AWS expects until the period's end; empty where it does not know enough.
      type: float
      sample: 96.1
"""

import re
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._budgets import budgets
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services.budgets import whole
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff, differences
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Raw, Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import BUDGETS

try:
    from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

NOTIFICATION: dict[str, Any] = {
    "type": {"type": "str", "choices": ["ACTUAL", "FORECASTED"], "default": "ACTUAL"},
    "comparison": {"type": "str", "choices": ["GREATER_THAN", "LESS_THAN", "EQUAL_TO"], "default": "GREATER_THAN"},
    "threshold": {"type": "float", "required": True},
    "threshold_type": {"type": "str", "choices": ["PERCENTAGE", "ABSOLUTE_VALUE"], "default": "PERCENTAGE"},
    "emails": {"type": "list", "elements": "str", "default": []},
    "topics": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    **arguments.STATE,
    "limit": {"type": "float"},
    "currency": {"type": "str", "default": "USD"},
    "time_unit": {"type": "str", "choices": ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"]},
    "cost_filters": {"type": "dict"},
    "notifications": {"type": "list", "elements": "dict", "options": NOTIFICATION},
    **arguments.TAGS,
}
_NAME = re.compile(r"[^:\\]{1,100}")
#: What a budget has that people choose, in the order of a diff.
_PARTS = ("limit", "currency", "time_unit", "cost_filters", "notifications")
#: Those that an update of the budget itself carries.
_OF_THE_BUDGET = _PARTS[:4]
#: How many addresses AWS takes for one notification.
_MOST = {"emails": 10, "topics": 1}


class Budget(Resource):
    """A budget of the account's costs."""

    service = "budgets"
    label = "Budget"
    # Some three requests a second for an account.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["ThrottlingException"]}
    tag_api = BUDGETS

    def validate(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ResourceError(f"name is '{self.name}'; write up to 100 characters without colon and backslash, such as shop-ap-northeast-1")
        limit = self.params["limit"]
        if limit is not None and limit <= 0:
            raise ResourceError(f"limit is {limit}; write an amount above 0, such as 100, or state: absent for no budget")
        filters = self.params["cost_filters"] or {}
        for key, values in filters.items():
            if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
                raise ResourceError(f"cost_filters.{key} is {values!r}; write a list of texts, for example [{key}-value]")
        self._validate_notifications(self.params["notifications"] or [])

    def _validate_notifications(self, given: list[Raw]) -> None:
        for one in given:
            called = f"the notification of {one['type']} {one['comparison']} {one['threshold']}"
            if one["threshold"] <= 0:
                raise ResourceError(f"{called} has a threshold that AWS refuses; write one above 0, such as 80")
            if not budgets.subscribers(one):
                raise ResourceError(f"{called} goes to nobody; give it emails or topics, or leave it out")
            for key, most in _MOST.items():
                if len(one[key]) > most:
                    raise ResourceError(f"{called} has {len(one[key])} {key}; AWS takes {most} at most: write fewer, or a list's address")
        twice = [one for one in given if [budgets.identity(other) for other in given].count(budgets.identity(one)) > 1]
        if twice:
            raise ResourceError(f"notifications has {twice[0]['type']} {twice[0]['threshold']} twice; write it once, with all of its addresses")

    @property
    def _account(self) -> str:
        if not hasattr(self, "_account_id"):
            self._account_id = str(self.module.client("sts").get_caller_identity()["Account"])
        return self._account_id

    @property
    def _which(self) -> Raw:
        return {"AccountId": self._account, "BudgetName": self.name, "aws_retry": True}

    def find(self) -> Raw | None:
        try:
            found = self.client.describe_budget(**self._which)["Budget"]
            return whole(self.client, self._account, found, self.client.meta.partition)
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] == "NotFoundException":
                return None
            if said["Code"] in budgets.DENIED:
                raise ResourceError(
                    f"{self.title} cannot be seen: {said['Code']} ({said.get('Message')}). These credentials need budgets:ViewBudget,"
                    " budgets:ModifyBudget and the tagging actions of budgets, and the account's root user has to allow, once,"
                    " 'IAM user and role access to Billing information' (console, Account). Then run the same command again."
                ) from error
            raise

    def new(self) -> Raw:
        if self.params["limit"] is None:
            raise ResourceError(f"{self.title} does not exist and cannot be made without a limit; give one, for example limit: 100")
        notifications = budgets.in_order(self.params["notifications"] or [])
        return {
            "name": self.name,
            "limit": self.params["limit"],
            "currency": self.params["currency"],
            "time_unit": self.params["time_unit"] or "MONTHLY",
            "cost_filters": budgets.filters(self.params["cost_filters"] or {}),
            "notifications": notifications,
            "tags": self.tags,
        }

    def create(self, new: Raw) -> Raw:
        told = [
            {"Notification": budgets.requested(one), "Subscribers": [budgets.subscriber(who) for who in budgets.subscribers(one)]}
            for one in new["notifications"]
        ]
        self.client.create_budget(
            AccountId=self._account,
            Budget=budgets.changed({"BudgetName": self.name, "BudgetType": "COST"}, new),
            NotificationsWithSubscribers=told,
            ResourceTags=ansible_dict_to_boto3_tag_list(self.tags),
            aws_retry=True,
        )
        # Not read back: what was just made is not always told at once.
        made = {key: new[key] for key in _PARTS}
        return {"Arn": budgets.arn_of(self._account, self.name, self.client.meta.partition), "Made": {**made, "actual_spend": 0.0, "forecasted_spend": None}}

    def planned(self, new: Raw) -> Raw:
        parts = {key: new[key] for key in _PARTS}
        return {"budget": {"name": self.name, "arn": "", **parts, "actual_spend": None, "forecasted_spend": None}}

    def _wanted(self) -> Raw:
        wanted = dict(self.params)
        # Of a budget whose limit is left alone the currency is, too.
        if wanted["limit"] is None:
            wanted["currency"] = None
        if wanted["cost_filters"] is not None:
            wanted["cost_filters"] = budgets.filters(wanted["cost_filters"])
        if wanted["notifications"] is not None:
            wanted["notifications"] = budgets.in_order(wanted["notifications"])
        return wanted

    def plan(self, found: Raw) -> Diff:
        if found["BudgetType"] != "COST":
            raise ResourceError(
                f"{self.title} is a budget of {found['BudgetType']} that somebody else made; this module keeps costs: give another name, or remove that one"
            )
        current = budgets.described(found)
        diff = Diff()
        for key, value in differences(self._wanted(), current, _PARTS, {}).items():
            diff.add(key, current[key], value)
        return diff

    def apply(self, found: Raw, diff: Diff) -> None:
        if any(key in diff.after for key in _OF_THE_BUDGET):
            kept = {key: value for key, value in found.items() if key not in ("Name", "Arn", "Tags", "Notifications")}
            self.client.update_budget(AccountId=self._account, NewBudget=budgets.changed(kept, self._wanted()), aws_retry=True)
        if "notifications" in diff.after:
            self._apply_notifications(diff.before["notifications"], diff.after["notifications"])

    def _apply_notifications(self, before: list[Raw], after: list[Raw]) -> None:
        there, wanted = ({budgets.identity(one): one for one in side} for side in (before, after))
        # Before others come: a budget has ten at most.
        for identity in there.keys() - wanted.keys():
            self.client.delete_notification(Notification=budgets.requested(there[identity]), **self._which)
        for identity, one in wanted.items():
            if identity in there:
                self._apply_subscribers(one, budgets.subscribers(there[identity]), budgets.subscribers(one))
            else:
                new = [budgets.subscriber(who) for who in budgets.subscribers(one)]
                self.client.create_notification(Notification=budgets.requested(one), Subscribers=new, **self._which)

    def _apply_subscribers(self, one: Raw, before: list[budgets.Subscriber], after: list[budgets.Subscriber]) -> None:
        """One takes the place of another as far as they go: a notification may neither have none nor too many."""
        which = {"Notification": budgets.requested(one), **self._which}
        for kind in ("EMAIL", "SNS"):
            old = sorted(who for who in set(before) - set(after) if who[0] == kind)
            new = sorted(who for who in set(after) - set(before) if who[0] == kind)
            for gone, come in zip(old, new, strict=False):
                self.client.update_subscriber(OldSubscriber=budgets.subscriber(gone), NewSubscriber=budgets.subscriber(come), **which)
            for come in new[len(old) :]:
                self.client.create_subscriber(Subscriber=budgets.subscriber(come), **which)
        for kind in ("EMAIL", "SNS"):
            old = sorted(who for who in set(before) - set(after) if who[0] == kind)
            new = [who for who in set(after) - set(before) if who[0] == kind]
            for gone in old[len(new) :]:
                self.client.delete_subscriber(Subscriber=budgets.subscriber(gone), **which)

    def settled(self, found: Raw, diff: Diff) -> Raw:
        return {**found, "Made": {**budgets.described(found), **{key: diff.after[key] for key in _PARTS if key in diff.after}}}

    def results(self, found: Raw) -> Raw:
        return {"budget": {"name": self.name, "arn": found["Arn"], **found["Made"]}}

    def tag_target(self, found: Raw) -> str:
        return str(found["Arn"])

    def tags_of(self, found: Raw) -> dict[str, str]:
        return dict(boto3_tag_list_to_ansible_dict(found["Tags"]))

    def removed(self, found: Raw) -> Raw:
        current = budgets.described(found)
        return {"name": self.name, **{key: current[key] for key in _PARTS}, "tags": self.tags_of(found)}

    def delete(self, found: Raw) -> None:
        self.client.delete_budget(**self._which)


@guarded
def main() -> None:
    run(Budget, ARGUMENTS)


if __name__ == "__main__":
    main()
