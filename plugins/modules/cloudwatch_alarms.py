#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloudwatch_alarms
short_description: Keep a set of CloudWatch alarms as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends and removes the alarms whose names start with one prefix. They are read with one call, whatever their
    number, and only those that differ are touched.
  - For alarms on one metric. Alarms on expressions and composite alarms are neither made nor, below the prefix, kept in order.
options:
  prefix:
    description:
      - What the name of each alarm starts with, and by which those are found that are to go. It cannot be empty.
      - End it with a character that the rest of a name cannot start with, so that C(shop/) does not take in C(shop-two/).
    type: str
    required: true
  alarms:
    description: The alarms that are to exist.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, which starts with O(prefix).
        type: str
        required: true
      description:
        description: What it means and what to do about it.
        type: str
        default: ''
      namespace:
        description: Namespace of the metric.
        type: str
        required: true
      metric_name:
        description: Name of the metric.
        type: str
        required: true
      dimensions:
        description: Dimensions of the metric.
        type: dict
        default: {}
      statistic:
        description: V(Average), V(Minimum), V(Maximum), V(Sum), V(SampleCount), or a percentile such as V(p95).
        type: str
        default: Average
      comparison_operator:
        description: How the statistic is compared with O(alarms[].threshold).
        type: str
        choices: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]
        default: GreaterThanOrEqualToThreshold
      threshold:
        description: What it is compared with, in the metric's unit.
        type: float
        required: true
      period:
        description: Seconds of one datapoint.
        type: int
        default: 300
      evaluation_periods:
        description: How many periods are looked at.
        type: int
        default: 1
      datapoints_to_alarm:
        description: How many of them must breach. All of them when not given.
        type: int
      treat_missing_data:
        description: What a missing datapoint counts as.
        type: str
        choices: [breaching, notBreaching, ignore, missing]
        default: missing
      actions_enabled:
        description: Whether the actions are carried out.
        type: bool
        default: true
      alarm_actions:
        description: ARNs of what is told when the alarm is raised.
        type: list
        elements: str
        default: []
      ok_actions:
        description: ARNs of what is told when it is over.
        type: list
        elements: str
        default: []
      insufficient_data_actions:
        description: ARNs of what is told when there is no data.
        type: list
        elements: str
        default: []
  purge:
    description: Whether alarms that start with O(prefix) and are not in O(alarms) are removed.
    type: bool
    default: true
  tags:
    description:
      - Tags of every alarm that is made or changed.
      - AWS tells the tags of one alarm a call, so those of alarms that are as they should be are not looked at.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, by the names of the alarms.
    support: full
seealso:
  - module: amazon.aws.cloudwatch_metric_alarm
  - module: railyard.aws.cloudwatch_dashboard
"""

EXAMPLES = r"""
- name: Report when a server is down or works too hard, and of no other server
  railyard.aws.cloudwatch_alarms:
    prefix: railyard/
    alarms:
      - name: railyard/web01/liveness
        namespace: AWS/EC2
        metric_name: StatusCheckFailed
        dimensions: {InstanceId: i-0123456789abcdef0}
        statistic: Maximum
        threshold: 1
        period: 60
        evaluation_periods: 3
        treat_missing_data: breaching
        alarm_actions: [arn:aws:sns:ap-northeast-1:123456789012:railyard-alarms]
      - name: railyard/web01/cpu
        namespace: AWS/EC2
        metric_name: CPUUtilization
        dimensions: {InstanceId: i-0123456789abcdef0}
        threshold: 80
        evaluation_periods: 3
    tags:
      Stack: railyard

- name: Remove all of them
  railyard.aws.cloudwatch_alarms:
    prefix: railyard/
    alarms: []
"""

RETURN = r"""
created:
  description: Names of the alarms that were made.
  returned: success
  type: list
  elements: str
  sample: [railyard/web03/cpu]
mended:
  description: Names of the alarms that were changed.
  returned: success
  type: list
  elements: str
