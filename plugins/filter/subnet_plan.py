# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter ``railyard.aws.subnet_plan``; documented in subnet_plan.yml."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import PlanError, plan_subnets


def subnet_plan(
    vpc_cidr: Any,
    stack: str,
    zone_count: Any = 2,
    prefix: Any = 20,
    zones: list[str] | None = None,
    public_cidrs: list[str] | None = None,
    private_cidrs: list[str] | None = None,
) -> list[dict[str, Any]]:
    try:
        return plan_subnets(vpc_cidr, stack, zone_count, prefix, zones, public_cidrs, private_cidrs)
    except PlanError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"subnet_plan": subnet_plan}
