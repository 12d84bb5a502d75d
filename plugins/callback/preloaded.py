# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: preloaded
type: aggregate
short_description: Keep processes ready that run modules
version_added: 0.1.0
description:
  - Starts the process that the connection P(railyard.aws.preloaded#connection) lets run modules on the controller, and the one
    through which P(railyard.aws.preloaded_ssh#connection) reaches processes on servers. They end with the run.
  - E(RAILYARD_PRELOAD) set to V(false) leaves it out, and every module is started by a Python of its own, as Ansible does; so
    does E(PYTHONPATH), which may bring modules other libraries. On other systems than Linux that is always so.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.preloaded).
"""

import atexit
import gc
import os
import pkgutil
import sys
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import become_loader, connection_loader, filter_loader, lookup_loader, shell_loader, test_loader
from ansible_collections.railyard.aws.plugins import filter as filters
from ansible_collections.railyard.aws.plugins.plugin_utils import outposts, preloaded

#: What tasks of the playbooks use. Ansible looks for a filter of a collection in all files that the collection has of them.
PLUGINS = {
    connection_loader: ("ssh", "railyard.aws.preloaded", "railyard.aws.preloaded_ssh"),
    become_loader: ("sudo",),
    shell_loader: ("sh",),
    lookup_loader: ("ansible.builtin.env", "ansible.builtin.file", "ansible.builtin.template", "ansible.builtin.vars"),
}


def read_plugins() -> None:
    """Read once what the process of every task would read again."""
    for loader, names in PLUGINS.items():
        for name in names:
            loader.get(name, class_only=True)
    test_loader.get("ansible.builtin.match")
    for file in pkgutil.iter_modules(filters.__path__):
        filter_loader.get(f"railyard.aws.{file.name}")


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
        self._changed = False
        read_plugins()
        if wanted and preloaded.current is None:
            try:
                preloaded.current, outposts.current = preloaded.Nursery.begin(), outposts.Exchange.begin()
            except OSError as error:
                self._display.vvv(f"Modules are started one by one: {error}")
            # Children inherit this, and must not do it.
            atexit.register(self._end)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._changed = self._changed or result.is_changed()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        # A collection of garbage in the process of a task would copy what all of them share.
        gc.freeze()
        if self._changed and outposts.current is not None:
            outposts.current.epoch += 1
            self._changed = False

    def _end(self) -> None:
        if os.getpid() != self._process:
            return
        if preloaded.current is not None:
            preloaded.current.end()
            preloaded.current = None
        if outposts.current is not None:
            outposts.current.end()
            outposts.current = None