removed:
  description: Names of the alarms that were removed.
  returned: success
  type: list
  elements: str
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms as rules
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

#: How many alarms AWS removes at once.
REMOVED_AT_ONCE = 100


def put(client: Any, alarm: rules.Alarm, arn: str | None, tags: dict[str, Any] | None) -> None:
    """Make or change one alarm. AWS takes tags with the request of a new one only."""
    listed = ansible_dict_to_boto3_tag_list(tags or {})
    client.put_metric_alarm(**rules.request(alarm), **({"Tags": listed} if listed and arn is None else {}), aws_retry=True)
    if listed and arn is not None:
        client.tag_resource(ResourceARN=arn, Tags=listed, aws_retry=True)


def remove(client: Any, names: list[str]) -> None:
    """Remove alarms; one that is gone already makes no error."""
    for start in range(0, len(names), REMOVED_AT_ONCE):
        client.delete_alarms(AlarmNames=names[start : start + REMOVED_AT_ONCE], aws_retry=True)


def ensure(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Make the alarms what they are to be; return the result for exit_json. Raises AlarmError."""
    wanted = {alarm["name"]: rules.normal(alarm) for alarm in params["alarms"]}
    rules.check([rules.normal(alarm) for alarm in params["alarms"]], params["prefix"])
    raw = {alarm["AlarmName"]: alarm for alarm in rules.read(client, params["prefix"])}
    found = {name: rules.described(alarm) for name, alarm in raw.items()}
    differing = sorted(name for name in wanted if found.get(name) != wanted[name])
    removed = sorted(set(found) - set(wanted)) if params["purge"] else []
    changes = {name: rules.difference(found.get(name), wanted.get(name)) for name in [*differing, *removed]}
    if not check_mode:
        for name in differing:
            put(client, wanted[name], raw.get(name, {}).get("AlarmArn"), params["tags"])
        remove(client, removed)
    return {
        "changed": bool(changes),
        "created": [name for name in differing if name not in found],
        "mended": [name for name in differing if name in found],
        "removed": removed,
        "diff": {
            "before": {name: before for name, (before, after) in changes.items() if before},
            "after": {name: after for name, (before, after) in changes.items() if after},
        },
    }


def alarm_spec() -> dict[str, Any]:
    """Options of one alarm."""
    actions = {"type": "list", "elements": "str", "default": []}
    return {
        "name": {"type": "str", "required": True},
        "description": {"type": "str", "default": ""},
        "namespace": {"type": "str", "required": True},
        "metric_name": {"type": "str", "required": True},
        "dimensions": {"type": "dict", "default": {}},
        "statistic": {"type": "str", "default": "Average"},
        "comparison_operator": {
            "type": "str",
            "choices": [
                "GreaterThanOrEqualToThreshold",
                "GreaterThanThreshold",
                "LessThanThreshold",
                "LessThanOrEqualToThreshold",
            ],
            "default": "GreaterThanOrEqualToThreshold",
        },
        "threshold": {"type": "float", "required": True},
        "period": {"type": "int", "default": 300},
        "evaluation_periods": {"type": "int", "default": 1},
        "datapoints_to_alarm": {"type": "int"},
        "treat_missing_data": {"type": "str", "choices": ["breaching", "notBreaching", "ignore", "missing"], "default": "missing"},
        "actions_enabled": {"type": "bool", "default": True},
        "alarm_actions": actions,
        "ok_actions": actions,
        "insufficient_data_actions": actions,
    }


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "prefix": {"type": "str", "required": True},
            "alarms": {"type": "list", "elements": "dict", "required": True, "options": alarm_spec()},
            "purge": {"type": "bool", "default": True},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
        },
        supports_check_mode=True,
    )
    # AWS takes about three alarms a second; a new one is not known to its tagging at once.
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=["ResourceNotFoundException"])
    client = module.client("cloudwatch", retry_decorator=retry)
    try:
        result = ensure(client, module.params, module.check_mode)
    except rules.AlarmError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The alarms '{module.params['prefix']}...' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
