#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alb_target_group
short_description: Keep a load balancer's target group, and what is registered in it, as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends and removes the target group of an application load balancer whose targets are instances.
  - Unlike M(community.aws.elb_target_group) it has a check mode and a diff, and an attribute switched on by hand
    (stickiness, for example) is switched off again.
  - Targets are only touched when O(targets) is given; a target that is already registered is never deregistered
    and registered anew.
  - An option that is not given is not looked at.
options:
  name:
    description: Name of the target group.
    type: str
    required: true
  state:
    description: Whether the target group is to exist.
    type: str
    choices: [present, absent]
    default: present
  vpc_id:
    description: VPC of the targets. Needed to create the group; cannot be changed afterwards.
    type: str
  protocol:
    description: Protocol spoken to the targets. Cannot be changed afterwards.
    type: str
    choices: [HTTP, HTTPS]
    default: HTTP
  port:
    description: Port of the targets. Needed to create the group; cannot be changed afterwards.
    type: int
  health_check_path:
    description: Path that is asked to learn whether a target is healthy.
    type: str
  health_check_interval:
    description: Seconds between two health checks of one target.
    type: int
  health_check_timeout:
    description: Seconds after which an unanswered health check has failed.
    type: int
  healthy_threshold:
    description: Successes in a row after which a target gets requests again.
    type: int
  unhealthy_threshold:
    description: Failures in a row after which a target gets no more requests.
    type: int
  success_codes:
    description: HTTP codes of a healthy answer, for example V(200) or V(200-299).
    type: str
  attributes:
    description:
      - Attributes by their API name, for example C(deregistration_delay.timeout_seconds).
      - Attributes that are not named are left alone.
    type: dict
  tags:
    description: Tags of the target group. Other tags are removed.
    type: dict
  targets:
    description: Ids of the instances that are to be registered. Others are deregistered, except O(spared_targets).
    type: list
    elements: str
  spared_targets:
    description: Ids of instances that stay registered if they are, but are not registered (a stopped server).
    type: list
    elements: str
    default: []
  drain_timeout:
    description: Seconds to wait until deregistered targets have finished their requests; V(0) does not wait.
    type: int
    default: 0
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
- name: Ensure the web servers' target group
  railyard.aws.alb_target_group:
    name: railyard-web
    vpc_id: vpc-0123456789abcdef0
    port: 3000
    health_check_path: /health
    health_check_interval: 10
    attributes:
      stickiness.enabled: "false"
      deregistration_delay.timeout_seconds: "30"

- name: Register exactly these two servers
  railyard.aws.alb_target_group:
    name: railyard-web
    targets: [i-0123456789abcdef0, i-0123456789abcdef1]
    drain_timeout: 60
"""

RETURN = r"""
target_group_arn:
  description: ARN of the target group; in check mode a placeholder when it does not exist yet.
  returned: when O(state=present)
  type: str
registered:
  description: Ids of the instances that were registered.
  returned: when O(targets) is given
  type: list
  elements: str
deregistered:
  description: Ids of the instances that were deregistered.
  returned: when O(targets) is given
  type: list
  elements: str
