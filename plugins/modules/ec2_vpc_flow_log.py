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

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_message
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_specifications
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._flow_logs import flow_logs
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import replacement
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import EC2

ARGUMENTS = {
    "resource_id": {"type": "str", "required": True},
    **arguments.STATE,
    "traffic_type": {"type": "str", "choices": ["ACCEPT", "REJECT", "ALL"], "default": "ALL"},
    "log_destination_type": {"type": "str", "choices": ["cloud-watch-logs", "s3"], "default": "cloud-watch-logs"},
    "log_group_name": {"type": "str"},
    "role_arn": {"type": "str"},
    "log_destination": {"type": "str"},
    "log_format": {"type": "str"},
    "max_aggregation_interval": {"type": "int", "choices": [60, 600], "default": 600},
    **arguments.TAGS,
}
NEEDED = [("log_destination_type", "cloud-watch-logs", ["log_group_name"]), ("log_destination_type", "s3", ["log_destination"])]

PLACEHOLDER_ID = "fl-00000000000000000"
#: Pauses between attempts while a new role or a removal spreads through AWS, in seconds.
PAUSES = (2, 4, 8, 16, 30)
NO_ROLE_YET = "Unable to assume given IAM role"

Raw = dict[str, Any]


class FlowLog(Resource):
    """A flow log of a VPC, a subnet or a network interface. AWS changes only its tags: another takes its place."""

    service = "ec2"
    retry = {"retries": 8}
    label = "The flow log"
    id_option = "resource_id"
    tag_api = EC2

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.wanted = flow_logs.wanted(self.params)
        #: All that are meant, those with the wanted settings first.
        self.matching: list[Raw] = []
        self.replaced: list[Raw] = []

    @property
    def title(self) -> str:
        return f"{self.label} of {self.name}"

    @staticmethod
    def _ids(logs: list[Raw]) -> list[str]:
        return [log["FlowLogId"] for log in logs]

    def find(self) -> Raw | None:
        flow_logs.resource_type(self.name)
        name = (self.params["tags"] or {}).get("Name")
        found = read_all(self.client, "describe_flow_logs", "FlowLogs", Filter=[{"Name": "resource-id", "Values": [self.name]}])
        matching = [log for log in found if flow_logs.is_wanted(log, self.wanted, name)]
        self.matching = sorted(matching, key=lambda log: (len(flow_logs.differences(log, self.wanted)), log["FlowLogId"]))
        return next(iter(self.matching), None)

    def tag_target(self, found: Raw) -> str:
        return found["FlowLogId"]

    def tags_of(self, found: Raw) -> dict[str, str]:
        return flow_logs.tags_of(found)

    def new(self) -> Raw:
        if self.params["log_destination_type"] == flow_logs.CLOUDWATCH and not self.params["role_arn"]:
            raise ResourceError(
                f"There is no such flow log of {self.name} yet, and without role_arn none can be made that"
                f" writes to log group '{self.params['log_group_name']}'; give the ARN of a role that vpc-flow-logs.amazonaws.com may assume."
            )
        old = flow_logs.tags_of(self.replaced[0]) if self.replaced else {}
        tags = flow_logs.tags_for_new(old, self.params["tags"], self.params["purge_tags"])
        return {**flow_logs.described(self.wanted), "resource_id": self.name, "tags": tags}

    def _attempt(self, request: Raw) -> tuple[str | None, dict[str, str]]:
        """Ask for a flow log; return its id, or None and the ``Code`` and ``Message`` of AWS's refusal."""
        try:
            answer = self.client.create_flow_logs(aws_retry=True, **request)
        except is_boto3_error_message(NO_ROLE_YET) as error:
            return None, error.response["Error"]
        # What AWS refuses for one resource is no error of the request.
        refused = answer.get("Unsuccessful") or []
        return (None, refused[0]["Error"]) if refused else (answer["FlowLogIds"][0], {})

    def create(self, new: Raw) -> Raw:
        request = {
            # The SDK's own repetitions get the flow log of the first request.
            "ClientToken": uuid.uuid4().hex,
            "ResourceIds": [self.name],
            "ResourceType": flow_logs.resource_type(self.name),
            **self.wanted,
        }
        if new["tags"]:
            request["TagSpecifications"] = boto3_tag_specifications(new["tags"], types=["vpc-flow-log"])
        for pause in (*PAUSES, 0):
            flow_log_id, refusal = self._attempt(request)
            if flow_log_id:
                return {"FlowLogId": flow_log_id}
            passing = NO_ROLE_YET in refusal["Message"] or (self.replaced and refusal["Code"] == "FlowLogAlreadyExists")
            if not passing:
                break
            time.sleep(pause)
        is_s3 = self.params["log_destination_type"] == flow_logs.S3
        place = self.params["log_destination"] if is_s3 else self.params["log_group_name"]
        message = f"AWS makes no flow log of {self.name} to {place}: {refusal['Message']} ({refusal['Code']})."
        if self.replaced:
            message += f" {', '.join(self._ids(self.replaced))}, which it was to replace, is removed; run this task again once the reason is mended."
        raise ResourceError(message)

    def planned(self, new: Raw) -> Raw:
        return self.results({"FlowLogId": PLACEHOLDER_ID})

    def ensure_as_described(self, found: Raw) -> Raw:
        return self.ensure_another() if flow_logs.differences(found, self.wanted) else super().ensure_as_described(found)

    def ensure_another(self) -> Raw:
        """Make the flow log in the place of those that are meant."""
        self.replaced = self.matching
        old, ids, new = self.replaced[0], ", ".join(self._ids(self.replaced)), self.new()
        if self.check_mode:
            results = self.planned(new)
        else:
            # The old one goes first: AWS refuses a second one that writes the same to the same place.
            self.delete(old)
            results = self.results(self.create(new))
        before = {**flow_logs.described(old), "resource_id": self.name, "tags": flow_logs.tags_of(old)}
        if "log_format" not in new:
            before.pop("log_format", None)
        diff = replacement(before, new)
        diff.add("flow_log_id", ids, f"{results['flow_log_id']} (replaces {ids})")
        return {**diff.result(), **results}

    def results(self, found: Raw) -> Raw:
        status = found.get("DeliverLogsStatus")
        if status == "FAILED":
            why = found.get("DeliverLogsErrorMessage") or "no reason given"
            self.warnings.append(f"Flow log {found['FlowLogId']} of {self.name} is not delivered: {why}. Look at its destination and its role.")
        told = {"deliver_logs_status": status} if status else {}
        return {"flow_log_id": found["FlowLogId"], "replaced": self._ids(self.replaced), **told}

    def removed(self, found: Raw) -> Raw:
        return {"resource_id": self.name, "flow_log_id": ", ".join(self._ids(self.matching)), **flow_logs.described(found)}

    def delete(self, found: Raw) -> None:
        answer = self.client.delete_flow_logs(FlowLogIds=self._ids(self.matching), aws_retry=True)
        refused = [one for one in answer.get("Unsuccessful") or [] if one["Error"]["Code"] != "InvalidFlowLogId.NotFound"]
        if refused:
            reasons = "; ".join(f"{one['ResourceId']}: {one['Error']['Message']} ({one['Error']['Code']})" for one in refused)
            raise ResourceError(f"AWS did not remove every flow log: {reasons}")

    def ensure_absent(self) -> Raw:
        result = super().ensure_absent()
        return {**result, "removed": self._ids(self.matching)}


@guarded
def main() -> None:
    run(FlowLog, ARGUMENTS, required_if=NEEDED)


if __name__ == "__main__":
    main()
