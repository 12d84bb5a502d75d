#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloudwatch_dashboard
short_description: Keep a CloudWatch dashboard as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, replaces and removes a dashboard of CloudWatch.
  - Bodies are compared by what they mean, so that order of keys, blanks and ways to write a number make no change.
  - What AWS finds in a body is an error when it refuses the dashboard and a warning when it takes it all the same.
options:
  name:
    description: Name of the dashboard, unique in the account whatever the region.
    type: str
    required: true
  state:
    description: Whether the dashboard is to exist.
    type: str
    choices: [present, absent]
    default: present
  body:
    description:
      - The dashboard, as a dictionary or as text in JSON.
      - Its form is described at
        U(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
      - Required when O(state=present).
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it. AWS judges a body only when it is put.
    support: full
  diff_mode:
    description: Returns the body, and the tags that differ, before and after.
    support: full
seealso:
  - module: amazon.aws.cloudwatch_metric_alarm
"""

EXAMPLES = r"""
- name: Show the processors of two servers
  railyard.aws.cloudwatch_dashboard:
    name: railyard
    body:
      widgets:
        - type: metric
          width: 12
          height: 6
          properties:
            title: CPU
            region: ap-northeast-1
            metrics:
              - [AWS/EC2, CPUUtilization, InstanceId, i-0123456789abcdef0]
              - [AWS/EC2, CPUUtilization, InstanceId, i-0123456789abcdef1]
    tags:
      Stack: railyard

- name: Put a dashboard from a template in JSON
  railyard.aws.cloudwatch_dashboard:
    name: railyard
    body: "{{ lookup('ansible.builtin.template', 'dashboard.json.j2') }}"

- name: Remove the dashboard
  railyard.aws.cloudwatch_dashboard:
    name: railyard
    state: absent
"""

RETURN = r"""
dashboard_arn:
  description: ARN of the dashboard; in check mode a placeholder when it does not exist yet.
  returned: when O(state=present)
  type: str
  sample: arn:aws:cloudwatch::123456789012:dashboard/railyard
validation_messages:
  description: What AWS found in the body and took all the same. Each is a warning, too.
  returned: when O(state=present)
  type: list
  elements: str
  sample: ["/widgets/0/properties/metrics/0: Should NOT have more than 4 items"]
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import dashboards
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import tag_change

PLACEHOLDER_ARN = "arn:aws:cloudwatch::000000000000:dashboard/{name}"


def find(client: Any, name: str) -> dict[str, Any] | None:
    """The dashboard as the API describes it, or None."""
    try:
        return client.get_dashboard(DashboardName=name, aws_retry=True)
    except is_boto3_error_code(dashboards.MISSING):
        return None


def read_new(client: Any, name: str) -> dict[str, Any]:
    """A dashboard that was put a moment ago, which not every server of AWS has heard of yet."""
    return AWSRetry.jittered_backoff(retries=5, delay=1, catch_extra_error_codes=dashboards.MISSING)(client.get_dashboard)(DashboardName=name)


def put(client: Any, name: str, body: dict[str, Any]) -> list[str]:
    """Put the dashboard; return what AWS found in it and took. Raises DashboardError when AWS refuses the body."""
    try:
        answer = client.put_dashboard(DashboardName=name, DashboardBody=dashboards.meaning(body), aws_retry=True)
    except is_boto3_error_code(dashboards.REFUSED) as error:
        raise dashboards.DashboardError(dashboards.refusal(name, error.response)) from error
    return dashboards.messages(answer)


def ensure_tags(client: Any, params: dict[str, Any], arn: str | None, check_mode: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Mend the tags that differ; return them before and after. ``arn`` is None when there is no dashboard yet."""
    if params["tags"] is None:
        return {}, {}
    current = {}
    if arn:
        current = boto3_tag_list_to_ansible_dict(client.list_tags_for_resource(ResourceARN=arn, aws_retry=True)["Tags"])
    change = tag_change(current, params["tags"], params["purge_tags"])
    if arn and not check_mode:
        if change.to_remove:
            client.untag_resource(ResourceARN=arn, TagKeys=change.to_remove, aws_retry=True)
        if change.to_set:
            client.tag_resource(ResourceARN=arn, Tags=ansible_dict_to_boto3_tag_list(change.to_set), aws_retry=True)
    return change.before, change.after


def ensure_present(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Create or mend the dashboard; return the result for exit_json."""
    name, body = params["name"], params["body"]
    dashboards.check_name(name)
    found = find(client, name)
    current = dashboards.parse_body(found["DashboardBody"]) if found else None
    arn = found["DashboardArn"] if found else None
    before, after, said = {}, {}, []
    if found is None or dashboards.meaning(current) != dashboards.meaning(body):
        before, after = {"body": current} if found else {}, {"body": body}
        if not check_mode:
            said = put(client, name, body)
            # The answer to putting holds no ARN, and only ARNs can be tagged.
            arn = arn or read_new(client, name)["DashboardArn"]
    tags_before, tags_after = ensure_tags(client, params, arn, check_mode)
    if tags_before or tags_after:
        after["tags"] = tags_after
        if found:
            before["tags"] = tags_before
    return {
        "changed": bool(before or after),
        "dashboard_arn": arn or PLACEHOLDER_ARN.format(name=name),
        "validation_messages": said,
        "diff": {"before": before, "after": after},
    }


def ensure_absent(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Remove the dashboard; return the result for exit_json."""
    name = params["name"]
    dashboards.check_name(name)
    found = find(client, name)
    if found and not check_mode:
        try:
            client.delete_dashboards(DashboardNames=[name], aws_retry=True)
        except is_boto3_error_code(dashboards.MISSING):
            pass  # Somebody else was quicker.
    before = {"body": dashboards.parse_body(found["DashboardBody"])} if found else {}
    return {"changed": bool(found), "diff": {"before": before, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "body": {"type": "dict"},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
        },
        required_if=[("state", "present", ["body"])],
        supports_check_mode=True,
    )
    # Two puts at once are a conflict that passes; tagging may not know a new dashboard yet, and says so in a code that
    # differs from that of a dashboard that is not there.
    retry = AWSRetry.jittered_backoff(retries=5, catch_extra_error_codes=["ConflictException", "ResourceNotFoundException"])
    client = module.client("cloudwatch", retry_decorator=retry)
    ensure = ensure_absent if module.params["state"] == "absent" else ensure_present
    try:
        result = ensure(client, module.params, module.check_mode)
    except dashboards.DashboardError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Dashboard '{module.params['name']}' could not be kept")
    for message in result.get("validation_messages", []):
        module.warn(f"Dashboard '{module.params['name']}': {message}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
