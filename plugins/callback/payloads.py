# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: payloads
type: aggregate
short_description: Keep what modules are sent as from one run to the next
version_added: 0.1.0
description:
  - Ansible packs each module of a run with all that it imports. That takes a fifth of the processor time of a run that changes
    nothing, and gives the same each time. This keeps it in P(railyard.aws.payloads#callback)'s O(payloads_directory), below a
    name that changes with the version of Ansible and every file of the collections that are kept.
  - Left out where a C(library) or C(module_utils) beside the playbook or in a role may bring other modules.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, with C(callbacks_enabled = railyard.aws.payloads).
options:
  payloads_directory:
    description: Where it is kept. Empty, nothing is.
    type: str
    default: ~/.cache/railyard/payloads
    env:
      - name: RAILYARD_PAYLOADS
"""

import atexit
import os
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase
from ansible_collections.railyard.aws.plugins.plugin_utils import payloads


class CallbackModule(CallbackBase):
    """Brings to a run what earlier ones packed, and keeps what it packs."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "railyard.aws.payloads"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        wanted = self.get_option("payloads_directory")
        roles = [Path(path).expanduser() for path in C.DEFAULT_ROLES_PATH]
        roles = [role for path in roles if path.is_dir() for role in path.iterdir()]
        if not wanted or payloads.foreign([Path(playbook._basedir), *roles]):
            return
        run, roots = Path(C.DEFAULT_LOCAL_TMP) / "ansiballz_cache", payloads.trees()
        places = Path(wanted).expanduser()
        try:
            place = places / payloads.fingerprint(roots.values())
            payloads.bring(place, run)
            payloads.forget(places)
        except OSError as error:
            self._display.vvv(f"Modules are packed anew: {error}")
            return
        atexit.register(self._keep, os.getpid(), place, run, list(roots))

    def _keep(self, process: int, place: Path, run: Path, names: list[str]) -> None:
        # Processes of tasks inherit this.
        if os.getpid() != process:
            return
        try:
            payloads.keep(place, run, names)
        except OSError as error:
            self._display.vvv(f"What was packed is not kept: {error}")
