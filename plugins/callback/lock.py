# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: lock
type: aggregate
short_description: Give the lock of a stack back at the end of a run
version_added: 0.1.0
description:
  - Gives back what M(railyard.aws.stack_lock) took in this run, whether the run ended well, failed or was interrupted.
  - A run that was killed gives nothing back; the next one on the same machine notices that its process is gone.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.lock).
  - boto3
"""

import atexit
import os
from typing import Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase
from ansible_collections.railyard.aws.plugins.module_utils._lock import lock

ACTION = "railyard.aws.stack_lock"


class CallbackModule(CallbackBase):
    """Remembers the locks of this run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.lock"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self._held: dict[tuple[str, str], str] = {}  # (name, region) → token
        self._process = os.getpid()
        # After an interrupt there are no stats. Children inherit this, and must not do it.
        atexit.register(self._release)

    def v2_runner_on_ok(self, result: Any) -> None:
        answer = result.result
        if result.task.action == ACTION and answer.get("token") and not result.task.check_mode:
            self._held[(answer["name"], answer["region"])] = answer["token"]

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._release()

    def _release(self) -> None:
        if not self._held or os.getpid() != self._process:
            return
        import boto3
        from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

        while self._held:
            (name, region), token = self._held.popitem()
            try:
                client = boto3.session.Session(region_name=region).client("ssm")
                _there, holder = lock.release(RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff()), name, token)
            # The run is over: whatever it is, it is said.
            except Exception as error:
                self._display.warning(f"The lock {name} was not given back ({error}); the next run takes it with `-e take_lock=true`.")
                continue
            if holder:
                self._display.display(f"{holder} took the lock over while this ran: look at what both did.", color=C.COLOR_WARN)
