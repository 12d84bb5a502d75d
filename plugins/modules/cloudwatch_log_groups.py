#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloudwatch_log_groups
short_description: Keep log groups of CloudWatch with one retention
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates log groups, mends their retention and tags, and removes them with everything that was logged.
  - Knows all retentions that AWS does, and removes no log group to change one.
options:
  names:
    description: Names of the log groups.
    type: list
    elements: str
    required: true
  state:
    description: Whether they are to exist.
    type: str
    choices: [present, absent]
    default: present
  retention_days:
    description: Days after which what was logged goes. Required when O(state=present).
    type: int
  kms_key_arn:
    description: ARN of the key that encrypts log groups that are made. CloudWatch's own when not given.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, by the names of the log groups.
    support: full
seealso:
  - module: amazon.aws.cloudwatchlogs_log_group
"""

EXAMPLES = r"""
- name: Ensure what nginx and Rails log for a month
  railyard.aws.cloudwatch_log_groups:
    names: [/railyard/nginx/access, /railyard/rails]
    retention_days: 30
    tags:
      Stack: railyard

- name: Remove a log group with what is in it
  railyard.aws.cloudwatch_log_groups:
    names: [/railyard/rails]
    state: absent
"""

RETURN = r"""
created:
  description: Names of the log groups that were made.
  returned: success
  type: list
  elements: str
  sample: [/railyard/rails]
mended:
  description: Names of the log groups that were changed.
  returned: success
  type: list
  elements: str
removed:
  description: Names of the log groups that were removed.
  returned: success
  type: list
  elements: str
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._logs import log_groups as rules
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import TagChange, tag_change

Differences = dict[str, Any]


def find(client: Any, names: list[str]) -> dict[str, dict[str, Any]]:
    """Those of the log groups that exist, by name: one look at all that share the start of their names."""
    start = names[0]
    while not all(name.startswith(start) for name in names):
        start = start[:-1]
    if not start:
        return {group["logGroupName"]: group for name in names for group in rules.read(client, name) if group["logGroupName"] == name}
    return {group["logGroupName"]: group for group in rules.read(client, start) if group["logGroupName"] in names}


def create(client: Any, name: str, params: dict[str, Any]) -> None:
    """Make one log group. Somebody else, such as a service that logs, may have been quicker."""
    request = {"logGroupName": name}
    if params["tags"]:
        request["tags"] = {key: str(value) for key, value in params["tags"].items()}
    if params["kms_key_arn"]:
        request["kmsKeyId"] = params["kms_key_arn"]
    try:
        client.create_log_group(**request, aws_retry=True)
    except is_boto3_error_code("ResourceAlreadyExistsException"):
        pass
    client.put_retention_policy(logGroupName=name, retentionInDays=params["retention_days"], aws_retry=True)


def mend_tags(client: Any, group: dict[str, Any], change: TagChange) -> None:
    """Make the tags of a log group what they are to be."""
    arn = rules.tagging_arn(group)
    if change.to_remove:
        client.untag_resource(resourceArn=arn, tagKeys=change.to_remove, aws_retry=True)
    if change.to_set:
        client.tag_resource(resourceArn=arn, tags=change.to_set, aws_retry=True)


def mend(client: Any, group: dict[str, Any], params: dict[str, Any], check_mode: bool) -> tuple[Differences, Differences]:
    """Change what differs on a log group that exists; return it before and after."""
    before: Differences = {}
    after: Differences = {}
    days = params["retention_days"]
    if group.get("retentionInDays") != days:
        before["retention_days"], after["retention_days"] = group.get("retentionInDays"), days
        if not check_mode:
            client.put_retention_policy(logGroupName=group["logGroupName"], retentionInDays=days, aws_retry=True)
    if params["tags"] is not None:
        change = tag_change(rules.tags_of(client, group), params["tags"], params["purge_tags"])
        if change.before or change.after:
            before["tags"], after["tags"] = change.before, change.after
            if not check_mode:
                mend_tags(client, group, change)
    return before, after


def ensure_present(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Create or mend the log groups; return the result for exit_json. Raises LogGroupError."""
    rules.check(params["names"], params["retention_days"])
    found = find(client, params["names"])
    before: Differences = {}
    after: Differences = {}
    for name in params["names"]:
        if name in found:
            was, becomes = mend(client, found[name], params, check_mode)
            if was or becomes:
                before[name], after[name] = was, becomes
            continue
        after[name] = {"retention_days": params["retention_days"], **({"tags": params["tags"]} if params["tags"] else {})}
        if not check_mode:
            create(client, name, params)
    return {
        "changed": bool(after),
        "created": [name for name in after if name not in found],
        "mended": [name for name in after if name in found],
        "removed": [],
        "diff": {"before": before, "after": after},
    }


def ensure_absent(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Remove the log groups; return the result for exit_json."""
    found = find(client, params["names"])
    for name in found if not check_mode else ():
        try:
            client.delete_log_group(logGroupName=name, aws_retry=True)
        except is_boto3_error_code("ResourceNotFoundException"):
            pass  # Somebody else was quicker.
    before = {name: {"retention_days": group.get("retentionInDays")} for name, group in found.items()}
    return {"changed": bool(found), "created": [], "mended": [], "removed": sorted(found), "diff": {"before": before, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "retention_days": {"type": "int"},
            "kms_key_arn": {"type": "str", "no_log": False},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
        },
        required_if=[("state", "present", ["retention_days"])],
        supports_check_mode=True,
    )
    if not module.params["names"]:
        module.exit_json(changed=False, created=[], mended=[], removed=[])
    retry = AWSRetry.jittered_backoff(retries=8, catch_extra_error_codes=["OperationAbortedException"])
    client = module.client("logs", retry_decorator=retry)
    ensure = ensure_absent if module.params["state"] == "absent" else ensure_present
    try:
        result = ensure(client, module.params, module.check_mode)
    except rules.LogGroupError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The log groups {', '.join(module.params['names'])} could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
