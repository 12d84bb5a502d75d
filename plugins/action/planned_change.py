# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``planned_change``: a line of a plan that costs no process."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS

ARGUMENTS = {
    "kind": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "action": {"type": "str", "required": True, "choices": ["create", "change", "replace", "delete"]},
    "detail": {"type": "str", "default": ""},
    "billed": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    """Reports and does nothing."""

    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _unused, said = self.validate_argument_spec(ARGUMENTS)
        if not self._task.check_mode:
            return {"changed": False, "skipped": True, "skip_reason": "Only a plan says what would change."}
        what = KINDS[said["kind"]].label if said["kind"] in KINDS else said["kind"]
        detail = f" ({said['detail']})" if said["detail"] else ""
        return {
            "changed": True,
            "kind": said["kind"],
            "name": said["name"],
            "action": said["action"],
            "billed": said["billed"],
            "msg": f"{what} {said['name']}: {said['action']}{detail}",
        }
