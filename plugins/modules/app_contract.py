#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_contract
short_description: Say what a Rails application expects of the environment of its servers
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads configuration, C(lib) and C(app) of an application for the names of the book's environment, and its bundle for the adapter
    of its database.
  - Nothing of the application is run, and nothing is changed.
options:
  path:
    description: Directory of the application.
    type: path
    required: true
  engine:
    description: Engine of the database that it is to speak to.
    type: str
    choices: [mysql, mariadb, postgres]
    default: mysql
  gemfile:
    description: The bundle's Gemfile, from the directory of the application.
    type: str
    default: Gemfile
attributes:
  check_mode:
    description: Nothing is changed, so check mode makes no difference.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Read whose names an application expects
  railyard.aws.app_contract:
    path: /home/ada/shop
  register: expected
"""

RETURN = r"""
contract:
  description: V(book) for an application that reads C(AWS_INTRO_SAMPLE_) variables, else V(rails).
  returned: success
  type: str
  sample: rails
adapter:
  description: Adapter of its bundle that speaks to the database, V(mysql2), V(trilogy), V(postgresql) or V(postgis).
  returned: success
  type: str
  sample: mysql2
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._doctor import expects
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, NoApplication
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


@guarded
def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "engine": {"type": "str", "choices": ["mysql", "mariadb", "postgres"], "default": "mysql"},
            "gemfile": {"type": "str", "default": "Gemfile"},
        },
        supports_check_mode=True,
    )
    try:
        app = Application(Path(module.params["path"]), module.params["gemfile"])
    except (NoApplication, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, contract=expects.contract(app), adapter=expects.adapter(app, module.params["engine"]))


if __name__ == "__main__":
    main()
