# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is monitored of a stack: as alarms, as a dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import stack_alarms as rules
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import stack_dashboard as dashboards
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.cache_nodes import cache_nodes as planned_nodes
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.cache_nodes import nodes_to_watch


def stack_alarms(resources: dict[str, Any], thresholds: dict[str, Any], topics: list[str]) -> list[dict[str, Any]]:
    """Return the alarms of what is monitored."""
    return rules.stack_alarms(resources, thresholds, list(topics))


def stack_dashboard(resources: dict[str, Any], thresholds: dict[str, Any], region: str, account: str) -> dict[str, Any]:
    """Return the body of the dashboard of what is monitored."""
    return dashboards.stack_dashboard(resources, thresholds, region, account)


def cache_nodes(group: str, shards: int, replicas: int, cluster_mode: bool, found: dict[str, Any] | None = None) -> list[str]:
    """Return the names of the nodes of a cache, its own where there is one."""
    return nodes_to_watch(planned_nodes(group, shards, replicas, cluster_mode), found or {})


class FilterModule:
    """Filters on what is monitored."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stack_alarms": stack_alarms, "stack_dashboard": stack_dashboard, "cache_nodes": cache_nodes}
