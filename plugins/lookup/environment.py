# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: environment
short_description: What an environment is called, and its stack
version_added: 0.1.0
description:
  - Says which environment a run is about, and what its stack is called, from environment variables and C(environments/NAME.yml) alone, so
    that the inventory, which has no variables, follows the same rule as the settings.
  - The stack is what E(RAILYARD_STACK) names; else what C(railyard_stack) in the environment's file says; else C(railyard) for production
    and where there is no environment, and C(railyard-NAME) for any other.
author:
  - The Railyard authors (@railyard)
options:
  _terms:
    description:
      - Names of environments, each with the stack that it has by itself, whatever E(RAILYARD_STACK) says.
      - Without any it is the one that E(RAILYARD_ENVIRONMENT) names.
    type: list
    elements: str
seealso:
  - plugin: railyard.aws.environment
    plugin_type: vars
"""

EXAMPLES = r"""
- name: Show which stack a run is about
  ansible.builtin.debug:
    msg: "{{ lookup('railyard.aws.environment').stack }}"

- name: Show the stack of another environment
  ansible.builtin.debug:
    msg: "{{ lookup('railyard.aws.environment', 'staging').stack }}"
"""

RETURN = r"""
_raw:
  description: For each environment its C(name), which is empty where none was chosen, C(stack), C(file) and C(variables), as the file has them.
  type: list
  elements: dict
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.railyard.aws.plugins.plugin_utils import environments


class LookupModule(LookupBase):
    """The environment that was chosen, or those of the names given."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        found = [environments.named(str(term), self._loader) for term in terms] if terms else [environments.chosen(self._loader)]
        return [{"name": one.name, "stack": one.stack, "file": one.file, "variables": dict(one.variables)} for one in found]
