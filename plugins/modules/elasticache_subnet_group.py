#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: elasticache_subnet_group
short_description: Keep a cache subnet group of ElastiCache as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, changes and removes a cache subnet group with its tags, which M(community.aws.elasticache_subnet_group) does not
    know.
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
  description:
    description: What the group is for; its name when it is not given to create it.
    type: str
  subnet_ids:
    description: Ids of the subnets. Needed to create the group.
    type: list
    elements: str
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
  - module: community.aws.elasticache_subnet_group
"""

EXAMPLES = r"""
- name: Ensure the subnets of the cache
  railyard.aws.elasticache_subnet_group:
    name: railyard
    description: Private subnets of railyard
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]

- name: Remove the group
  railyard.aws.elasticache_subnet_group:
    name: railyard
    state: absent
"""

RETURN = r"""
subnet_group:
  description: The group. In check mode one that does not exist has an empty C(arn).
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the group.
      type: str
      sample: railyard
    arn:
      description: ARN of the group.
      type: str
      sample: arn:aws:elasticache:ap-northeast-1:123456789012:subnetgroup:railyard
    description:
      description: What the group is for.
      type: str
      sample: Private subnets of railyard
    subnet_ids:
      description: Ids of the subnets, sorted.
      type: list
      elements: str
      sample: [subnet-0123456789abcdef0]
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff, differences, same_members
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import ELASTICACHE

#: Option -> key of the requests.
KEYS = {"description": "CacheSubnetGroupDescription", "subnet_ids": "SubnetIds"}

ARGUMENTS = dict(
    name=dict(type="str", required=True),
    **arguments.STATE,
    description=dict(type="str"),
    subnet_ids=dict(type="list", elements="str"),
    **arguments.TAGS,
)


class CacheSubnetGroup(Resource):
    """A subnet group of ElastiCache."""

    service = "elasticache"
    # For a while after its cache is gone AWS still counts a group as used.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["CacheSubnetGroupInUse"]}
    label = "Cache subnet group"
    tag_api = ELASTICACHE
    shows_all_tags = True

    @staticmethod
    def spelt(name: str) -> str:
        return name.lower()

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given; an empty one counts as none."""
        subnets = self.params["subnet_ids"]
        return {"description": self.params["description"] or None, "subnet_ids": sorted(subnets) if subnets else None}

    def find(self) -> dict[str, Any] | None:
        missing = ["CacheSubnetGroupNotFoundFault", "CacheSubnetGroupNotFound"]
        return find_by_name(self.client.describe_cache_subnet_groups, "CacheSubnetGroups", missing, CacheSubnetGroupName=self.name)

    def describe(self, found: dict[str, Any]) -> dict[str, Any]:
        """The group in the words of the module's options."""
        return {
            "description": found.get("CacheSubnetGroupDescription", ""),
            "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in found["Subnets"]),
        }

    def tag_target(self, found: dict[str, Any]) -> str:
        return found["ARN"]

    def _request(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"CacheSubnetGroupName": self.name, "aws_retry": True, **{KEYS[option]: options[option] for option in KEYS if option in options}}

    def new(self) -> dict[str, Any]:
        if not self.given["subnet_ids"]:
            raise ResourceError(f"{self.title} does not exist; give subnet_ids to create it.")
        return {"description": self.given["description"] or self.name, "subnet_ids": self.given["subnet_ids"], "tags": self.tags}

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return {"subnet_group": {"name": self.name, "arn": "", **{option: new[option] for option in KEYS}}}

    def create(self, new: dict[str, Any]) -> dict[str, Any]:
        tags = ansible_dict_to_boto3_tag_list(new["tags"])
        made = self.client.create_cache_subnet_group(Tags=tags, **self._request(new))["CacheSubnetGroup"]
        self.wanted = {option: new[option] for option in KEYS}
        return made

    def plan(self, found: dict[str, Any]) -> Diff:
        current = self.describe(found)
        changes = differences(self.given, current, KEYS, {"subnet_ids": same_members})
        self.wanted = {**current, **changes}
        return Diff({option: current[option] for option in changes}, changes)

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        self.client.modify_cache_subnet_group(**self._request(diff.after))

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"subnet_group": {"name": self.name, "arn": self.tag_target(found), **self.wanted}}

    def removed(self, found: dict[str, Any]) -> dict[str, Any]:
        return self.describe(found)

    def delete(self, found: dict[str, Any]) -> None:
        self.client.delete_cache_subnet_group(CacheSubnetGroupName=self.name, aws_retry=True)


@guarded
def main() -> None:
    run(CacheSubnetGroup, ARGUMENTS)


if __name__ == "__main__":
    main()
