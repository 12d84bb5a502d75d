#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_vpc_flow_log
short_description: Keep a flow log of a VPC, a subnet or a network interface as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, replaces and removes a flow log that writes to a log group of CloudWatch or to a bucket.
  - AWS changes nothing but the tags of a flow log that exists, so one with other settings is removed and made anew.
    Traffic in between is not logged.
  - When O(tags) has a C(Name), the flow log of the resource with this name is meant, or one without a name that writes to
    the same destination. Without a C(Name), the one that writes to the same destination is meant.
    Give each a C(Name) to keep several flow logs of one resource with one destination.
options:
  resource_id:
    description: Id of the VPC, subnet or network interface whose traffic is logged.
    type: str
    required: true
  state:
    description: Whether the flow log is to exist.
    type: str
    choices: [present, absent]
    default: present
  traffic_type:
    description: Which traffic is logged.
    type: str
    choices: [ACCEPT, REJECT, ALL]
    default: ALL
  log_destination_type:
    description: What it is written to.
    type: str
    choices: [cloud-watch-logs, s3]
    default: cloud-watch-logs
  log_group_name:
    description: Name of the log group. Required when O(log_destination_type=cloud-watch-logs).
    type: str
  role_arn:
    description: ARN of the role by which AWS may write to the log group. Needed to create a flow log that writes to one.
    type: str
  log_destination:
    description:
      - ARN of the bucket, and of the folder in it if one is wanted, for example V(arn:aws:s3:::railyard-logs/flow).
      - Required when O(log_destination_type=s3).
    type: str
  log_format:
    description: Fields of a record, for example V(${srcaddr} ${dstaddr} ${action}). AWS's own format when not given.
    type: str
  max_aggregation_interval:
    description: Seconds after which what was seen of a flow becomes a record.
    type: int
    choices: [60, 600]
    default: 600
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
    description: Returns what differs, before and after. When it names C(flow_log_id) the flow log is replaced.
    support: full
seealso:
  - module: community.aws.cloudwatchlogs_log_group
"""

EXAMPLES = r"""
- name: Log the traffic that the VPC refuses
  railyard.aws.ec2_vpc_flow_log:
    resource_id: vpc-0123456789abcdef0
    traffic_type: REJECT
    log_group_name: /railyard/flow
    role_arn: arn:aws:iam::123456789012:role/railyard-flow
    tags:
      Name: railyard-flow
      Stack: railyard

- name: Log all traffic of a subnet to a bucket, a record a minute
  railyard.aws.ec2_vpc_flow_log:
    resource_id: subnet-0123456789abcdef0
    log_destination_type: s3
    log_destination: arn:aws:s3:::railyard-logs/flow
    max_aggregation_interval: 60

- name: Log no more
  railyard.aws.ec2_vpc_flow_log:
    resource_id: vpc-0123456789abcdef0
    log_group_name: /railyard/flow
    state: absent
"""

RETURN = r"""
flow_log_id:
  description: Id of the flow log; in check mode a placeholder when it is yet to be made.
  returned: when O(state=present)
  type: str
  sample: fl-0123456789abcdef0
replaced:
  description: Ids of the flow logs that it takes the place of because their settings cannot be changed.
  returned: when O(state=present)
  type: list
  elements: str
deliver_logs_status:
  description: Whether AWS can write to the destination. A flow log that cannot be delivered is a warning, too.
  returned: when O(state=present) and the flow log existed
  type: str
  sample: SUCCESS
removed:
  description: Ids of the flow logs that were removed.
  returned: when O(state=absent)
  type: list
  elements: str
