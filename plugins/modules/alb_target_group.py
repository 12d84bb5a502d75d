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

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff, differences
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import ELB, TagChange
from ansible_collections.railyard.aws.plugins.module_utils._resource.wait import TimeUp, wait_until

ARGUMENTS = dict(
    name=dict(type="str", required=True),
    **arguments.STATE,
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
)

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


def attribute_text(value: Any) -> str:
    """An attribute's value the way the API writes it: always text, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def changed(wanted: dict[str, Any], current: dict[str, Any]) -> Diff:
    """What of ``wanted`` is otherwise now, missing included."""
    current = {key: current.get(key) for key in wanted}
    changes = differences(wanted, current, wanted, {})
    return Diff({key: current[key] for key in changes}, changes)


class TargetGroup(Resource):
    """A target group of an application load balancer, and the instances registered in it."""

    service = "elbv2"
    # A target group is in use for some seconds after its load balancer is gone.
    retry = {"retries": 10, "delay": 2, "catch_extra_error_codes": ["ResourceInUse"]}
    label = "Target group"
    tag_api = ELB

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.settings = Diff()
        self.attributes = Diff()
        self.registered: list[str] = []
        self.deregistered: list[str] = []

    def find(self) -> dict[str, Any] | None:
        return find_by_name(self.client.describe_target_groups, "TargetGroups", "TargetGroupNotFound", Names=[self.name])

    def tag_target(self, found: dict[str, Any]) -> str:
        return found["TargetGroupArn"]

    def tags_of(self, found: dict[str, Any]) -> dict[str, str]:
        answer = self.client.describe_tags(ResourceArns=[self.tag_target(found)], aws_retry=True)
        return boto3_tag_list_to_ansible_dict((first(answer, "TagDescriptions") or {}).get("Tags") or [])

    def show_tags(self, diff: Diff, change: TagChange) -> None:
        diff.update(Diff(change.before, change.after))

    def wanted_settings(self) -> dict[str, Any]:
        """The changeable settings that were given, as keys and values of the API."""
        wanted = {key: self.params[option] for option, key in SETTINGS.items() if self.params[option] is not None}
        if self.params["success_codes"] is not None:
            wanted["Matcher"] = {"HttpCode": self.params["success_codes"]}
        return wanted

    def check_fixed(self, group: dict[str, Any]) -> None:
        """Raise ResourceError when something is asked for that an existing group cannot become."""
        if self.params["port"] is None:
            return
        for option, key in FIXED.items():
            if self.params[option] not in (None, group.get(key)):
                raise ResourceError(
                    f"{self.title} has {option} {group.get(key)} and AWS cannot change it to"
                    f" {self.params[option]}. Remove the load balancer and its group, then build them again:"
                    " `ansible-playbook site.yml --tags alb -e alb_state=absent`, `ansible-playbook site.yml --tags alb`."
                )

    def new(self) -> dict[str, Any]:
        return {"Name": self.name, "Port": self.params["port"], **self.wanted_settings()}

    def create(self, new: dict[str, Any]) -> dict[str, Any]:
        missing = [option for option in ("vpc_id", "port") if self.params[option] is None]
        if missing:
            raise ResourceError(
                f"{self.title} does not exist, and without {' and '.join(missing)} it cannot be made; run `ansible-playbook site.yml --tags alb` first."
            )
        protocol, tags = self.params["protocol"], ansible_dict_to_boto3_tag_list(self.tags)
        place = {"VpcId": self.params["vpc_id"], "Protocol": protocol, "HealthCheckProtocol": protocol, **({"Tags": tags} if tags else {})}
        return self.client.create_target_group(TargetType="instance", aws_retry=True, **new, **place)["TargetGroups"][0]

    def ensure_new(self) -> dict[str, Any]:
        diff = Diff(after=self.new())
        if self.check_mode:
            diff.update(self.plan_targets([]))
            return {**diff.result(), **self.planned(diff.after)}
        # Attributes and targets are asked for one by one.
        group = self.create(diff.after)
        more = self.plan_details(group)
        self.apply(group, more)
        diff.update(more)
        return {**diff.result(), **self.results(group)}

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return self.results({"TargetGroupArn": PLACEHOLDER_ARN.format(region=self.client.meta.region_name, name=self.name)})

    def plan(self, found: dict[str, Any]) -> Diff:
        self.check_fixed(found)
        self.settings = changed(self.wanted_settings(), found)
        diff = Diff(self.settings.before, self.settings.after)
        diff.update(self.plan_details(found))
        return diff

    def plan_details(self, group: dict[str, Any]) -> Diff:
        """What differs of attributes and targets."""
        diff, arn = Diff(), self.tag_target(group)
        wanted = {key: attribute_text(value) for key, value in (self.params["attributes"] or {}).items()}
        if wanted:
            answer = self.client.describe_target_group_attributes(TargetGroupArn=arn, aws_retry=True)
            self.attributes = changed(wanted, boto3_tag_list_to_ansible_dict(answer["Attributes"]))
            diff.update(self.attributes)
        if self.params["targets"] is not None:
            # Draining ones are on their way out.
            health = self.target_health(arn)
            diff.update(self.plan_targets([one["Target"]["Id"] for one in health if one["TargetHealth"]["State"] != "draining"]))
        return diff

    def target_health(self, arn: str) -> list[dict[str, Any]]:
        """The registered targets, those included that are draining."""
        return self.client.describe_target_health(TargetGroupArn=arn, aws_retry=True)["TargetHealthDescriptions"]

    def plan_targets(self, current: list[str]) -> Diff:
        """What differs of the targets when these are registered."""
        if self.params["targets"] is None:
            return Diff()
        stays = [*self.params["targets"], *self.params["spared_targets"]]
        self.registered = [target for target in self.params["targets"] if target not in current]
        self.deregistered = [target for target in current if target not in stays]
        if not self.registered and not self.deregistered:
            return Diff()
        after = (set(current) | set(self.registered)) - set(self.deregistered)
        return Diff({"targets": sorted(current)}, {"targets": sorted(after)})

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        arn, client = {"TargetGroupArn": self.tag_target(found), "aws_retry": True}, self.client
        if self.settings:
            client.modify_target_group(**arn, **self.settings.after)
        if self.attributes:
            client.modify_target_group_attributes(Attributes=ansible_dict_to_boto3_tag_list(self.attributes.after), **arn)
        # New ones first: the group is never emptied on the way.
        if self.registered:
            client.register_targets(Targets=[{"Id": target} for target in self.registered], **arn)
        if self.deregistered:
            client.deregister_targets(Targets=[{"Id": target} for target in self.deregistered], **arn)
            self.wait_until_drained(self.tag_target(found))

    def wait_until_drained(self, arn: str) -> None:
        """Wait for the last requests of deregistered targets, within the time given; AWS cuts what is left after its delay."""

        def drained(health: list[dict[str, Any]]) -> bool:
            return not {one["Target"]["Id"] for one in health} & set(self.deregistered)

        if self.params["drain_timeout"]:
            try:
                wait_until(lambda: self.target_health(arn), drained, self.params["drain_timeout"], DRAIN_PAUSE)
            except TimeUp:
                pass  # they go without having finished

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        moved = {} if self.params["targets"] is None else {"registered": self.registered, "deregistered": self.deregistered}
        return {"target_group_arn": self.tag_target(found), **moved}

    def removed(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"Name": self.name}

    def delete(self, found: dict[str, Any]) -> None:
        self.client.delete_target_group(TargetGroupArn=self.tag_target(found), aws_retry=True)


@guarded
def main() -> None:
    run(TargetGroup, ARGUMENTS)


if __name__ == "__main__":
    main()
