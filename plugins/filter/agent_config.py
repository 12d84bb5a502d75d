# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Configuration of the CloudWatch agent, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import agent


class FilterModule:
    """Filters on the configuration of the agent."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"agent_config": agent.agent_config, "agent_config_problems": agent.problems}
