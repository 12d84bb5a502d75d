# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What only the controller knows of a lock: which process takes it, which playbook it is for, and how to wait in sight."""

from __future__ import annotations

import os
import shlex
import time
from typing import Any

from ansible import context
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.railyard.aws.plugins.module_utils._lock.process import identity

display = Display()

#: Seconds between two looks at a lock that another run has.
PAUSE = 5.0


def command() -> str:
    """The command that runs, without what may hold secrets."""
    words = ["ansible-playbook", *context.CLIARGS.get("args", ())]
    tags = [tag for tag in context.CLIARGS.get("tags", ()) if tag != "all"]
    return shlex.join([*words, *(["--tags", ",".join(tags)] if tags else [])])


class ActionModule(ActionBase):
    """Runs the module until it has the lock or the time is up."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        given = dict(self._task.args)
        if given.get("state", "held") == "held":
            # Tasks are run by children of the process that ends with the run.
            given["process"] = identity(os.getppid())
            given["purpose"] = given.get("purpose") or f"`{command()}`"
            given["takeover_command"] = given.get("takeover_command") or f"{command()} -e take_lock=true"
        end = time.monotonic() + int(given.get("timeout") or 0)
        told = ""
        while True:
            result = self._execute_module(module_name="railyard.aws.stack_lock", module_args=given, task_vars=task_vars)
            if "holder" not in result or time.monotonic() >= end:
                if "taken_from" in result:
                    display.warning(f"{result['taken_from']} held the lock, in a run that came to no end: look at what it left.")
                return result
            if result["holder"] != told:
                told = result["holder"]
                display.display(f"    waiting for {told}, who is changing the stack")
            time.sleep(min(PAUSE, max(0.0, end - time.monotonic())))
