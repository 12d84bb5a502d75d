# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: timing
type: aggregate
short_description: Say how long tasks took, where it mattered
version_added: 0.1.0
description:
  - Writes a line under each result that took a while, and at the end the slowest tasks and the whole time.
  - Times are taken for each host, so they also hold where hosts go on at their own pace (strategy C(free)), and nothing
    is written for what is skipped.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.timing).
options:
  threshold:
    description: Seconds that a result must have taken to get a line of its own.
    type: float
    default: 1.0
    env:
      - name: RAILYARD_TIMING_THRESHOLD
    ini:
      - section: callback_timing
        key: threshold
  slowest:
    description: How many tasks to list at the end; V(0) lists none.
    type: int
    default: 10
    env:
      - name: RAILYARD_TIMING_SLOWEST
    ini:
      - section: callback_timing
        key: slowest
"""

import time
from typing import Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase


def duration(seconds: float) -> str:
    """Seconds as people say them: ``2.4 s``, ``3:05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"


class CallbackModule(CallbackBase):
    """Adds times to what the stdout callback writes."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.timing"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self._begin = time.monotonic()
        self._started: dict[tuple[str, str], float] = {}  # (task, host) → monotonic time
        self._slowest: dict[str, tuple[float, str]] = {}  # task → (seconds of its slowest host, name)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started[(task._uuid, host.name)] = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._ended(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._ended(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._ended(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        count = self.get_option("slowest")
        slowest = sorted(self._slowest.values(), reverse=True)[:count]
        if slowest:
            self._display.banner("SLOWEST TASKS")
        for seconds, name in slowest:
            self._display.display(f"{duration(seconds):>9}  {name}")
        self._display.display(f"{duration(time.monotonic() - self._begin):>9}  in all")

    def _ended(self, result: Any) -> None:
        task = result.task
        begin = self._started.pop((task._uuid, result.host.name), None)
        if begin is None:
            return
        seconds = time.monotonic() - begin
        known = self._slowest.get(task._uuid, (0.0, ""))
        self._slowest[task._uuid] = max(known, (seconds, f"{task.get_name().strip()} [{result.host.name}]"))
        if seconds >= self.get_option("threshold"):
            self._display.display(f"    took {duration(seconds)}", color=C.COLOR_DEBUG)
