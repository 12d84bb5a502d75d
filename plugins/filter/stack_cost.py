# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a stack costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

DOCUMENTATION = r"""
name: stack_cost
short_description: What a stack costs an hour and a month, and has cost since it was made
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Prices what M(railyard.aws.stack_info) found by a dated table of list prices in the collection, C(module_utils/_prices/table.py),
    without taxes, free tiers and discounts. Nothing is asked of AWS.
  - What is billed by use is named with its price. What has no price in the table is named, and is not counted as nothing.
positional: _input
options:
  _input:
    description: What M(railyard.aws.stack_info) returned of all kinds.
    type: dict
    required: true
  now:
    description: The moment of the look, in ISO 8601; without a zone in UTC.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Report what the stack costs
  ansible.builtin.debug:
    msg: "{{ (look | railyard.aws.stack_cost(now=now(utc=true).isoformat())).lines }}"
"""

RETURN = r"""
_value:
  description:
    - RV(ignore:rows) by kind, RV(ignore:monthly), RV(ignore:hourly) and RV(ignore:so_far) as texts in US dollars, RV(ignore:by_use),
      RV(ignore:unknown), RV(ignore:budgets), RV(ignore:date) of the prices, RV(ignore:warning) when they are old, and RV(ignore:lines) that say all of it.
  type: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import cost_lines
from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import stack_cost as cost_of_stack


def stack_cost(look: dict[str, Any], now: str) -> dict[str, Any]:
    """Return what the result of ``stack_info`` costs."""
    moment = datetime.fromisoformat(now)
    found = cost_of_stack(look["stack"], look["region"], moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return {**found, "lines": cost_lines(found)}


class FilterModule:
    """Filters on money."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_cost": stack_cost}
