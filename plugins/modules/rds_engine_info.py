#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rds_engine_info
short_description: Look at which versions of an engine RDS offers, and until when it supports them
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Lists the versions of an engine with which RDS makes instances today, and the day on which the standard support of each
    major version ends. From then on AWS charges extra for it.
  - What AWS does not tell is left empty, with a warning that gives its reason. Nothing rests on it, it only allows an earlier word.
options:
  engine:
    description: The engine.
    type: str
    choices: [mysql, mariadb, postgres]
    default: mysql
  instance:
    description: Name of an instance whose engine is looked at, too; empty for none.
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
seealso:
  - module: amazon.aws.rds_engine_versions_info
"""

EXAMPLES = r"""
- name: Gather the versions of MySQL
  railyard.aws.rds_engine_info:
  register: __engine

- name: Show the newest one
  ansible.builtin.debug:
    msg: "{{ __engine.versions | last }}"
"""

RETURN = r"""
versions:
  description: Full versions, oldest first. Empty where RDS does not tell them.
  returned: success
  type: list
  elements: str
  sample: ["8.4.6", "8.4.7"]
instance_engine:
  description: Engine of O(instance); empty where there is no such instance, or RDS does not tell.
  returned: success
  type: str
  sample: mysql
standard_support_ends:
  description: Last day of standard support by major version, of those for which AWS tells one. Empty where RDS tells none.
  returned: success
  type: dict
  sample: {"8.4": "2029-07-31"}
"""

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import engine_of, offered, standard_support_ends


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            engine=dict(type="str", choices=["mysql", "mariadb", "postgres"], default="mysql"),
            instance=dict(type="str", default=""),
        ),
        supports_check_mode=True,
    )
    engine = module.params["engine"]
    client = module.client("rds", retry_decorator=AWSRetry.jittered_backoff())

    def told(read, nothing, what):
        try:
            return read()
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            module.warn(f"RDS does not tell {what}, so it is not judged: {error}")
            return nothing

    name = module.params["instance"]
    versions = told(lambda: offered(client, engine), [], f"the versions of {engine}")
    ends = told(lambda: standard_support_ends(client, engine), {}, f"the end of standard support of {engine}")
    has = told(lambda: engine_of(client, name), "", f"the engine of {name}") if name else ""
    module.exit_json(changed=False, versions=versions, instance_engine=has, standard_support_ends={major: f"{end:%Y-%m-%d}" for major, end in ends.items()})


if __name__ == "__main__":
    main()
