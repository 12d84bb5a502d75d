# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``stack_info``, which answers tasks of one run from one look at the account."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.railyard.aws.plugins.plugin_utils import looking


class ActionModule(ActionBase):
    """A task with ``until`` waits for what changes by itself, so only its first attempt is answered from what was seen."""

    _attempts = 0

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        self._attempts += 1
        look = looking.look if self._attempts == 1 else looking.ask
        return look(self, self._task.args, task_vars)