"""

import time

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

PLACEHOLDER_ARN = "arn:aws:elasticloadbalancing:{region}:000000000000:targetgroup/{name}/0000000000000000"

#: Module option -> key of the API, of what can be changed on an existing group.
SETTINGS = {
    "health_check_path": "HealthCheckPath",
    "health_check_interval": "HealthCheckIntervalSeconds",
    "health_check_timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}

#: Module option -> key of the API, of what cannot.
FIXED = {"vpc_id": "VpcId", "protocol": "Protocol", "port": "Port"}

#: Pause between two looks at draining targets, in seconds.
DRAIN_PAUSE = 3


class TargetGroupError(Exception):
    """Something the person has to mend; the text says what and how."""


def find(client, name):
    """Return the target group as the API describes it, or None.

    :arg client: an ELBv2 client with retries.
    :arg name: name of the target group.
    """
    try:
        return first(client.describe_target_groups(Names=[name], aws_retry=True), "TargetGroups")
    except is_boto3_error_code("TargetGroupNotFound"):
        return None


def wanted_settings(params):
    """Return the changeable settings that were given, as keys and values of the API."""
    wanted = {key: params[option] for option, key in SETTINGS.items() if params[option] is not None}
    if params["success_codes"] is not None:
        wanted["Matcher"] = {"HttpCode": params["success_codes"]}
    return wanted


def differences(wanted, current):
    """Return the part of ``wanted`` that ``current`` does not have with the same value."""
    return {key: value for key, value in wanted.items() if current.get(key) != value}


def attribute_text(value):
    """Return an attribute's value the way the API writes it: always text, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_fixed(params, group):
    """Raise TargetGroupError when something is asked for that an existing group cannot become."""
    if params["port"] is None:
        return
    for option, key in FIXED.items():
        if params[option] is not None and params[option] != group.get(key):
            raise TargetGroupError(
                f"Target group '{params['name']}' has {option} {group.get(key)} and AWS cannot change it to"
                f" {params[option]}. Remove the load balancer and its group, then build them again:"
                " `ansible-playbook site.yml --tags alb -e alb_state=absent`, `ansible-playbook site.yml --tags alb`."
            )


def create(client, params):
    """Create the group with its settings and tags and return it. Raises TargetGroupError when parts are missing."""
    missing = [option for option in ("vpc_id", "port") if params[option] is None]
    if missing:
        raise TargetGroupError(
            f"Target group '{params['name']}' does not exist, and without {' and '.join(missing)} it cannot be made;"
            " run `ansible-playbook site.yml --tags alb` first."
        )
    request = dict(
        Name=params["name"],
        TargetType="instance",
        VpcId=params["vpc_id"],
        Protocol=params["protocol"],
        Port=params["port"],
        HealthCheckProtocol=params["protocol"],
        **wanted_settings(params),
    )
    if params["tags"]:
        request["Tags"] = ansible_dict_to_boto3_tag_list(params["tags"])
    return client.create_target_group(aws_retry=True, **request)["TargetGroups"][0]


def ensure_settings(client, params, group, check_mode):
    """Mend settings that differ; return them before and after as two dictionaries."""
    changes = differences(wanted_settings(params), group)
    if changes and not check_mode:
        client.modify_target_group(TargetGroupArn=group["TargetGroupArn"], aws_retry=True, **changes)
    return {key: group.get(key) for key in changes}, changes


def ensure_attributes(client, params, arn, check_mode):
    """Mend attributes that differ; return them before and after as two dictionaries."""
    wanted = {key: attribute_text(value) for key, value in (params["attributes"] or {}).items()}
    if not wanted:
        return {}, {}
    answer = client.describe_target_group_attributes(TargetGroupArn=arn, aws_retry=True)
    current = boto3_tag_list_to_ansible_dict(answer["Attributes"])
    changes = differences(wanted, current)
    if changes and not check_mode:
        client.modify_target_group_attributes(TargetGroupArn=arn, Attributes=ansible_dict_to_boto3_tag_list(changes), aws_retry=True)
    return {key: current.get(key) for key in changes}, changes


def ensure_tags(client, params, arn, check_mode):
    """Mend tags that differ; return them before and after as two dictionaries."""
    if params["tags"] is None:
        return {}, {}
    answer = client.describe_tags(ResourceArns=[arn], aws_retry=True)
    current = boto3_tag_list_to_ansible_dict((first(answer, "TagDescriptions") or {}).get("Tags") or [])
    to_set, to_remove = compare_aws_tags(current, params["tags"])
    if not check_mode:
        if to_remove:
            client.remove_tags(ResourceArns=[arn], TagKeys=to_remove, aws_retry=True)
        if to_set:
            client.add_tags(ResourceArns=[arn], Tags=ansible_dict_to_boto3_tag_list(to_set), aws_retry=True)
    touched = [*to_set, *to_remove]
    return {key: current[key] for key in touched if key in current}, to_set


def registered_ids(client, arn):
    """Return the ids of the targets that get requests or would when healthy: draining ones are on their way out."""
    answer = client.describe_target_health(TargetGroupArn=arn, aws_retry=True)
    return [entry["Target"]["Id"] for entry in answer["TargetHealthDescriptions"] if entry["TargetHealth"]["State"] != "draining"]


