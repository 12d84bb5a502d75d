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

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._rds.errors import DatabaseError
from ansible_collections.railyard.aws.plugins.module_utils._rds.parameters import (
    differences,
    family_defaults,
    group_parameters,
    in_pages,
    judge,
    set_by_somebody,
    text,
)
from ansible_collections.railyard.aws.plugins.module_utils._rds.tags import ensure_tags, read_tags


def find(client, name):
    """Return the group as the API describes it, or None. Raises botocore's ClientError."""
    try:
        return first(client.describe_db_parameter_groups(DBParameterGroupName=name, aws_retry=True), "DBParameterGroups")
    except is_boto3_error_code("DBParameterGroupNotFound"):
        return None


def set_parameters(client, name, to_set, to_reset, known):
    """Set and reset parameters, as many in one request as AWS takes."""

    def entry(parameter):
        return {"ParameterName": parameter, "ApplyMethod": "immediate" if known[parameter].get("ApplyType") == "dynamic" else "pending-reboot"}

    for page in in_pages(sorted(to_set)):
        wanted = [{**entry(parameter), "ParameterValue": to_set[parameter]} for parameter in page]
        client.modify_db_parameter_group(DBParameterGroupName=name, Parameters=wanted, aws_retry=True)
    for page in in_pages(to_reset):
        client.reset_db_parameter_group(DBParameterGroupName=name, Parameters=[entry(one) for one in page], aws_retry=True)


def create(client, params, wanted, check_mode):
    """Create the group; return the result for exit_json."""
    name, family, tags = params["name"], params["family"], params["tags"] or {}
    if not family:
        raise DatabaseError(f"Parameter group '{name}' does not exist; give family to create it, for example mysql8.4.")
    known = family_defaults(client, family)
    judge(wanted, known, family)
    to_set, to_reset = differences(wanted, known, purge=False)
    description = params["description"] or name
    group = {"name": name, "arn": "", "family": family, "parameters": to_set, "tags": tags}
    after = {"family": family, "description": description, "parameters": to_set, "tags": tags}
    if not check_mode:
        made = client.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily=family, Description=description, Tags=ansible_dict_to_boto3_tag_list(tags), aws_retry=True
        )["DBParameterGroup"]
        group["arn"] = made["DBParameterGroupArn"]
        set_parameters(client, name, to_set, to_reset, known)
    return {"changed": True, "diff": {"before": {}, "after": after}, "parameter_group": group}


def ensure_present(client, params, check_mode):
    """Create or change the group; return the result for exit_json. Raises DatabaseError."""
    name = params["name"]
    wanted = {parameter: text(value) for parameter, value in (params["parameters"] or {}).items()}
    group = find(client, name)
    if group is None:
        return create(client, params, wanted, check_mode)
    arn, family = group["DBParameterGroupArn"], group["DBParameterGroupFamily"]
    if params["family"] not in (None, family):
        raise DatabaseError(
            f"Parameter group '{name}' is of family {family}, which cannot become {params['family']}. Give the group of the"
            " new family another name; the old one can go once no database uses it."
        )
    before, after = {}, {}
    parameters = group_parameters(client, name)
    has = set_by_somebody(parameters)
    if params["parameters"] is not None:
        judge(wanted, parameters, family)
        to_set, to_reset = differences(wanted, parameters, params["purge_parameters"])
        if to_set or to_reset:
            before["parameters"] = {one: parameters[one].get("ParameterValue") for one in [*to_set, *to_reset]}
            after["parameters"] = {**to_set, **dict.fromkeys(to_reset)}
            has = {**{one: value for one, value in has.items() if one not in to_reset}, **to_set}
            if not check_mode:
                set_parameters(client, name, to_set, to_reset, parameters)
    current = read_tags(client, arn)
    tags = ensure_tags(client, arn, current, params["tags"], params["purge_tags"], check_mode)
    if tags.before != tags.after:
        before["tags"], after["tags"] = tags.before, tags.after
    kept = {key: value for key, value in current.items() if key not in tags.to_remove}
    return {
        "changed": bool(after),
        "diff": {"before": before, "after": after},
        "parameter_group": {"name": name, "arn": arn, "family": family, "parameters": has, "tags": {**kept, **tags.to_set}},
    }


def ensure_absent(client, params, check_mode):
    """Remove the group; return the result for exit_json."""
    name = params["name"]
    group = find(client, name)
    if group is not None and not check_mode:
        client.delete_db_parameter_group(DBParameterGroupName=name, aws_retry=True)
    before = {"family": group["DBParameterGroupFamily"]} if group else {}
    return {"changed": group is not None, "diff": {"before": before, "after": {}}}


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
    # For a while after its database is gone AWS still counts a group as used.
    client = module.client("rds", retry_decorator=AWSRetry.jittered_backoff(retries=8, delay=2, catch_extra_error_codes=["InvalidDBParameterGroupState"]))
    try:
        if params["name"].startswith("default."):
            raise DatabaseError(f"'{params['name']}' is a group of AWS's own, which nobody can change or remove; choose another name.")
        ensure = ensure_absent if params["state"] == "absent" else ensure_present
        result = ensure(client, params, module.check_mode)
    except DatabaseError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Parameter group '{params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
