# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: preloaded_ssh
short_description: Run modules on servers in a process that has imported what they need
version_added: 0.1.0
description:
  - As P(ansible.builtin.ssh#connection), but a login is kept for the run, with a process at its end that has imported Ansible's
    libraries and runs each module in a child. Otherwise a task logs in anew, and spends most of its time on starting a Python.
  - The program is the one that Ansible made for the module, with the same user, arguments, variables and results.
  - Everything else goes the way of P(ansible.builtin.ssh#connection), and so do modules in a run without that process. It is
    started by the callback P(railyard.aws.preloaded#callback), and not with E(RAILYARD_PRELOAD) set to V(false).
  - A login that asks for a password is not kept.
  - "C(meta: reset_connection) ends the login. So does the next play, if this one changed anything."
author:
  - The Railyard authors (@railyard)
extends_documentation_fragment:
  - railyard.aws.ssh_options
  - connection_pipelining
"""

import os

from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.connection.ssh import Connection as Ssh
from ansible.utils.display import Display
from ansible_collections.railyard.aws.plugins.plugin_utils import outposts
from ansible_collections.railyard.aws.plugins.plugin_utils.commands import is_portable
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import NotBegun


class Connection(Ssh):
    """ssh, but for modules that come by standard input."""

    def exec_command(self, cmd, in_data=None, sudoable=True):
        exchange = outposts.current
        if exchange is not None and in_data and is_portable(in_data) and not self._asks_for_a_password():
            found = outposts.taken_apart(to_text(cmd))
            if found is not None:
                start, environment = found
                try:
                    return exchange.run(self._way(start), environment, in_data)
                except NotBegun as error:
                    Display().vvv(f"The module is started by itself: {error}", host=self._play_context.remote_addr)
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def reset(self):
        if outposts.current is not None and not self._asks_for_a_password():
            outposts.current.forget(self._way())
        super().reset()

    def _way(self, *command):
        """The words of an ssh to this host."""
        self.host = self.get_option("host") or self._play_context.remote_addr
        return [os.fsdecode(word) for word in self._build_command(self.get_option("ssh_executable"), "ssh", self.host, *command)]

    def _asks_for_a_password(self):
        become = self.become and (self.become.get_option("become_pass") or not self._becomes_silently())
        return bool(become or self.get_option("password") or self._play_context.password)

    def _becomes_silently(self):
        """Whether sudo would rather fail than ask."""
        return "-n" in (self.become.get_option("become_flags") or "").split()