def wait_until_drained(client, arn, ids, timeout):
    """Wait until none of ``ids`` is draining, at most ``timeout`` seconds; AWS cuts what is left after its delay."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        answer = client.describe_target_health(TargetGroupArn=arn, aws_retry=True)
        if not {entry["Target"]["Id"] for entry in answer["TargetHealthDescriptions"]} & set(ids):
            return
        time.sleep(DRAIN_PAUSE)


def ensure_targets(client, params, arn, check_mode):
    """Register and deregister what differs.

    :arg arn: ARN of the group, or None when it does not exist yet (check mode).
    :return: ids registered before, added, removed.
    """
    current = registered_ids(client, arn) if arn else []
    added = [target for target in params["targets"] if target not in current]
    removed = [t for t in current if t not in params["targets"] and t not in params["spared_targets"]]
    if not check_mode:
        # New ones first: the group is never emptied on the way.
        if added:
            client.register_targets(TargetGroupArn=arn, Targets=[{"Id": t} for t in added], aws_retry=True)
        if removed:
            client.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": t} for t in removed], aws_retry=True)
            if params["drain_timeout"]:
                wait_until_drained(client, arn, removed, params["drain_timeout"])
    return current, added, removed


def ensure_present(client, params, check_mode, region):
    """Create or mend the group; return the result for exit_json."""
    group = find(client, params["name"])
    before, after = {}, {}
    created = group is None
    if group:
        check_fixed(params, group)
        before, after = ensure_settings(client, params, group, check_mode)
    else:
        after = {"Name": params["name"], "Port": params["port"], **wanted_settings(params)}
        if not check_mode:
            group = create(client, params)
    arn = group["TargetGroupArn"] if group else None
    if arn:
        parts = [ensure_attributes(client, params, arn, check_mode)]
        if not created:
            parts.append(ensure_tags(client, params, arn, check_mode))
        for was, becomes in parts:
            before.update(was)
            after.update(becomes)
    result = {"target_group_arn": arn or PLACEHOLDER_ARN.format(region=region, name=params["name"])}
    if params["targets"] is not None:
        current, added, removed = ensure_targets(client, params, arn, check_mode)
        result.update(registered=added, deregistered=removed)
        if added or removed:
            before["targets"] = sorted(current)
            after["targets"] = sorted((set(current) | set(added)) - set(removed))
    result["changed"] = created or bool(before or after)
    result["diff"] = {"before": before, "after": after}
    return result


def ensure_absent(client, params, check_mode):
    """Remove the group; return the result for exit_json."""
    group = find(client, params["name"])
    if group and not check_mode:
        client.delete_target_group(TargetGroupArn=group["TargetGroupArn"], aws_retry=True)
    return {
        "changed": bool(group),
        "diff": {"before": {"Name": params["name"]} if group else {}, "after": {}},
    }


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            vpc_id=dict(type="str"),
            protocol=dict(type="str", choices=["HTTP", "HTTPS"], default="HTTP"),
            port=dict(type="int"),
            health_check_path=dict(type="str"),
            health_check_interval=dict(type="int"),
            health_check_timeout=dict(type="int"),
            healthy_threshold=dict(type="int"),
            unhealthy_threshold=dict(type="int"),
            success_codes=dict(type="str"),
            attributes=dict(type="dict"),
            tags=dict(type="dict"),
            targets=dict(type="list", elements="str"),
            spared_targets=dict(type="list", elements="str", default=[]),
            drain_timeout=dict(type="int", default=0),
        ),
        supports_check_mode=True,
    )
    # A target group is in use for some seconds after its load balancer is gone.
    retry = AWSRetry.jittered_backoff(retries=10, delay=2, catch_extra_error_codes=["ResourceInUse"])
    client = module.client("elbv2", retry_decorator=retry)
    try:
        if module.params["state"] == "absent":
            result = ensure_absent(client, module.params, module.check_mode)
        else:
            result = ensure_present(client, module.params, module.check_mode, module.region)
    except TargetGroupError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Target group '{module.params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
