# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Configuration of the CloudWatch agent, and what is wrong with one."""

from __future__ import annotations

DOCUMENTATION = r"""
name: agent_config
short_description: Configuration of the CloudWatch agent
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - What the agent on a server is to collect - memory, swap, disk, connections, and log files.
positional: _input, namespace, region
options:
  _input:
    description: Log files, a list with C(file), C(group) (name of the log group) and, where a line begins with its time, C(timestamp).
    type: list
    elements: dict
    required: true
  namespace:
    description: Namespace of the metrics.
    type: str
    required: true
  region:
    description: AWS region.
    type: str
    required: true
  user:
    description: User that the agent runs as.
    type: str
    default: cwagent
  interval:
    description: Seconds between two measurements.
    type: int
    default: 60
seealso:
  - plugin: railyard.aws.agent_config_problems
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the configuration
  ansible.builtin.debug:
    msg: "{{ [{'file': '/var/log/nginx/error.log', 'group': '/railyard/nginx/error'}] | railyard.aws.agent_config('railyard', 'ap-northeast-1') }}"
"""

RETURN = r"""
_value:
  description: The configuration, ready to be written as JSON.
  type: dict
"""

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import agent


class FilterModule:
    """Filters on the configuration of the agent."""

    def filters(self):
        return {"agent_config": agent.agent_config, "agent_config_problems": agent.problems}
