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
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.tags import ensure_tags
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

#: Option -> key of the requests.
KEYS = {"description": "CacheSubnetGroupDescription", "subnet_ids": "SubnetIds"}


def find(client, name):
    """Return the group in the words of the module's options with its ``arn``, or None. Raises botocore's ClientError."""
    try:
        group = first(client.describe_cache_subnet_groups(CacheSubnetGroupName=name, aws_retry=True), "CacheSubnetGroups")
    except is_boto3_error_code(["CacheSubnetGroupNotFoundFault", "CacheSubnetGroupNotFound"]):
        return None
    if group is None:
        return None
    return {
        "name": name,
        "arn": group["ARN"],
        "description": group.get("CacheSubnetGroupDescription", ""),
        "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
    }


def create(client, params, check_mode):
    """Create the group; return the result for exit_json. Raises CacheError when options are missing."""
    name, tags = params["name"], params["tags"] or {}
    if not params["subnet_ids"]:
        raise CacheError(f"Cache subnet group '{name}' does not exist; give subnet_ids to create it.")
    group = {"name": name, "arn": "", "description": params["description"] or name, "subnet_ids": sorted(params["subnet_ids"])}
    if not check_mode:
        made = client.create_cache_subnet_group(
            CacheSubnetGroupName=name, Tags=ansible_dict_to_boto3_tag_list(tags), aws_retry=True, **{KEYS[option]: group[option] for option in KEYS}
        )
        group["arn"] = made["CacheSubnetGroup"]["ARN"]
    after = {**{option: group[option] for option in KEYS}, "tags": tags}
    return {"changed": True, "diff": {"before": {}, "after": after}, "subnet_group": group}


def ensure_present(client, params, check_mode):
    """Create or change the group; return the result for exit_json. Raises CacheError."""
    group = find(client, params["name"])
    if group is None:
        return create(client, params, check_mode)
    wanted = {"description": params["description"], "subnet_ids": params["subnet_ids"] and sorted(params["subnet_ids"])}
    after = {option: value for option, value in wanted.items() if value and value != group[option]}
    before = {option: group[option] for option in after}
    if after and not check_mode:
        client.modify_cache_subnet_group(CacheSubnetGroupName=params["name"], aws_retry=True, **{KEYS[option]: value for option, value in after.items()})
    group = {**group, **after}
    was, becomes = ensure_tags(client, group["arn"], params["tags"], params["purge_tags"], check_mode)
    if was != becomes:
        before["tags"], after["tags"] = was, becomes
    return {"changed": bool(after), "diff": {"before": before, "after": after}, "subnet_group": group}


def ensure_absent(client, params, check_mode):
    """Remove the group; return the result for exit_json."""
    group = find(client, params["name"])
    if group is not None and not check_mode:
        client.delete_cache_subnet_group(CacheSubnetGroupName=params["name"], aws_retry=True)
    before = {option: group[option] for option in KEYS} if group else {}
    return {"changed": group is not None, "diff": {"before": before, "after": {}}}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            description=dict(type="str"),
            subnet_ids=dict(type="list", elements="str"),
            tags=dict(type="dict", aliases=["resource_tags"]),
            purge_tags=dict(type="bool", default=True),
        ),
        supports_check_mode=True,
    )
    params = {**module.params, "name": module.params["name"].lower()}
    # For a while after its cache is gone AWS still counts a group as used.
    client = module.client("elasticache", retry_decorator=AWSRetry.jittered_backoff(retries=8, delay=2, catch_extra_error_codes=["CacheSubnetGroupInUse"]))
    try:
        ensure = ensure_absent if params["state"] == "absent" else ensure_present
        result = ensure(client, params, module.check_mode)
    except CacheError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Cache subnet group '{params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
