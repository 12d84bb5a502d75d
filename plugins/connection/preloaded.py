# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: preloaded
short_description: Run modules on the controller in a process that has imported what they need
version_added: 0.1.0
description:
  - As P(ansible.builtin.local#connection), but a module is run in a child of a process that has imported boto3 already and read
    what AWS's services are, where a new Python would spend a second on that.
  - The program is the one that Ansible made for the module, with the same arguments, variables and results.
  - Everything else goes the way of P(ansible.builtin.local#connection), and so do modules in a run without that process. It is
    started by the callback P(railyard.aws.preloaded#callback), and not with E(RAILYARD_PRELOAD) set to V(false).
author:
  - The Railyard authors (@railyard)
options:
  become_success_timeout:
    description: As of P(ansible.builtin.local#connection).
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: As of P(ansible.builtin.local#connection).
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
extends_documentation_fragment:
  - connection_pipelining
"""

import os
import sys

from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.connection.local import Connection as Local
from ansible.utils.display import Display
from ansible_collections.railyard.aws.plugins.plugin_utils import preloaded
from ansible_collections.railyard.aws.plugins.plugin_utils.commands import is_portable
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import NotBegun

_SHELL = "/bin/sh"


class Connection(Local):
    """Local, but for modules that come by standard input."""

    transport = "railyard.aws.preloaded"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        nursery = preloaded.current
        if nursery is not None and in_data and is_portable(in_data) and not (sudoable and self.become):
            # Of another Python the process has nothing imported.
            given = preloaded.variables(to_text(cmd), _SHELL, sys.executable)
            if given is not None:
                try:
                    return nursery.run(in_data, {**os.environ, **given})
                except NotBegun as error:
                    Display().vvv(f"The module is started by itself: {error}", host=self._play_context.remote_addr)
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
