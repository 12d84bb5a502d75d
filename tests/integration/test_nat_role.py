"""vpc_nat_gateway_mode: instance, by the role itself against the emulated API: made, kept, mended, replaced, removed.

From other modes and back, with real packets: ``test_nat_instance.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.core import client as sandbox_client
from sandbox.core.settings import PROJECT
from tests.unit.sandbox.conftest import ApiDaemon

NAME = "railyard-nat-instance"
NAMED = [{"Name": "tag:Name", "Values": [NAME]}]
PRIVATE = [{"Name": "tag:Name", "Values": ["railyard-private-*"]}]
PLAY = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.import_role": {"name": "railyard.aws.vpc"}},
            {"ansible.builtin.import_role": {"name": "railyard.aws.vpc", "tasks_from": "await"}},
        ],
    }
]
REMOVAL = [{**PLAY[0], "tasks": PLAY[0]["tasks"][:1]}]
#: Seconds between looks: the emulator needs none.
SETTINGS = {
    "vpc_stack": "railyard",
    "vpc_region": "ap-northeast-1",
    "vpc_nat_gateway_delay": 1,
    "vpc_absent_delay": 1,
    "vpc_subnets": "{{ vpc_cidr | railyard.aws.subnet_plan(vpc_stack) }}",
}


class Stack:
    """Runs the role, and asks the API what came of it."""

    def __init__(self, api: Any, folder: Any) -> None:
        self._api, self._folder = api, folder
        self.ec2, self.scaling = api.client("ec2"), api.client("autoscaling")

    def play(self, *options: str, play: Any = PLAY, mode: str = "instance", **settings: Any) -> str:
        """Output of a run that succeeded."""
        file, values = self._folder / "play.yml", self._folder / "values.yml"
        file.write_text(yaml.safe_dump(play), "utf-8")
        values.write_text(yaml.safe_dump({**SETTINGS, "vpc_nat_gateway_mode": mode, **settings}), "utf-8")
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local", file]
            + ["-e", f"@{values}", *options],
            cwd=PROJECT,
            env={
                **os.environ,
                **sandbox_client.environment_of(self._api.settings),
                "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "HOME": str(self._folder),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def group(self) -> dict[str, Any] | None:
        found = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
        return found[0] if found else None

    def instances(self) -> list[dict[str, Any]]:
        by_group = [
            {"Name": "tag:aws:autoscaling:groupName", "Values": [NAME]},
            {"Name": "instance-state-name", "Values": ["running", "pending"]},
        ]
        found = self.ec2.describe_instances(Filters=by_group)["Reservations"]
        return [one for reservation in found for one in reservation["Instances"]]

    def interface(self) -> dict[str, Any]:
        (found,) = self.ec2.describe_network_interfaces(Filters=NAMED)["NetworkInterfaces"]
        return found

    def template(self) -> dict[str, Any]:
        """What the next instance is launched from."""
        found = self.ec2.describe_launch_template_versions(LaunchTemplateName=NAME, Versions=["$Latest"])
        return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def routes(self) -> set[str]:
        """What the private subnets' default routes lead to."""
        tables = self.ec2.describe_route_tables(Filters=PRIVATE)["RouteTables"]
        return {
            route.get("NatGatewayId") or route["NetworkInterfaceId"]
            for table in tables
            for route in table["Routes"]
            if route["DestinationCidrBlock"] == "0.0.0.0/0"
        }

    def left(self) -> list[str]:
        """Whatever of a NAT instance there still is."""
        groups = [{"Name": "group-name", "Values": [NAME]}]
        interfaces = self.ec2.describe_network_interfaces(Filters=NAMED)["NetworkInterfaces"]
        return [
            *(["group"] if self.group() else []),
            *(one["InstanceId"] for one in self.instances()),
            *(one["GroupId"] for one in self.ec2.describe_security_groups(Filters=groups)["SecurityGroups"]),
            *(one["LaunchTemplateId"] for one in self.ec2.describe_launch_templates()["LaunchTemplates"]),
            *(one["AllocationId"] for one in self.ec2.describe_addresses(Filters=NAMED)["Addresses"]),
            *(one["NetworkInterfaceId"] for one in interfaces),
        ]


