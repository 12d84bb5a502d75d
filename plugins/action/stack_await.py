# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The waiting of ``stack_await``: here, because only the controller can show lines while a task goes on."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.railyard.aws.plugins.module_utils._inventory import waiting
from ansible_collections.railyard.aws.plugins.plugin_utils import looking

display = Display()

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "kinds": {"type": "list", "elements": "str", "required": True},
    "timeout": {"type": "int", "default": 1800},
    "interval": {"type": "float", "default": 5},
}
#: Seconds after which the same line is shown again.
REMIND = 30


class ActionModule(ActionBase):
    """Looks again and again through ``stack_info``."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _unused, arguments = self.validate_argument_spec(ARGUMENTS)
        begin = time.monotonic()
        shown, shown_at = "", begin
        asked = {key: arguments[key] for key in ("stack", "region", "kinds")} | {"unique_names": False}
        # Where all stands already, what the run has seen of it says so.
        look = looking.look(self, asked, task_vars)
        while True:
            if look.get("failed"):
                return look
            failed = waiting.failed(look["stack"], arguments["kinds"])
            if failed:
                raise AnsibleActionFail(self._given_up(failed))
            rest = waiting.pending(look["stack"], arguments["kinds"])
            waited = time.monotonic() - begin
            if not rest or self._task.check_mode:
                return {"changed": False, "stack": look["stack"], "waited": round(waited, 1)}
            if waited >= arguments["timeout"]:
                raise AnsibleActionFail(self._too_slow(rest, waited))
            line = f"waiting for {', '.join(map(str, rest))}"
            if line != shown or time.monotonic() - shown_at >= REMIND:
                display.display(f"    {line}; so far {waiting.duration(waited)}")
                shown, shown_at = line, time.monotonic()
            time.sleep(arguments["interval"])
            look = looking.ask(self, asked, task_vars)

    @staticmethod
    def _given_up(failed: list[waiting.Waiting]) -> str:
        return (
            f"AWS has given up: {', '.join(f'{one.label} {one.name} is {one.state}' for one in failed)}. Its events say why "
            "(in the console, or `aws ... describe-events`): mend that, then run the same command again. Remove it only where it never "
            "held anything: of a database or a cache the content would go."
        )

    @staticmethod
    def _too_slow(rest: list[waiting.Waiting], waited: float) -> str:
        return (
            f"Still not there after {waiting.duration(waited)}: {', '.join(map(str, rest))}. AWS may only be slow: run the "
            "same command again, what stands is kept."
        )