"""

import time
import uuid
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_message
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_specifications,
)
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._flow_logs import flow_logs
from ansible_collections.railyard.aws.plugins.module_utils._flow_logs.flow_logs import FlowLogError
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import tag_change

PLACEHOLDER_ID = "fl-00000000000000000"
#: Pauses between attempts while a new role or a removal spreads through AWS, in seconds.
PAUSES = (2, 4, 8, 16, 30)
NO_ROLE_YET = "Unable to assume given IAM role"


@AWSRetry.jittered_backoff(retries=8)
def read(client: Any, resource_id: str) -> list[dict[str, Any]]:
    """All flow logs of a resource, over all pages."""
    pages = client.get_paginator("describe_flow_logs").paginate(Filter=[{"Name": "resource-id", "Values": [resource_id]}])
    return pages.build_full_result()["FlowLogs"]


def find(client: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The flow logs that are meant, those with the wanted settings first."""
    asked = flow_logs.wanted(params)
    name = (params["tags"] or {}).get("Name")
    meant = [log for log in read(client, params["resource_id"]) if flow_logs.is_meant(log, asked, name)]
    return sorted(meant, key=lambda log: (len(flow_logs.differences(log, asked)), log["FlowLogId"]))


def delete(client: Any, ids: list[str]) -> None:
    """Remove flow logs. Raises FlowLogError with AWS's reasons when one stays."""
    answer = client.delete_flow_logs(FlowLogIds=ids, aws_retry=True)
    refused = [one for one in answer.get("Unsuccessful") or [] if one["Error"]["Code"] != "InvalidFlowLogId.NotFound"]
    if refused:
        reasons = "; ".join(f"{one['ResourceId']}: {one['Error']['Message']} ({one['Error']['Code']})" for one in refused)
        raise FlowLogError(f"AWS did not remove every flow log: {reasons}")


def attempt(client: Any, request: dict[str, Any]) -> tuple[str | None, dict[str, str]]:
    """Ask for a flow log; return its id, or None and the ``Code`` and ``Message`` of AWS's refusal."""
    try:
        answer = client.create_flow_logs(aws_retry=True, **request)
    except is_boto3_error_message(NO_ROLE_YET) as error:
        return None, error.response["Error"]
    # What AWS refuses for one resource is no error of the request.
    refused = answer.get("Unsuccessful") or []
    return (None, refused[0]["Error"]) if refused else (answer["FlowLogIds"][0], {})


def create(client: Any, params: dict[str, Any], tags: dict[str, str], replaced: list[str]) -> str:
    """Make the flow log and return its id. Raises FlowLogError with AWS's reason."""
    request = {
        # The SDK's own repetitions get the flow log of the first request.
        "ClientToken": uuid.uuid4().hex,
        "ResourceIds": [params["resource_id"]],
        "ResourceType": flow_logs.resource_type(params["resource_id"]),
        **flow_logs.wanted(params),
    }
    if tags:
        request["TagSpecifications"] = boto3_tag_specifications(tags, types=["vpc-flow-log"])
    for pause in (*PAUSES, 0):
        flow_log_id, refusal = attempt(client, request)
        if flow_log_id:
            return flow_log_id
        passing = NO_ROLE_YET in refusal["Message"] or (replaced and refusal["Code"] == "FlowLogAlreadyExists")
        if not passing:
            break
        time.sleep(pause)
    place = params["log_destination"] if params["log_destination_type"] == flow_logs.S3 else params["log_group_name"]
    message = f"AWS makes no flow log of {params['resource_id']} to {place}: {refusal['Message']} ({refusal['Code']})."
    if replaced:
        message += f" {', '.join(replaced)}, which it was to replace, is removed; run this task again once the reason is mended."
    raise FlowLogError(message)


