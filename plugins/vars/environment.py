# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: environment
short_description: Variables of the environment that a run is about
version_added: 0.1.0
description:
  - Reads C(environments/NAME.yml) beside the C(ansible.cfg) in force, where the environment variable E(RAILYARD_ENVIRONMENT) is NAME.
    Without it no such file is read.
  - Over them come the variables of C(environments/joined/STACK.REGION.yml), if C(make join) wrote that of the stack that the run is about.
  - They are variables of the group C(all). They win over C(group_vars/all), that of the inventory and that of the playbooks, and lose
    to those of any other group, to those of hosts, and to C(-e).
  - A name without a file, or with other characters than small letters, digits and hyphens, ends a run before its first task, and so does a
    E(RAILYARD_STACK) that is the stack of another environment.
  - C(railyard_stack) in the file is not handed on. What the stack is called is said by P(railyard.aws.environment#lookup), which the
    inventory asks too.
author:
  - The Railyard authors (@railyard)
requirements:
  - Must be enabled in the configuration, after C(host_group_vars), with
    C(vars_plugins_enabled = host_group_vars, railyard.aws.environment).
seealso:
  - plugin: railyard.aws.environment
    plugin_type: lookup
options:
  stage:
    description: When it runs. It makes no difference but in time.
    type: str
    choices: [all, inventory, task]
    ini:
      - key: stage
        section: railyard_environment
"""

import os
from typing import Any

from ansible.inventory.group import InventoryObjectType
from ansible.plugins.vars import BaseVarsPlugin
from ansible_collections.railyard.aws.plugins.plugin_utils import environments

#: Once for a process: Ansible asks for every host, task and source of the inventory.
_read: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
#: The same of what was joined, for as long as its file is the same one: the playbook that writes it goes on with what it wrote.
_joined: dict[tuple[str, int], dict[str, Any]] = {}


class VarsModule(BaseVarsPlugin):
    """What the environment's file says, for the group ``all``."""

    def get_vars(self, loader: Any, path: str, entities: Any) -> dict[str, Any]:
        super().get_vars(loader, path, entities)
        for entity in entities if isinstance(entities, list) else [entities]:
            if entity.base_type is InventoryObjectType.GROUP and entity.name == "all":
                return self._variables(loader)
        return {}

    def _variables(self, loader: Any) -> dict[str, Any]:
        key = (os.environ.get("RAILYARD_ENVIRONMENT", ""), os.environ.get("RAILYARD_STACK", ""))
        if key not in _read:
            chosen = environments.chosen(loader)
            _read[key] = (chosen.stack, dict(chosen.variables))
        stack, variables = _read[key]
        return {**variables, **self._joined(stack, loader)}

    def _joined(self, stack: str, loader: Any) -> dict[str, Any]:
        path = environments.joined_file(stack)
        try:
            key = (str(path), path.stat().st_mtime_ns)
        except OSError:
            return {}
        if key not in _joined:
            _joined[key] = environments.joined(stack, loader)
        return _joined[key]
