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
  tags:
    description: Tags of the group. When it is not given the tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.errors import CacheError
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.parameters import (
    differences,
    family_defaults,
    group_parameters,
    in_pages,
    judge,
    pages,
    text,
)
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.tags import ensure_tags
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


def find(client, name):
    """Return the group as the API describes it, or None."""
    try:
        answer = client.describe_cache_parameter_groups(CacheParameterGroupName=name, aws_retry=True)
    except is_boto3_error_code("CacheParameterGroupNotFound"):
        return None
    return first(answer, "CacheParameterGroups")


def check_fixed(params, group):
    """Return warnings about what cannot be mended; raise CacheError when the family would have to change."""
    family = group["CacheParameterGroupFamily"]
    if params["family"] and params["family"] != family:
        raise CacheError(
            f"Parameter group '{params['name']}' is of family {family} and AWS cannot change it to {params['family']}."
            " Give the group for the new family another name, move the cache to it, then remove this one."
        )
    if params["description"] and params["description"] != group["Description"]:
        return [f"Parameter group '{params['name']}' is described as '{group['Description']}'; AWS cannot change that."]
    return []


def create(client, params):
    """Create the group with its tags and return it."""
    request = dict(
        CacheParameterGroupName=params["name"],
        CacheParameterGroupFamily=params["family"],
        Description=params["description"] or params["name"],
    )
    if params["tags"]:
        request["Tags"] = ansible_dict_to_boto3_tag_list(params["tags"])
    return client.create_cache_parameter_group(aws_retry=True, **request)["CacheParameterGroup"]


def apply(client, name, to_set, to_reset):
    """Set and reset parameters, as many per request as AWS takes."""
    for part in in_pages(to_reset):
        client.reset_cache_parameter_group(
            CacheParameterGroupName=name,
            ParameterNameValues=[{"ParameterName": parameter} for parameter in part],
            aws_retry=True,
        )
    for part in in_pages(sorted(to_set.items())):
        client.modify_cache_parameter_group(
            CacheParameterGroupName=name,
            ParameterNameValues=[{"ParameterName": key, "ParameterValue": value} for key, value in part],
            aws_retry=True,
        )


def described(params, group):
    """Return the group for the result."""
    return {
        "name": params["name"],
        "arn": group.get("ARN", ""),
        "family": group["CacheParameterGroupFamily"],
        "description": group["Description"],
    }


def ensure_present(client, params, check_mode):
    """Create or mend the group; return the result for exit_json."""
    group = find(client, params["name"])
    created, before, after, warnings = group is None, {}, {}, []
    wanted = {name: text(value) for name, value in (params["parameters"] or {}).items()}
    if created:
        if not params["family"]:
            raise CacheError(f"Parameter group '{params['name']}' does not exist; give its family, for example family: redis7.")
        current = family_defaults(client, params["family"])
        group = {"CacheParameterGroupFamily": params["family"], "Description": params["description"] or params["name"]}
        after.update(described(params, group), tags=params["tags"] or {})
        del after["arn"]
    else:
        warnings = check_fixed(params, group)
        current = group_parameters(client, params["name"]) if params["parameters"] is not None else {}
    judge(wanted, current, group["CacheParameterGroupFamily"])
    to_set, to_reset = differences(wanted, current, params["purge_parameters"] and not created)
    touched = sorted([*to_set, *to_reset])
    if touched:
        if not created:
            before["parameters"] = {name: current[name].get("ParameterValue") for name in touched}
        after["parameters"] = {name: to_set.get(name, "(default)") for name in touched}
    if not check_mode:
        if created:
            group = create(client, params)
        apply(client, params["name"], to_set, to_reset)
    if not created:
        was, becomes = ensure_tags(client, group["ARN"], params["tags"], params["purge_tags"], check_mode)
        if was != becomes:
            before["tags"], after["tags"] = was, becomes
    result = {
        "changed": bool(before or after),
        "parameter_group": described(params, group),
        "diff": {"before": before, "after": after},
        "warnings": warnings,
    }
    if params["parameters"] is not None:
        result.update(parameters_set=to_set, parameters_reset=to_reset)
    return result


def users_of(client, name):
    """Return the ids of the replication groups and clusters that use a parameter group."""
    clusters = pages(client, "describe_cache_clusters")["CacheClusters"]
    return sorted(
        {
            cluster.get("ReplicationGroupId") or cluster["CacheClusterId"]
            for cluster in clusters
            if cluster.get("CacheParameterGroup", {}).get("CacheParameterGroupName") == name
        }
    )


def ensure_absent(client, params, check_mode):
    """Remove the group; return the result for exit_json. Raises CacheError when it is in use."""
    name = params["name"]
    group = find(client, name)
    if group is None:
        return {"changed": False, "diff": {"before": {}, "after": {}}}
    if not check_mode:
        # A plan does not ask: what uses the group may be planned to go before it.
        users = users_of(client, name)
        if users:
            raise CacheError(f"Parameter group '{name}' is used by {', '.join(users)}; remove that or give it another parameter group first.")
        client.delete_cache_parameter_group(CacheParameterGroupName=name, aws_retry=True)
    before = described(params, group)
    return {"changed": True, "diff": {"before": before, "after": {}}}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            family=dict(type="str"),
            description=dict(type="str"),
            parameters=dict(type="dict"),
            purge_parameters=dict(type="bool", default=True),
            tags=dict(type="dict", aliases=["resource_tags"]),
            purge_tags=dict(type="bool", default=True),
        ),
        supports_check_mode=True,
    )
    params = {**module.params, "name": module.params["name"].lower()}
    # A group cannot be changed while an earlier change of it is on its way to its caches.
    busy = ["InvalidCacheParameterGroupState"]
    client = module.client("elasticache", retry_decorator=AWSRetry.jittered_backoff(retries=8, delay=2, catch_extra_error_codes=busy))
    try:
        if params["name"].startswith("default."):
            raise CacheError(f"'{params['name']}' is a group of AWS's own, which nobody can change or remove; choose another name.")
        ensure = ensure_absent if params["state"] == "absent" else ensure_present
        result = ensure(client, params, module.check_mode)
    except CacheError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Parameter group '{params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
