"""Tags of a budget, which it gets when it is made or later, and which go with it; the emulator has none."""

from __future__ import annotations

import json

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    create = BudgetsResponse.create_budget

    def create_budget(self) -> str:
        answer = create(self)
        name = self._get_param("Budget")["BudgetName"]
        _add(self.backend.budgets[self._get_param("AccountId")][name], self._get_param("ResourceTags") or [])
        return answer

    BudgetsResponse.create_budget = create_budget
    for action in (list_tags_for_resource, tag_resource, untag_resource):
        setattr(BudgetsResponse, action.__name__, action)


def _tags(budget: Budget) -> dict[str, str]:
    return vars(budget).setdefault("railyard_tags", {})


def _add(budget: Budget, tags: list[dict[str, str]]) -> None:
    _tags(budget).update({tag["Key"]: tag["Value"] for tag in tags})


def _named(self) -> Budget:
    # arn:aws:budgets::123456789012:budget/shop
    arn = self._get_param("ResourceARN")
    account, _unused, kind_and_name = arn.removeprefix("arn:aws:budgets::").partition(":")
    found = self.backend.budgets[account].get(kind_and_name.removeprefix("budget/"))
    if found is None:
        raise NotFoundException(f"Unable to find resource with ARN: {arn}")
    return found


def list_tags_for_resource(self) -> str:
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in _tags(_named(self)).items()]})


def tag_resource(self) -> str:
    _add(_named(self), self._get_param("ResourceTags") or [])
    return json.dumps({})


def untag_resource(self) -> str:
    tags = _tags(_named(self))
    for key in self._get_param("ResourceTagKeys") or []:
        tags.pop(key, None)
    return json.dumps({})
