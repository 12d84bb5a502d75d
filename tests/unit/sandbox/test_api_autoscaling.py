"""Auto Scaling groups and launch templates: what is launched, from which version, and what replaces it.

What AWS answers is in its references of CreateAutoScalingGroup, CreateLaunchTemplate and
DescribeLaunchTemplateVersions.
"""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64"
DATA = {
    "ImageId": f"resolve:ssm:{PARAMETER}",
    "InstanceType": "t4g.nano",
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    "UserData": base64.b64encode(b"#!/bin/sh\ntrue\n").decode(),
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4, "Encrypted": True, "DeleteOnTermination": True}}
    ],
    "TagSpecifications": [
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "one"}]},
        {"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "one"}]},
    ],
}


class Group:
    """A group of one, whose template names a network interface with an elastic address."""

    def __init__(self, api: Any) -> None:
        self.ec2, self.scaling, self.ssm = api.client("ec2"), api.client("autoscaling"), api.client("ssm")
        self.name = f"one-{time.monotonic_ns()}"
        vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone="ap-northeast-1a")
        made = self.ec2.create_network_interface(SubnetId=subnet["Subnet"]["SubnetId"])["NetworkInterface"]
        self.interface = made["NetworkInterfaceId"]
        address = self.ec2.allocate_address(Domain="vpc")
        self.address = address["PublicIp"]
        self.ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=self.interface)
        card = {"DeviceIndex": 0, "NetworkInterfaceId": self.interface, "DeleteOnTermination": False}
        self.data = {**DATA, "NetworkInterfaces": [card]}
        self.ec2.create_launch_template(
            LaunchTemplateName=self.name,
            LaunchTemplateData=self.data,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Of", "Value": "the template"}]}],
        )
        self.scaling.create_auto_scaling_group(
            AutoScalingGroupName=self.name,
            LaunchTemplate={"LaunchTemplateName": self.name, "Version": "$Latest"},
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=["ap-northeast-1a"],
        )

    def member(self) -> dict[str, Any]:
        """What the group says of its instance."""
        (found,) = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]
        (one,) = found["Instances"]
        return one

    def instance(self) -> dict[str, Any]:
        found = self.ec2.describe_instances(InstanceIds=[self.member()["InstanceId"]])["Reservations"]
        return found[0]["Instances"][0]

    def card(self) -> dict[str, Any]:
        return self.ec2.describe_network_interfaces(NetworkInterfaceIds=[self.interface])["NetworkInterfaces"][0]


@pytest.fixture
def group(api: Any) -> Group:
    return Group(api)


def test_a_group_launches_all_that_its_template_says(group: Group) -> None:
    instance = group.instance()
    image = group.ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    assert (instance["ImageId"], instance["InstanceType"]) == (image, "t4g.nano")
    assert instance["MetadataOptions"].items() >= DATA["MetadataOptions"].items()
    assert [one["NetworkInterfaceId"] for one in instance["NetworkInterfaces"]] == [group.interface]
    assert instance["PublicIpAddress"] == group.address
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert (tags["Name"], tags["aws:autoscaling:groupName"]) == ("one", group.name)
    (disk,) = instance["BlockDeviceMappings"]
    (volume,) = group.ec2.describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"]
    assert (volume["Size"], volume["Encrypted"], volume["Tags"]) == (4, True, [{"Key": "Name", "Value": "one"}])


def test_a_template_holds_what_it_was_given_and_its_own_tags_are_its_own(group: Group) -> None:
    asked = {"LaunchTemplateName": group.name, "Versions": ["$Latest"]}
    (version,) = group.ec2.describe_launch_template_versions(**asked)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"] == group.data
    (template,) = group.ec2.describe_launch_templates(LaunchTemplateNames=[group.name])["LaunchTemplates"]
    assert template["Tags"] == [{"Key": "Of", "Value": "the template"}]


@pytest.mark.parametrize("end", ["terminate_instances", "stop_instances"])
def test_another_takes_the_place_and_the_interface_of_one_that_ends_or_stops(group: Group, end: str) -> None:
    old = group.member()["InstanceId"]
    getattr(group.ec2, end)(InstanceIds=[old])
    new = group.instance()
    assert new["InstanceId"] != old and new["PublicIpAddress"] == group.address
    assert (group.card()["Attachment"]["InstanceId"], group.card()["Association"]["PublicIp"]) == (
        new["InstanceId"],
        group.address,
    )
    (gone,) = group.ec2.describe_instances(InstanceIds=[old])["Reservations"][0]["Instances"]
    assert gone["State"]["Name"] == "terminated"


def test_the_latest_version_is_launched_and_each_tells_its_own(group: Group) -> None:
    assert group.member()["LaunchTemplate"]["Version"] == "1"
    group.ec2.create_launch_template_version(
        LaunchTemplateName=group.name, LaunchTemplateData={**group.data, "InstanceType": "t4g.micro"}
    )
    assert group.member()["LaunchTemplate"]["Version"] == "1"
    group.ec2.terminate_instances(InstanceIds=[group.member()["InstanceId"]])
    assert group.member()["LaunchTemplate"]["Version"] == "2"
    assert group.instance()["InstanceType"] == "t4g.micro"


def test_a_version_goes_and_its_number_does_not_come_again(group: Group) -> None:
    named = {"LaunchTemplateName": group.name}
    for _unused in range(2):
        group.ec2.create_launch_template_version(**named, LaunchTemplateData=group.data)
    answer = group.ec2.delete_launch_template_versions(**named, Versions=["3", "1", "9"])
    assert [one["VersionNumber"] for one in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [3]
    refused = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert [one["VersionNumber"] for one in refused] == [1, 9]
    made = group.ec2.create_launch_template_version(**named, LaunchTemplateData=group.data)
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 4
    found = group.ec2.describe_launch_template_versions(**named, Versions=["$Latest"])["LaunchTemplateVersions"]
    assert [one["VersionNumber"] for one in found] == [4]


def test_metrics_of_a_group_are_switched_off(group: Group) -> None:
    named = {"AutoScalingGroupName": group.name}
    group.scaling.enable_metrics_collection(**named, Granularity="1Minute", Metrics=["GroupMinSize", "GroupMaxSize"])
    group.scaling.disable_metrics_collection(**named, Metrics=["GroupMinSize"])
    (found,) = group.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group.name])["AutoScalingGroups"]
    assert [one["Metric"] for one in found["EnabledMetrics"]] == ["GroupMaxSize"]
    group.scaling.disable_metrics_collection(**named)
    (found,) = group.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group.name])["AutoScalingGroups"]
    assert found["EnabledMetrics"] == []


def test_a_group_that_is_deleted_takes_its_instance_along_and_leaves_the_interface(group: Group) -> None:
    group.scaling.delete_auto_scaling_group(AutoScalingGroupName=group.name, ForceDelete=True)
    card = group.card()
    assert (card["Status"], card["Association"]["PublicIp"]) == ("available", group.address)
    group.ec2.delete_network_interface(NetworkInterfaceId=group.interface)


def test_an_instance_that_is_in_no_group_stops_and_stays(group: Group) -> None:
    image = group.ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    made = group.ec2.run_instances(ImageId=image, InstanceType="t4g.nano", MinCount=1, MaxCount=1)["Instances"][0]
    group.ec2.stop_instances(InstanceIds=[made["InstanceId"]])
    (found,) = group.ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"]
    assert found["State"]["Name"] == "stopped"