def ensure_tags(client: Any, params: dict[str, Any], log: dict[str, Any], check_mode: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Mend the tags that differ; return them before and after."""
    change = tag_change(flow_logs.tags_of(log), params["tags"], params["purge_tags"])
    if not check_mode:
        if change.to_remove:
            client.delete_tags(Resources=[log["FlowLogId"]], Tags=[{"Key": key} for key in change.to_remove], aws_retry=True)
        if change.to_set:
            client.create_tags(Resources=[log["FlowLogId"]], Tags=ansible_dict_to_boto3_tag_list(change.to_set), aws_retry=True)
    return change.before, change.after


def ensure_new(client: Any, params: dict[str, Any], old: list[dict[str, Any]], check_mode: bool) -> dict[str, Any]:
    """Make the flow log in the place of ``old`` ones, if there are any; return the result for exit_json."""
    asked = flow_logs.wanted(params)
    if params["log_destination_type"] == flow_logs.CLOUDWATCH and not params["role_arn"]:
        raise FlowLogError(
            f"There is no such flow log of {params['resource_id']} yet, and without role_arn none can be made that"
            f" writes to log group '{params['log_group_name']}'; give the ARN of a role that vpc-flow-logs.amazonaws.com may assume."
        )
    tags = flow_logs.tags_for_new(flow_logs.tags_of(old[0]) if old else {}, params["tags"], params["purge_tags"])
    ids = [log["FlowLogId"] for log in old]
    new_id = PLACEHOLDER_ID
    if not check_mode:
        # The old one goes first: AWS refuses a second one that writes the same to the same place.
        if ids:
            delete(client, ids)
        new_id = create(client, params, tags, ids)
    before: dict[str, Any] = {}
    after = {**flow_logs.described(asked), "resource_id": params["resource_id"], "tags": tags}
    if old:
        before = {**flow_logs.described(old[0]), "resource_id": params["resource_id"], "tags": flow_logs.tags_of(old[0])}
        if "log_format" not in after:
            before.pop("log_format", None)
        shared = {key for key in after if key in before and before[key] == after[key]}
        before, after = ({key: value for key, value in side.items() if key not in shared} for side in (before, after))
        before["flow_log_id"] = ", ".join(ids)
        after["flow_log_id"] = f"{new_id} (replaces {', '.join(ids)})"
    return {"changed": True, "flow_log_id": new_id, "replaced": ids, "diff": {"before": before, "after": after}}


def ensure_present(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Create, replace or tag the flow log; return the result for exit_json. Raises FlowLogError."""
    flow_logs.resource_type(params["resource_id"])
    found = find(client, params)
    if not found or flow_logs.differences(found[0], flow_logs.wanted(params)):
        return ensure_new(client, params, found, check_mode)
    before, after = ensure_tags(client, params, found[0], check_mode)
    changed = bool(before or after)
    result = {
        "changed": changed,
        "flow_log_id": found[0]["FlowLogId"],
        "replaced": [],
        "diff": {"before": {"tags": before}, "after": {"tags": after}} if changed else {"before": {}, "after": {}},
    }
    if found[0].get("DeliverLogsStatus"):
        result["deliver_logs_status"] = found[0]["DeliverLogsStatus"]
    if found[0].get("DeliverLogsStatus") == "FAILED":
        why = found[0].get("DeliverLogsErrorMessage") or "no reason given"
        result["undelivered"] = f"Flow log {found[0]['FlowLogId']} of {params['resource_id']} is not delivered: {why}. Look at its destination and its role."
    return result


def ensure_absent(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Remove the flow log; return the result for exit_json. Raises FlowLogError."""
    flow_logs.resource_type(params["resource_id"])
    found = find(client, params)
    ids = [log["FlowLogId"] for log in found]
    if ids and not check_mode:
        delete(client, ids)
    before = {"resource_id": params["resource_id"], "flow_log_id": ", ".join(ids), **flow_logs.described(found[0])} if found else {}
    return {"changed": bool(ids), "removed": ids, "diff": {"before": before, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "resource_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "traffic_type": {"type": "str", "choices": ["ACCEPT", "REJECT", "ALL"], "default": "ALL"},
            "log_destination_type": {"type": "str", "choices": ["cloud-watch-logs", "s3"], "default": "cloud-watch-logs"},
            "log_group_name": {"type": "str"},
            "role_arn": {"type": "str"},
            "log_destination": {"type": "str"},
            "log_format": {"type": "str"},
            "max_aggregation_interval": {"type": "int", "choices": [60, 600], "default": 600},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
        },
        required_if=[
            ("log_destination_type", "cloud-watch-logs", ["log_group_name"]),
            ("log_destination_type", "s3", ["log_destination"]),
        ],
        supports_check_mode=True,
    )
    client = module.client("ec2", retry_decorator=AWSRetry.jittered_backoff(retries=8))
    ensure = ensure_absent if module.params["state"] == "absent" else ensure_present
    try:
        result = ensure(client, module.params, module.check_mode)
    except FlowLogError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The flow log of {module.params['resource_id']} could not be kept")
    if "undelivered" in result:
        module.warn(result.pop("undelivered"))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
