"""Notifications of a budget: one of each kind, and whom each goes to, whom the emulator keeps and tells nobody.

As AWS describes these actions: a notification is known by its type, comparison, threshold and type of threshold,
percent where nothing is said; with its last subscriber it goes itself.
"""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import DuplicateRecordException, NotFoundException
from moto.budgets.models import Budget, BudgetsBackend, Notification
from moto.budgets.responses import BudgetsResponse

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    BudgetsBackend.create_notification = create_notification
    BudgetsBackend.delete_notification = delete_notification
    BudgetsBackend.describe_notifications_for_budget = describe_notifications_for_budget
    for action in (create_subscriber, delete_subscriber, describe_subscribers_for_notification, update_subscriber):
        setattr(BudgetsResponse, action.__name__, action)


def _identity(details: dict[str, Any]) -> tuple[Any, ...]:
    kind = details.get("ThresholdType") or "PERCENTAGE"
    return details["NotificationType"], details["ComparisonOperator"], float(details["Threshold"]), kind


def _budget(backend: BudgetsBackend, account_id: str, name: str) -> Budget:
    found = backend.budgets[account_id].get(name)
    if found is None:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return found


def _notification(budget: Budget, details: dict[str, Any]) -> Notification:
    for one in budget.notifications:
        if _identity(one.details) == _identity(details):
            return one
    raise NotFoundException("Unable to find the notification - the notification doesn't exist.")


def create_notification(self, account_id, budget_name, notification, subscribers) -> None:
    budget = _budget(self, account_id, budget_name)
    if any(_identity(one.details) == _identity(notification) for one in budget.notifications):
        raise DuplicateRecordException(record_type="notification", record_name=budget_name)
    budget.add_notification(details=notification, subscribers=subscribers)


def delete_notification(self, account_id, budget_name, notification) -> None:
    budget = _budget(self, account_id, budget_name)
    budget.notifications.remove(_notification(budget, notification))


def describe_notifications_for_budget(self, account_id, budget_name) -> list[dict[str, Any]]:
    told = {"ThresholdType": "PERCENTAGE", "NotificationState": "OK"}
    return [{**told, **one.details} for one in _budget(self, account_id, budget_name).notifications]


def _asked(self) -> tuple[Budget, Notification]:
    budget = _budget(self.backend, self._get_param("AccountId"), self._get_param("BudgetName"))
    return budget, _notification(budget, self._get_param("Notification"))


def _place(notification: Notification, subscriber: dict[str, str]) -> int:
    if subscriber not in notification.subscribers:
        raise NotFoundException("Unable to find the subscriber - the subscriber doesn't exist.")
    return notification.subscribers.index(subscriber)


def _must_be_new(notification: Notification, subscriber: dict[str, str]) -> None:
    if subscriber in notification.subscribers:
        raise DuplicateRecordException(record_type="subscriber", record_name=subscriber["SubscriptionType"])


def describe_subscribers_for_notification(self) -> str:
    return json.dumps({"Subscribers": _asked(self)[1].subscribers})


def create_subscriber(self) -> str:
    _unused, notification = _asked(self)
    _must_be_new(notification, self._get_param("Subscriber"))
    notification.subscribers.append(self._get_param("Subscriber"))
    return json.dumps({})


def update_subscriber(self) -> str:
    _unused, notification = _asked(self)
    place = _place(notification, self._get_param("OldSubscriber"))
    _must_be_new(notification, self._get_param("NewSubscriber"))
    notification.subscribers[place] = self._get_param("NewSubscriber")
    return json.dumps({})


def delete_subscriber(self) -> str:
    budget, notification = _asked(self)
    del notification.subscribers[_place(notification, self._get_param("Subscriber"))]
    if not notification.subscribers:
        budget.notifications.remove(notification)
    return json.dumps({})
