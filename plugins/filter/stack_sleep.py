# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a stack sleeps, and what sleep saves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: stack_sleep
short_description: Whether a stack sleeps, and what sleep saves of what it costs
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - A stack sleeps when it has servers and none of them runs, as M(railyard.aws.stack_info) found them. Nothing else remembers it.
  - Prices are those of P(railyard.aws.stack_cost#filter).
positional: _input
options:
  _input:
    description:
      - What M(railyard.aws.stack_info) returned; of C(instances) and C(databases) whether it sleeps, of all kinds what it saves.
    type: dict
    required: true
  removes:
    description: What sleep removes beside stopping servers and database.
    type: list
    elements: str
    choices: [nat_gateways, cache, load_balancer]
    required: true
"""

EXAMPLES = r"""
- name: Report what sleep would save
  ansible.builtin.debug:
    msg: "{{ (look | railyard.aws.stack_sleep(removes=['nat_gateways'])).lines }}"
"""

RETURN = r"""
_value:
  description:
    - RV(ignore:asleep), whether no server runs, RV(ignore:databases_awake), names of databases that are billed by the hour, and
      RV(ignore:complete), whether sleep has nothing left to do.
    - RV(ignore:monthly), RV(ignore:asleep_monthly) and RV(ignore:saves) as texts in US dollars a month, and RV(ignore:lines) that
      say all of it.
  type: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._prices.sleep import stack_sleep as sleep_of_stack


def stack_sleep(look: dict[str, Any], removes: list[str]) -> dict[str, Any]:
    """Return what sleep is, and would be, for the result of ``stack_info``."""
    return sleep_of_stack(look["stack"], look["region"], list(removes))


class FilterModule:
    """Filters on a stack's sleep."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_sleep": stack_sleep}
