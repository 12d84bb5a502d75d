# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: preloaded
type: aggregate
short_description: Keep a process ready that runs modules on the controller
version_added: 0.1.0
description:
  - Starts the process that the connection P(railyard.aws.preloaded#connection) lets run modules, and ends it with the run.
  - E(RAILYARD_PRELOAD) set to V(false) leaves it out, and every module is started by a Python of its own, as Ansible does; so
    does E(PYTHONPATH), which may bring modules other libraries. On other systems than Linux that is always so.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.preloaded).
"""

import atexit
import os
import sys
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback import CallbackBase
from ansible_collections.railyard.aws.plugins.plugin_utils import preloaded


class CallbackModule(CallbackBase):
    """Begins and ends a run's nursery."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.preloaded"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self._process = os.getpid()
        # Who changes what Python imports means it for each module.
        wanted = boolean(os.environ.get("RAILYARD_PRELOAD") or True, strict=False) and not os.environ.get("PYTHONPATH")
        # Libraries of macOS do not stand a fork.
        wanted = wanted and sys.platform == "linux"
        if preloaded.current is None and wanted:
            try:
                preloaded.current = preloaded.Nursery.begin()
            except OSError as error:
                self._display.vvv(f"Modules are started one by one: {error}")
                return
            # Children inherit this, and must not do it.
            atexit.register(self._end)

    def _end(self) -> None:
        if os.getpid() == self._process and preloaded.current is not None:
            preloaded.current.end()
            preloaded.current = None
