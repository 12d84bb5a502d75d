# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: looks
type: aggregate
short_description: Let the tasks of a run share what they saw of the account
version_added: 0.1.0
description:
  - M(railyard.aws.stack_info) asks AWS for each kind of resource once, and answers tasks that follow from what it saw, until a
    task reports a change or fails. Then everything is asked anew.
  - In check mode nothing is changed, so one look serves the whole run.
  - Nothing is kept after the run, and nothing is believed for longer than a minute.
  - Closes the directory C(.cache) beside the configuration to other users of the machine, in which Ansible keeps the inventory and
    the facts of servers.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.looks). Without it every task asks AWS.
"""

import atexit
import os
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible_collections.railyard.aws.plugins.module_utils._inventory import kinds as _kinds  # noqa: F401 (workers inherit it)
from ansible_collections.railyard.aws.plugins.plugin_utils import caches, looks


class CallbackModule(CallbackBase):
    """Begins and ends the looks of a run, and says when something was changed."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.looks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self._looks = looks.current = looks.Looks.begin()
        self._process = os.getpid()
        # Beside ansible.cfg: addresses, tags and facts of the stack, which the inventory has just read.
        if constants.CONFIG_FILE:
            caches.close(Path(constants.CONFIG_FILE).parent / ".cache")
        # After an interrupt there are no stats, and a run may have several playbooks. Children inherit this, and must not do it.
        atexit.register(self._end)

    def v2_runner_on_ok(self, result: Any) -> None:
        if result.is_changed() and not result.task.check_mode:
            self._looks.forget()

    # A task that failed may have changed something before.
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not result.task.check_mode:
            self._looks.forget()

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._looks.forget()

    def _end(self) -> None:
        if os.getpid() == self._process:
            self._looks.end()
