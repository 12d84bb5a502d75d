# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups of EC2 Auto Scaling, and the launch templates that they launch from."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, entry_of, moment, snake_list, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import by_tag


def _launch_template(raw: Raw) -> Entry:
    return entry_of(
        raw["LaunchTemplateId"],
        raw["LaunchTemplateName"],
        tags_of(raw),
        default_version=raw.get("DefaultVersionNumber"),
        latest_version=raw.get("LatestVersionNumber"),
        created=moment(raw.get("CreateTime")),
    )


def _group(raw: Raw) -> Entry:
    template: dict[str, Any] = raw.get("LaunchTemplate") or {}
    return arn_entry(
        raw,
        "AutoScalingGroupARN",
        "AutoScalingGroupName",
        # AWS says it of a group only while that is being deleted.
        state="deleting" if raw.get("Status") else "active",
        min_size=raw.get("MinSize"),
        max_size=raw.get("MaxSize"),
        desired_capacity=raw.get("DesiredCapacity"),
        availability_zones=sorted(raw.get("AvailabilityZones") or []),
        launch_template_id=template.get("LaunchTemplateId"),
        launch_template_version=template.get("Version"),
        instances=snake_list(raw.get("Instances")),
        created=moment(raw.get("CreatedTime")),
    )


KINDS: dict[str, Kind] = {
    "launch_templates": Kind(
        label="Launch template",
        role="vpc",
        made_by={"amazon.aws.ec2_launch_template": ModuleSpec(("name", "template_name", "template_id"), named_by_tag=False)},
        client="ec2",
        read=by_tag("describe_launch_templates", "LaunchTemplates"),
        entry=_launch_template,
        fields=dict.fromkeys(("default_version", "latest_version", "created")),
        planned_id="lt-{index:017x}",
        listed=False,
    ),
    "auto_scaling_groups": Kind(
        label="Auto Scaling group",
        role="vpc",
        made_by={"amazon.aws.autoscaling_group": ModuleSpec(named_by_tag=False)},
        client="autoscaling",
        read=by_tag("describe_auto_scaling_groups", "AutoScalingGroups"),
        entry=_group,
        fields=dict.fromkeys(("arn", "state", "min_size", "max_size", "desired_capacity", "launch_template_id", "launch_template_version", "created"))
        | {"availability_zones": [], "instances": []},
        planned_id="arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{index}:autoScalingGroupName/{name}",
        deleting=frozenset({"deleting"}),
        about="`instances` as the API has them.",
    ),
}
