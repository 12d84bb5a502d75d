"""A stack that leaves through a NAT instance: a host of the group's, made a router by its user data, and replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.hosts.engine import Engine
from sandbox.network import netns
from sandbox.network.command import CommandError
from tests.e2e.lab import LOCK_CALLS, Lab, temporary, until
from tests.e2e.machine import settings

NAME = "railyard-nat-instance"
NAMED = [{"Name": "tag:Name", "Values": [NAME]}]
NETWORK = ("--tags", "vpc", "-e")
INSTANCE = (*NETWORK, "vpc_nat_gateway_mode=instance")
#: Seconds: a host is made and boots, and its user data fetches a package.
BOOT = 240
#: Private subnets of the plan, as the packet filter has them.
INSIDE = ["10.0.64.0/20", "10.0.80.0/20"]


class Stack:
    """The stack's NAT instance, and a server of a private subnet that has nothing but its way out."""

    def __init__(self, lab: Lab) -> None:
        self.lab, account = lab, lab.account()
        self.ec2, self.scaling = account.ec2, account.client("autoscaling")
        self.settings = settings(lab)
        self.engine = Engine(self.settings)
        self.server: dict[str, Any] = {}

    def launch_server(self) -> None:
        """In a private subnet, with the VPC's default group, which is empty: this one lets out whatever asks."""
        (subnet,) = self.ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["railyard-private-1"]}])[
            "Subnets"
        ]
        group = self.ec2.create_security_group(GroupName="asks", Description="asks", VpcId=subnet["VpcId"])["GroupId"]
        parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        image = self.lab.account().client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
        self.server = self.ec2.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet["SubnetId"],
            SecurityGroupIds=[group],
        )["Instances"][0]  # fmt: skip

    def end_server(self) -> None:
        self.ec2.terminate_instances(InstanceIds=[self.server["InstanceId"]])
        self.ec2.delete_security_group(GroupId=self.server["SecurityGroups"][0]["GroupId"])

    def router(self) -> str:
        """Id of the instance that the group has."""
        (group,) = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
        (instance,) = group["Instances"]
        return instance["InstanceId"]

    def run(self, instance_id: str, *argv: str) -> str | None:
        """Output of a command on a host; None where there is no such host yet, or the command failed."""
        try:
            return self.engine.exec(self.settings.netns(instance_id), ["timeout", "60", *argv])
        except CommandError:
            return None

    def leaves(self) -> bool:
        """Whether the server reads the lists of packages anew, which are outside."""
        options = ("-o", "Acquire::http::Timeout=10", "-o", "Acquire::Retries=0", "-o", "APT::Update::Error-Mode=any")
        return self.run(self.server["InstanceId"], "apt-get", "update", *options) is not None

    def translated(self, router: str) -> list[str]:
        """What the router's kernel carries for the server, with its own address for the server's."""
        (own,) = self.ec2.describe_instances(InstanceIds=[router])["Reservations"][0]["Instances"]
        lines = netns.run(self.settings.netns(router), ["cat", "/proc/net/nf_conntrack"]).splitlines()
        asked, answered = f"src={self.server['PrivateIpAddress']} ", f" dst={own['PrivateIpAddress']} "
        return [line for line in lines if asked in line and answered in line]

    def default_routes(self) -> set[tuple[str, str]]:
        """Interface and instance to which the private subnets' routes lead."""
        tables = self.ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": ["railyard-private-*"]}])
        interfaces = self.ec2.describe_network_interfaces(Filters=NAMED)
        behind = {one["NetworkInterfaceId"]: one["Attachment"]["InstanceId"] for one in interfaces["NetworkInterfaces"]}
        routes = [route for table in tables["RouteTables"] for route in table["Routes"]]
        targets = [route["NetworkInterfaceId"] for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0"]
        return {(target, behind[target]) for target in targets}

    def left(self) -> list[str]:
        """Whatever of a NAT instance there is."""
        groups = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
        alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
        found = self.ec2.describe_instances(Filters=[*NAMED, *alive])["Reservations"]
        return [
            *(one["AutoScalingGroupARN"] for one in groups),
            *(one["InstanceId"] for reservation in found for one in reservation["Instances"]),
            *(one["LaunchTemplateId"] for one in self.ec2.describe_launch_templates()["LaunchTemplates"]),
            *(
                one["NetworkInterfaceId"]
                for one in self.ec2.describe_network_interfaces(Filters=NAMED)["NetworkInterfaces"]
            ),
            *(one["AllocationId"] for one in self.ec2.describe_addresses(Filters=NAMED)["Addresses"]),
            *(one["GroupId"] for one in self.ec2.describe_security_groups(Filters=NAMED)["SecurityGroups"]),
            *(one["VolumeId"] for one in self.ec2.describe_volumes(Filters=NAMED)["Volumes"]),
        ]

    def gateways(self) -> list[str]:
        """NAT gateways that there are, and addresses that are not the NAT instance's."""
        found = self.ec2.describe_nat_gateways()["NatGateways"]
        addresses = self.ec2.describe_addresses()["Addresses"]
        return [one["NatGatewayId"] for one in found if one["State"] not in ("deleting", "deleted")] + [
            one["AllocationId"] for one in addresses if {"Key": "Name", "Value": NAME} not in one["Tags"]
        ]

    def await_router(self, router: str) -> None:
        until(
            "the user data has made it a router", lambda: self.run(router, "systemctl", "is-active", "nftables"), BOOT
        )


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary("railyard-nat", int(os.environ.get("RAILYARD_NAT_PORT", "4790"))) as lab:
        lab.up()
        yield Stack(lab)


def hardened(stack: Stack, router: str) -> None:
    """What the user data has made of a host."""
    tables = json.loads(stack.run(router, "nft", "--json", "list", "ruleset") or "{}")["nftables"]
    chains = {one["chain"]["name"]: one["chain"] for one in tables if "chain" in one}
    assert {name: (one["hook"], one["policy"]) for name, one in chains.items()} == {
        "input": ("input", "drop"),
        "forward": ("forward", "drop"),
        "postrouting": ("postrouting", "accept"),
    }
    (inside,) = [one["set"]["elem"] for one in tables if "set" in one]
    assert [f"{one['prefix']['addr']}/{one['prefix']['len']}" for one in inside] == INSIDE
    assert [
        one["rule"]["chain"] for one in tables if "rule" in one and {"masquerade": None} in one["rule"]["expr"]
    ] == ["postrouting"]
    assert (stack.run(router, "cat", "/proc/sys/net/ipv4/ip_forward") or "").strip() == "1"
    assert stack.run(router, "systemctl", "is-active", "ssh") is None
    log = stack.run(router, "cat", "/var/log/user-data.log")
    assert stack.run(router, "systemctl", "show", "--property=Result", "--value", "user-data") == "success\n", log


def test_a_private_subnet_leaves_through_a_host_that_the_group_keeps(stack: Stack) -> None:
    lab = stack.lab
    lab.playbook("nat", "site.yml", *INSTANCE)
    stack.launch_server()
    first = stack.router()
    stack.await_router(first)
    hardened(stack, first)
    (before,) = stack.default_routes()
    assert before[1] == first
    until("the server has booted and leaves", stack.leaves, BOOT)
    assert stack.translated(first)

    calls = lab.calls()
    again = lab.playbook("nat-again", "site.yml", *INSTANCE)
    assert again.changed == 0 and set(lab.mutations(calls)) <= set(LOCK_CALLS), again.changed_tasks()

    stack.run(first, "systemctl", "poweroff")
    second = until("the group has another", lambda: stack.router() != first and stack.router(), 120)
    stack.await_router(second)
    hardened(stack, second)
    assert stack.default_routes() == {(before[0], second)}
    until("the server leaves through the other", stack.leaves, 60)
    assert stack.translated(second)
    assert lab.playbook("nat-plan", "site.yml", *INSTANCE, "--check", "--diff").changed == 0


def test_from_one_mode_to_another_and_back_nothing_is_left_of_the_one_before(stack: Stack) -> None:
    lab = stack.lab
    for mode, number in (("single", 1), ("zone", 2)):
        former = stack.router()
        lab.playbook(f"nat-{mode}", "site.yml", *NETWORK, f"vpc_nat_gateway_mode={mode}")
        # Each with its address.
        assert stack.left() == [] and len(stack.gateways()) == 2 * number
        until("the host has gone", lambda former=former: stack.run(former, "true") is None, 60)
        until("the server leaves through the gateway", stack.leaves, 60)
        lab.playbook(f"nat-from-{mode}", "site.yml", *INSTANCE)
        assert stack.gateways() == [] and len(stack.left()) == 7
        router = stack.router()
        stack.await_router(router)
        until("the server leaves through the instance", stack.leaves, 60)
        assert stack.translated(router)
    there = stack.left()
    none = (*NETWORK, "vpc_nat_gateway_mode=none")
    assert lab.playbook("nat-none-plan", "site.yml", *none, "--check", "--diff").changed >= 5
    assert stack.left() == there
    lab.playbook("nat-none", "site.yml", *none)
    assert stack.left() == [] and stack.gateways() == [] and not stack.leaves()
    lab.playbook("nat-from-none", "site.yml", *INSTANCE)
    stack.await_router(stack.router())
    until("the server leaves again", stack.leaves, 60)


def test_a_teardown_leaves_nothing(stack: Stack) -> None:
    stack.end_server()
    stack.lab.playbook("nat-gone", "playbooks/teardown.yml", "-e", "confirm=railyard")
    assert stack.lab.resources() == set() and stack.left() == []
