# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: plan
type: aggregate
short_description: Say at the end of a run in check mode what it would create, change, replace and delete
version_added: 0.1.0
description:
  - Writes a line for each resource that would be created, changed, replaced or deleted, and a total. Without check mode
    it writes nothing.
  - A line of what AWS bills carries the dollars a month that it adds or saves, by a dated table of list prices in the collection;
    what has no price there has a question mark.
  - What exists is learned from the looks of M(railyard.aws.stack_info), what would change from the results of the tasks.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.plan).
options:
  file:
    description: File to which the plan is also written, as a JSON list of RV(ignore:action), what it is, its kind, name, and what
      it adds in dollars a month.
    type: path
    env:
      - name: RAILYARD_PLAN_FILE
    ini:
      - section: callback_plan
        key: file
  done_file:
    description:
      - File to which a run that is no plan writes what it did, in the form of O(file) but without
        prices. Compared with the plan made just before, it
        shows whether the run kept to it.
    type: path
    env:
      - name: RAILYARD_DONE_FILE
    ini:
      - section: callback_plan
        key: done_file
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.railyard.aws.plugins.module_utils._plan.plan import LOOKS, Plan


class CallbackModule(CallbackBase):
    """Hands results in check mode to a Plan and shows it at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.plan"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self._planning = bool(context.CLIARGS.get("check"))
        self._plan = Plan(done=not self._planning)

    def _noting(self) -> bool:
        """Whether results are of any use: those of a run only where somebody wants to know."""
        return self._planning or bool(self.get_option("done_file"))

    def v2_runner_on_ok(self, result: Any) -> None:
        if self._noting() and "results" not in result.result:
            self._note(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if self._noting():
            self._note(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._planning:
            self._display.banner("PLAN")
            for line in self._plan.lines():
                self._display.display(line)
        target = self.get_option("file" if self._planning else "done_file")
        if target:
            changes = self._plan.records() if self._planning else [asdict(change) for change in self._plan.changes()]
            Path(target).write_text(json.dumps(changes, indent=2) + "\n", "utf-8")

    def _note(self, result: Any) -> None:
        found: dict[str, Any] = result.result
        module = result.task.resolved_action or result.task.action
        if module in LOOKS and "stack" in found:
            self._plan.look(found["stack"], found.get("region") or "")
        if found.get("changed"):
            arguments = (found.get("invocation") or {}).get("module_args") or {}
            self._plan.add(result.host.name, module, result.task.get_name().strip(), arguments, found)
