#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_doctor
short_description: Say what of a Rails application will not work on a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads C(Gemfile.lock), the configuration and the uploaders of an application, and compares them with what a stack gives.
  - Nothing of the application is run, and nothing is changed.
options:
  path:
    description: Directory of the application.
    type: path
    required: true
  cluster_mode:
    description: Whether the stack's cache spreads its keys over shards.
    type: bool
    default: true
  database_url:
    description: Whether the environment of the servers has a C(DATABASE_URL) with TLS, which Rails merges into its configuration.
    type: bool
    default: false
  environment:
    description: Names of the variables that a person adds to the environment of the servers.
    type: list
    elements: str
    default: []
  gemfile:
    description: The bundle's Gemfile, from the directory of the application.
    type: str
    default: Gemfile
  metadata_tokens:
    description: Whether servers give credentials only to who brings a token.
    type: str
    choices: [required, optional]
    default: required
  object_ownership:
    description: Object ownership of the bucket for uploads.
    type: str
    choices: [BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]
    default: BucketOwnerEnforced
  ruby_provider:
    description: Where the servers' Ruby comes from.
    type: str
    choices: [rbenv, package]
    default: rbenv
  ruby_version:
    description: Version of the servers' Ruby, where rbenv compiles it.
    type: str
    default: 2.6.6
  servers:
    description: How many servers answer, each with a disk of its own.
    type: int
    default: 2
  shared:
    description: Directories that all releases of a server share, from the directory of the application.
    type: list
    elements: str
    default: [log, tmp/pids, public/assets]
attributes:
  check_mode:
    description: Nothing is changed, so check mode makes no difference.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Read an application before it is deployed
  railyard.aws.app_doctor:
    path: /home/ada/shop
    ruby_version: 3.4.1
  register: doctor

- name: Assert that it will work
  ansible.builtin.assert:
    that: doctor.breaks == 0
"""

RETURN = r"""
findings:
  description: What was found, what breaks first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name of the illness.
      type: str
      sample: imdsv1
    weight:
      description: V(breaks) or V(warns).
      type: str
      sample: breaks
    what:
      description: What will not work, and why.
      type: str
    where:
      description: Files and lines in which it was seen.
      type: str
      sample: config/environments/production.rb:42
    mend:
      description: The line that mends it, in the application or in the stack's variables.
      type: str
      sample: gem "fog-aws", ">= 3.6.4"
    loses:
      description: Whether the next release loses people's data, for certain.
      type: bool
text:
  description: The same in lines for people.
  returned: success
  type: str
  sample: Nothing of it breaks on this stack.
breaks:
  description: How many of them break something.
  returned: success
  type: int
  sample: 1
"""

from dataclasses import asdict
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, NoApplication
from ansible_collections.railyard.aws.plugins.module_utils._doctor.checks import examine, told
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


@guarded
def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "cluster_mode": {"type": "bool", "default": True},
            "database_url": {"type": "bool", "default": False},
            "environment": {"type": "list", "elements": "str", "default": []},
            "gemfile": {"type": "str", "default": "Gemfile"},
            "metadata_tokens": {"type": "str", "choices": ["required", "optional"], "default": "required"},
            "object_ownership": {
                "type": "str",
                "choices": ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"],
                "default": "BucketOwnerEnforced",
            },
            "ruby_provider": {"type": "str", "choices": ["rbenv", "package"], "default": "rbenv"},
            "ruby_version": {"type": "str", "default": "2.6.6"},
            "servers": {"type": "int", "default": 2},
            "shared": {"type": "list", "elements": "str", "default": ["log", "tmp/pids", "public/assets"]},
        },
        supports_check_mode=True,
    )
    try:
        findings = examine(Application(Path(module.params["path"]), module.params["gemfile"]), module.params)
    except (NoApplication, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=False,
        text=told(findings),
        findings=[asdict(finding) for finding in findings],
        breaks=sum(finding.weight == BREAKS for finding in findings),
    )


if __name__ == "__main__":
    main()
