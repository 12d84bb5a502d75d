# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is watched of a stack: as alarms, as a dashboard."""

from __future__ import annotations

DOCUMENTATION = r"""
name: stack_alarms
short_description: The alarms of a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Makes an alarm of every concern of every server, and of the load balancer, the database and the nodes of the cache.
  - They have the form in which M(railyard.aws.stack_info) returns C(definition), so that both can be compared.
positional: _input, thresholds, topics
options:
  _input:
    description:
      - What there is to watch, with the keys C(stack), C(namespace) (of the agent's metrics), C(servers) (ids by host
        name), C(agents) (host names of those with an agent), C(balancer) and C(target_group) (the ends of their ARNs),
        C(database) (name of the instance) and C(cache_nodes) (names). What is empty is not there.
      - C(database_class), and C(database_max_connections) where somebody set it, give the thresholds of the database that depend
        on its size.
    type: dict
    required: true
  thresholds:
    description: Thresholds in the place of the usual ones, by name, such as C(server_cpu).
    type: dict
    required: true
  topics:
    description: ARNs of the topics that are told when an alarm is raised, and when it is over.
    type: list
    elements: str
    required: true
seealso:
  - plugin: railyard.aws.stack_dashboard
    plugin_type: filter
  - module: railyard.aws.cloudwatch_alarms
"""

EXAMPLES = r"""
- name: Keep the alarms
  railyard.aws.cloudwatch_alarms:
    prefix: railyard/
    alarms: "{{ watched | railyard.aws.stack_alarms({'server_cpu': 90}, [topic_arn]) }}"
  vars:
    watched:
      stack: railyard
      namespace: railyard
      servers: {web01: i-0123456789abcdef0}
      agents: [web01]
      balancer: ""
      target_group: ""
      database: ""
      cache_nodes: []
"""

RETURN = r"""
_value:
  description: The alarms, sorted by name, as O(railyard.aws.cloudwatch_alarms#module:alarms) takes them.
  type: list
  elements: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import stack_alarms as rules
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import stack_dashboard as board
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.cache_nodes import cache_nodes as planned_nodes
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.cache_nodes import nodes_to_watch


def stack_alarms(watched, thresholds, topics):
    """Return the alarms of what is watched."""
    return rules.stack_alarms(watched, thresholds, list(topics))


def stack_dashboard(watched, thresholds, region, account):
    """Return the body of the dashboard of what is watched."""
    return board.stack_dashboard(watched, thresholds, region, account)


def cache_nodes(group, shards, replicas, cluster_mode, found=None):
    """Return the names of the nodes of a cache, its own where there is one."""
    return nodes_to_watch(planned_nodes(group, shards, replicas, cluster_mode), found or {})


class FilterModule:
    """Filters on what is watched."""

    def filters(self):
        return {"stack_alarms": stack_alarms, "stack_dashboard": stack_dashboard, "cache_nodes": cache_nodes}
