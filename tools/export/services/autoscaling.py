"""Groups of Auto Scaling, and what they launch from."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Literal, Raw, Resource, Zone, present, tags


def _launch_template(raw: Raw, clients: Clients) -> Iterator[Resource]:
    template = raw["LaunchTemplateId"]
    answer = clients("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
    data = answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    specifications = [
        {**one, "Tags": tags(one.get("Tags"))} for one in data.get("TagSpecifications") or [] if one.get("Tags")
    ]
    own = tags(raw.get("Tags"))
    yield Resource(
        "EC2::LaunchTemplate",
        raw["LaunchTemplateName"],
        present(
            LaunchTemplateName=raw["LaunchTemplateName"],
            LaunchTemplateData={**data, **present(TagSpecifications=specifications)},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": own}] if own else None,
        ),
        {"LaunchTemplateId": template},
        {template: ""},
    )


def _group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    template = raw.get("LaunchTemplate") or {}
    yield Resource(
        "AutoScaling::AutoScalingGroup",
        raw["AutoScalingGroupName"],
        present(
            AutoScalingGroupName=raw["AutoScalingGroupName"],
            AvailabilityZones=[Zone(zone) for zone in raw.get("AvailabilityZones") or []],
            # CloudFormation wants text, and takes no $Latest.
            MinSize=str(raw["MinSize"]),
            MaxSize=str(raw["MaxSize"]),
            DesiredCapacity=str(raw["DesiredCapacity"]),
            HealthCheckType=raw.get("HealthCheckType"),
            HealthCheckGracePeriod=raw.get("HealthCheckGracePeriod"),
            LaunchTemplate={"LaunchTemplateId": template.get("LaunchTemplateId"), "Version": _version(raw)},
            Tags=Literal(
                [
                    {"Key": tag["Key"], "Value": tag["Value"], "PropagateAtLaunch": tag.get("PropagateAtLaunch", False)}
                    for tag in raw.get("Tags") or []
                ]
            ),
        ),
        {"AutoScalingGroupName": raw["AutoScalingGroupName"]},
    )


def _version(raw: Raw) -> str:
    """The version that the instances were launched from, where the group names the latest."""
    named = str((raw.get("LaunchTemplate") or {}).get("Version"))
    launched = [(one.get("LaunchTemplate") or {}).get("Version") for one in raw.get("Instances") or []]
    return next((str(one) for one in launched if one and str(one).isdigit()), "1") if named.startswith("$") else named


EXPORTS: dict[str, Export] = {"launch_templates": _launch_template, "auto_scaling_groups": _group}