def changed(output: str) -> int:
    return int(output.rpartition("changed=")[2].split()[0])


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The API alone: nothing of this needs a server."""
    served = ApiDaemon(tmp_path_factory.mktemp("home"))
    served.start()
    yield served
    served.end()


@pytest.fixture(scope="module")
def stack(api, tmp_path_factory):
    """The network of a stack that leaves through an instance."""
    made = Stack(api, tmp_path_factory.mktemp("play"))
    assert changed(made.play("--check", "--diff")) > 0 and made.left() == []
    made.play()
    return made


def test_the_instance_is_hardened_and_stands_behind_an_interface_of_its_own(stack) -> None:
    (instance,) = stack.instances()
    interface = stack.interface()
    assert interface["SourceDestCheck"] is False and interface["Association"]["PublicIp"]
    assert interface["Attachment"]["InstanceId"] == instance["InstanceId"]
    assert stack.routes() == {interface["NetworkInterfaceId"]}
    data = stack.template()
    asked = {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    assert asked.items() <= data["MetadataOptions"].items()
    disk = data["BlockDeviceMappings"][0]["Ebs"]
    assert disk["Encrypted"] is True and disk["VolumeType"] == "gp3"
    assert not {"KeyName", "IamInstanceProfile"} & set(data)
    assert data["ImageId"].endswith("-arm64")
    (group,) = stack.ec2.describe_security_groups(GroupIds=[interface["Groups"][0]["GroupId"]])["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    private = stack.ec2.describe_subnets(Filters=PRIVATE)["Subnets"]
    assert {one["CidrIp"] for one in rule["IpRanges"]} == {one["CidrBlock"] for one in private}
    size = stack.group()
    assert (size["MinSize"], size["MaxSize"], size["DesiredCapacity"]) == (1, 1, 1)


def test_an_instance_that_dies_is_replaced_behind_the_same_interface_and_a_run_changes_nothing(stack) -> None:
    interface, (old,) = stack.interface()["NetworkInterfaceId"], stack.instances()
    stack.ec2.terminate_instances(InstanceIds=[old["InstanceId"]])
    (new,) = stack.instances()
    assert new["InstanceId"] != old["InstanceId"]
    assert stack.interface()["NetworkInterfaceId"] == interface and stack.routes() == {interface}
    assert stack.interface()["Attachment"]["InstanceId"] == new["InstanceId"]
    assert changed(stack.play()) == 0


def test_an_instance_that_is_stopped_is_replaced_too_and_keeps_the_address(stack) -> None:
    address, (old,) = stack.interface()["Association"]["PublicIp"], stack.instances()
    stack.ec2.stop_instances(InstanceIds=[old["InstanceId"]])
    (new,) = stack.instances()
    assert new["InstanceId"] != old["InstanceId"] and new["PublicIpAddress"] == address
    volumes = stack.ec2.describe_volumes(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Volumes"]
    assert [(one["Size"], one["Encrypted"], one["Attachments"][0]["InstanceId"]) for one in volumes] == [
        (4, True, new["InstanceId"])
    ]


def test_another_type_and_what_was_changed_by_hand_are_told_and_made(stack) -> None:
    interface, (old,) = stack.interface()["NetworkInterfaceId"], stack.instances()
    stack.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": True})
    stack.scaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MaxSize=2)
    table = stack.ec2.describe_route_tables(Filters=PRIVATE)["RouteTables"][0]
    stack.ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    # Interface, template, group, the instance of the other type, and the route.
    assert changed(stack.play("--check", "--diff", vpc_nat_instance_type="t3.nano")) == 5
    assert stack.group()["MaxSize"] == 2 and [one["InstanceId"] for one in stack.instances()] == [old["InstanceId"]]
    assert changed(stack.play(vpc_nat_instance_type="t3.nano")) == 5
    assert stack.interface()["SourceDestCheck"] is False and stack.group()["MaxSize"] == 1
    assert stack.routes() == {interface}
    (new,) = stack.instances()
    assert new["InstanceId"] != old["InstanceId"] and new["InstanceType"] == "t3.nano"
    assert stack.template()["ImageId"].endswith("-x86_64")


def test_a_version_of_the_template_that_somebody_made_is_replaced_by_the_wanted_one(stack) -> None:
    wanted, (old,) = stack.template(), stack.instances()
    stack.ec2.create_launch_template_version(
        LaunchTemplateName=NAME, LaunchTemplateData={**wanted, "InstanceType": "t3.large"}
    )
    # Template, and the instance, which is of a version before.
    assert changed(stack.play(vpc_nat_instance_type="t3.nano")) == 2
    (new,) = stack.instances()
    assert stack.template() == wanted and new["InstanceId"] != old["InstanceId"]


def test_a_removal_leaves_nothing(stack) -> None:
    stack.play(play=REMOVAL, vpc_state="absent")
    assert stack.left() == []
    assert stack.ec2.describe_vpcs(Filters=[{"Name": "tag:Stack", "Values": ["railyard"]}])["Vpcs"] == []
