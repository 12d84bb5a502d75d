# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""In which zone each subnet of a plan stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: subnet_zones
short_description: The zone of every subnet of a plan
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - A zone that was asked for is taken; what stands already stays where it is, and subnets of the same number go beside it.
  - The others take the first zones that are offered and not taken.
positional: _input, standing, offered
options:
  _input:
    description: The plan, as P(railyard.aws.subnet_plan#filter) makes it.
    type: list
    elements: dict
    required: true
  standing:
    description: Subnets that exist, by name, as M(railyard.aws.stack_info) has them.
    type: dict
    required: true
  offered:
    description: Zones to choose from, the best first, as M(railyard.aws.zone_offers_info) has them.
    type: list
    elements: str
    required: true
seealso:
  - plugin: railyard.aws.subnet_plan
    plugin_type: filter
  - module: railyard.aws.zone_offers_info
"""

EXAMPLES = r"""
- name: Show where the subnets stand
  ansible.builtin.debug:
    msg: "{{ railyard_subnets | railyard.aws.subnet_zones(look.stack.subnets, offers.zones) }}"
"""

RETURN = r"""
_value:
  description: Zones by name of subnet.
  type: dict
  sample: {railyard-public-1: ap-northeast-1a, railyard-public-2: ap-northeast-1c}
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._vpc.zone_offers import OfferError, zone_of_each


def subnet_zones(plan: list[dict[str, Any]], standing: dict[str, dict[str, Any]], offered: list[str]) -> dict[str, str]:
    """Return the zone of every subnet by its name.

    :raises AnsibleFilterError: when too few zones are offered.
    """
    try:
        return zone_of_each(plan, standing, list(offered))
    except OfferError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Filters on subnets."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"subnet_zones": subnet_zones}
