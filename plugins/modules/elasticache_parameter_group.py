#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: elasticache_parameter_group
short_description: Keep a parameter group of ElastiCache as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends and removes a parameter group for Redis, Valkey or Memcached.
  - Unlike M(community.aws.elasticache_parameter_group) it knows every family that AWS has, Valkey's included, has a check
    mode and a diff, and puts a parameter that is no longer named back to its default.
  - Parameters are judged before anything is made, by what AWS says of the family.
options:
  name:
    description: Name of the parameter group. AWS keeps it in lower case.
    type: str
    required: true
  state:
    description: Whether the parameter group is to exist.
    type: str
    choices: [present, absent]
    default: present
  family:
    description:
      - Family of the group, for example V(redis7) or V(valkey8).
      - Needed to create the group; cannot be changed afterwards.
    type: str
  description:
    description:
      - What the group is for. AWS cannot change it afterwards, so a difference is a warning only.
      - Defaults to O(name).
    type: str
  parameters:
    description:
      - Values by name. Booleans become V(yes) and V(no).
      - When it is not given the parameters are left alone.
    type: dict
  purge_parameters:
    description: Whether parameters that are not in O(parameters) go back to their defaults.
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
"""

EXAMPLES = r"""
- name: Ensure the parameter group of a cache in cluster mode
  railyard.aws.elasticache_parameter_group:
    name: railyard-cache
    family: redis7
    description: Cache of the web servers
    parameters:
      cluster-enabled: true
      maxmemory-policy: allkeys-lru

- name: Remove it
  railyard.aws.elasticache_parameter_group:
    name: railyard-cache
    state: absent
"""

RETURN = r"""
parameter_group:
  description: The group; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the group.
      type: str
      sample: railyard-cache
    arn:
      description: ARN of the group; empty in check mode when it does not exist yet.
      type: str
      sample: arn:aws:elasticache:ap-northeast-1:123456789012:parametergroup:railyard-cache
    family:
      description: Family of the group.
      type: str
      sample: redis7
    description:
      description: What the group is for.
      type: str
      sample: Cache of the web servers
parameters_set:
  description: Parameters that were given another value.
  returned: when O(parameters) is given
  type: dict
  sample: {"maxmemory-policy": "allkeys-lru"}
parameters_reset:
  description: Names of the parameters that were put back to their defaults.
  returned: when O(parameters) is given
  type: list
  elements: str
  sample: [timeout]
"""

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups.group import ARGUMENTS, Api, ParameterGroup
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import ELASTICACHE


class CacheParameterGroup(ParameterGroup):
    """A parameter group of ElastiCache."""

    service = "elasticache"
    # A group cannot be changed while an earlier change of it is on its way to its caches.
    retry = {"retries": 8, "delay": 2, "catch_extra_error_codes": ["InvalidCacheParameterGroupState"]}
    tag_api = ELASTICACHE
    shows_all_tags = True
    api = Api(
        group="cache_parameter_group",
        parameters="describe_cache_parameters",
        prefix="Cache",
        arn="ARN",
        entries="ParameterNameValues",
        missing="CacheParameterGroupNotFound",
        unknown_family=["InvalidParameterValue"],
    )
    booleans = ("no", "yes")
    default_word = "(default)"
    judges_values = True
    family_hint = "give its family, for example family: redis7"

    def cannot_become(self, family: str) -> str:
        return (
            f"{self.title} is of family {family} and AWS cannot change it to {self.params['family']}."
            " Give the group for the new family another name, move the cache to it, then remove this one."
        )

    def no_family(self, family: str) -> str:
        groups = read_all(self.client, "describe_cache_parameter_groups", "CacheParameterGroups")
        known = sorted({self.family_of(group) for group in groups})
        return f"ElastiCache has no parameter group family '{family}'. It has: {', '.join(known)}."

    def plan(self, found: dict[str, Any]) -> Diff:
        diff = super().plan(found)
        if self.params["description"] not in (None, "", found["Description"]):
            self.warnings.append(f"{self.title} is described as '{found['Description']}'; AWS cannot change that.")
        return diff

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        group = {"arn": "", **{key: new[key] for key in ("name", "family", "description")}}
        return {"parameter_group": group, **self._touched()}

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        group = {"name": self.name, "arn": self.tag_target(found), "family": self.family_of(found), "description": found["Description"]}
        return {"parameter_group": group, **self._touched()}

    def _touched(self) -> dict[str, Any]:
        return {} if self.params["parameters"] is None else {"parameters_set": self.to_set, "parameters_reset": self.to_reset}

    def delete(self, found: dict[str, Any]) -> None:
        clusters = read_all(self.client, "describe_cache_clusters", "CacheClusters")
        users = sorted(
            {
                cluster.get("ReplicationGroupId") or cluster["CacheClusterId"]
                for cluster in clusters
                if cluster.get("CacheParameterGroup", {}).get("CacheParameterGroupName") == self.name
            }
        )
        if users:
            raise ResourceError(f"{self.title} is used by {', '.join(users)}; remove that or give it another parameter group first.")
        super().delete(found)


@guarded
def main() -> None:
    run(CacheParameterGroup, ARGUMENTS)


if __name__ == "__main__":
    main()
