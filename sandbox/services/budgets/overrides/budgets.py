"""A budget is replaced by an update; the emulator knows none.

As AWS describes UpdateBudget: all but the name and what was spent, and a limit is demanded as of a new one.
"""

from __future__ import annotations

import json

from moto.budgets.exceptions import BudgetMissingLimit, NotFoundException
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

from sandbox.core.settings import Settings

_LIMITS = ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData")


def apply(settings: Settings) -> None:
    BudgetsResponse.update_budget = update_budget


def update_budget(self) -> str:
    new = self._get_param("NewBudget")
    name = new["BudgetName"]
    found = self.backend.budgets[self._get_param("AccountId")].get(name)
    if found is None:
        raise NotFoundException(f"Unable to update budget: {name} - the budget doesn't exist. Try creating it first. ")
    if not any(limit in new for limit in _LIMITS):
        raise BudgetMissingLimit
    kept = {"TimePeriod": found.budget["TimePeriod"]}
    found.budget = {**kept, **new, "LastUpdatedTime": unix_time()}
    return json.dumps({})
