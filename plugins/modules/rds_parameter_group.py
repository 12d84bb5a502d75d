#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rds_parameter_group
short_description: Keep a DB parameter group of RDS as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates and removes a DB parameter group, sets its parameters and resets those that somebody else set.
  - Parameters that the server takes up while it runs are changed at once, the others with its next reboot.
  - M(amazon.aws.rds_instance_param_group) resets nothing, plans no change of a parameter and fails in check mode where the
    group does not exist yet.
options:
  name:
    description: Name of the group. AWS keeps it in lower case.
    type: str
    required: true
  state:
    description: Whether the group is to exist.
    type: str
    choices: [present, absent]
    default: present
  family:
    description: Family, for example V(mysql8.4). Needed to create the group. Cannot be changed.
    type: str
  description:
    description: What the group is for; its name when it is not given. Cannot be changed.
    type: str
  parameters:
    description:
      - Values by name. V(true) and V(false) are written as AWS does, V(1) and V(0).
      - When it is not given the parameters are left alone.
    type: dict
  purge_parameters:
    description: Whether parameters that somebody set and that are not in O(parameters) go back to their defaults.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
seealso:
  - module: amazon.aws.rds_instance_param_group
"""

EXAMPLES = r"""
- name: Ensure that clients speak TLS and slow queries are logged
  railyard.aws.rds_parameter_group:
    name: railyard-mysql8-4
    family: mysql8.4
    parameters:
      require_secure_transport: true
      slow_query_log: true
      long_query_time: 1

- name: Remove the group
  railyard.aws.rds_parameter_group:
    name: railyard-mysql8-4
    state: absent
"""

RETURN = r"""
parameter_group:
  description: The group. In check mode one that does not exist has an empty C(arn).
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the group.
      type: str
      sample: railyard-mysql8-4
    arn:
      description: ARN of the group.
      type: str
      sample: arn:aws:rds:ap-northeast-1:123456789012:pg:railyard-mysql8-4
    family:
      description: Family of the group.
      type: str
      sample: mysql8.4
    parameters:
      description: The parameters that are set, others have their defaults.
      type: dict
      sample: {"require_secure_transport": "1"}
    tags:
      description: Tags of the group.
      type: dict
      sample: {"Stack": "railyard"}
"""

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups.group import ARGUMENTS, Api, ParameterGroup
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups.parameters import set_by_user
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import RDS

#: How the engine's words for a boolean are written, too.
WORDS = {"on": "1", "off": "0"}


class DBParameterGroup(ParameterGroup):
    """A parameter group of RDS."""

    service = "rds"
    # For a while after its database is gone AWS still counts a group as used.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["InvalidDBParameterGroupState"]}
    tag_api = RDS
    returns_tags = True
    api = Api(
        group="db_parameter_group",
        parameters="describe_db_parameters",
        prefix="DB",
        arn="DBParameterGroupArn",
        entries="Parameters",
        missing="DBParameterGroupNotFound",
        unknown_family=["InvalidParameterValue", "DBParameterGroupNotFound"],
    )
    booleans = ("0", "1")
    judges_values = False
    family_hint = "give family to create it, for example mysql8.4"

    @staticmethod
    def same(wanted: str, current: str | None) -> bool:
        return current is not None and WORDS.get(wanted.lower(), wanted) == WORDS.get(current.lower(), current)

    def cannot_become(self, family: str) -> str:
        return (
            f"{self.title} is of family {family}, which cannot become {self.params['family']}. Give the group of the"
            " new family another name; the old one can go once no database uses it."
        )

    def no_family(self, family: str) -> str:
        return f"RDS has no parameter group family '{family}'; it is an engine and its major version, such as mysql8.4."

    def entry(self, parameter: dict[str, Any]) -> dict[str, Any]:
        method = "immediate" if parameter.get("ApplyType") == "dynamic" else "pending-reboot"
        return {**super().entry(parameter), "ApplyMethod": method}

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return {"parameter_group": {"arn": "", **{key: new[key] for key in ("name", "family", "parameters", "tags")}}}

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in set_by_user(self.known or self.parameters()).items() if name not in self.to_reset}
        return {
            "parameter_group": {
                "name": self.name,
                "arn": self.tag_target(found),
                "family": self.family_of(found),
                "parameters": {**kept, **self.to_set},
                "tags": self.tags,
            }
        }


@guarded
def main() -> None:
    run(DBParameterGroup, ARGUMENTS)


if __name__ == "__main__":
    main()
