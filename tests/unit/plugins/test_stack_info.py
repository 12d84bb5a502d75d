"""The module stack_info against an emulated account."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services import elbv2
from ansible_collections.railyard.aws.plugins.modules import stack_info
from botocore.exceptions import ClientError

from sandbox.core.settings import Settings
from sandbox.services.elasticache.overrides import parameter_groups as elasticache_parameters
from sandbox.services.rds.overrides import groups as rds_groups

MINE = [{"Key": "Stack", "Value": "railyard"}]


def tags(name: str, stack: str | None = "railyard", **more: str) -> list[dict[str, str]]:
    pairs = {"Name": name, **({"Stack": stack} if stack else {}), **more}
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def tagged(kind: str, name: str, stack: str | None = "railyard", **more: str) -> list[dict]:
    return [{"ResourceType": kind, "Tags": tags(name, stack, **more)}]


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


def make_vpc(ec2, name: str = "railyard", stack: str | None = "railyard", cidr: str = "10.0.0.0/16") -> str:
    return ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tagged("vpc", name, stack))["Vpc"]["VpcId"]


def make_subnet(ec2, vpc: str, name: str, cidr: str, stack: str | None = "railyard") -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, TagSpecifications=tagged("subnet", name, stack))
    return made["Subnet"]["SubnetId"]


def test_empty_account(aws, run_module):
    # The emulator as it is does not know all that is looked for.
    for patch in (rds_groups, elasticache_parameters):
        patch.apply(Settings.from_environment({}))
    result = run_module(stack_info, stack="railyard")
    assert result["resources"] == []
    assert not any(result["stack"].values())
    assert "ap-northeast-1a" in result["zones"]
    assert result["account_id"] == "123456789012"
    assert result["changed"] is False


def test_finds_by_name_what_is_the_stacks_and_nothing_else(ec2, run_module):
    vpc = make_vpc(ec2)
    make_vpc(ec2, "other", "other", "10.1.0.0/16")
    mine = make_subnet(ec2, vpc, "railyard-public-1", "10.0.0.0/20")
    make_subnet(ec2, vpc, "foreign", "10.0.16.0/20", stack=None)
    group = ec2.create_security_group(
        GroupName="railyard-web", Description="d", VpcId=vpc, TagSpecifications=tagged("security-group", "railyard-web")
    )["GroupId"]
    result = run_module(stack_info, stack="railyard", kinds=["vpc", "subnets", "security_groups"])
    assert {kind: list(entries) for kind, entries in result["stack"].items()} == {
        "vpc": ["railyard"],
        "subnets": ["railyard-public-1"],
        "security_groups": ["railyard-web"],
    }
    entry = result["stack"]["subnets"]["railyard-public-1"]
    assert entry["id"] == mine and entry["exists"] is True and entry["cidr_block"] == "10.0.0.0/20"
    assert {one["id"]: one["role"] for one in result["resources"]} == {vpc: "vpc", mine: "vpc", group: "security"}


def test_finds_by_name_what_lost_its_tag(ec2, run_module):
    vpc = make_vpc(ec2, stack=None)
    subnet = make_subnet(ec2, vpc, "railyard-private-1", "10.0.64.0/20", stack=None)
    result = run_module(stack_info, stack="railyard", kinds=["vpc", "subnets"])
    assert result["stack"]["vpc"]["railyard"]["id"] == vpc
    assert result["stack"]["subnets"]["railyard-private-1"]["id"] == subnet


def test_reads_every_page(ec2, run_module, monkeypatch):
    vpc = make_vpc(ec2)
    names = [f"railyard-public-{number}" for number in range(7)]
    for number, name in enumerate(names):
        make_subnet(ec2, vpc, name, f"10.0.{number}.0/24")
    pages = []

    class Paginator:
        def paginate(self, **arguments):
            found = ec2.describe_subnets(**arguments)["Subnets"]
            for start in range(0, len(found), 3):
                pages.append(start)
                yield {"Subnets": found[start : start + 3]}

    class Client:
        def can_paginate(self, operation):
            return True

        def get_paginator(self, operation):
            return Paginator()

    found = KINDS["subnets"].read(Client(), Scope("railyard", "ap-northeast-1", lambda: [vpc]))
    assert sorted(tag["Value"] for one in found for tag in one["Tags"] if tag["Key"] == "Name") == names
    assert pages == [0, 3, 6]


def test_load_balancers_and_target_groups_are_found_by_tag_with_their_parts(ec2, run_module):
    vpc = make_vpc(ec2)
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zones[i]["ZoneName"])["Subnet"][
            "SubnetId"
        ]
        for i in range(2)
    ]
    elb = boto3.client("elbv2")
    elb.create_load_balancer(Name="foreign", Subnets=subnets)
    balancer = elb.create_load_balancer(Name="railyard", Subnets=subnets, Tags=MINE)["LoadBalancers"][0]
    groups = [
        elb.create_target_group(Name=f"railyard-{number}", Protocol="HTTP", Port=3000, VpcId=vpc, Tags=MINE)
        for number in range(elbv2.TAGS_AT_ONCE + 1)
    ]
    arn = groups[0]["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    result = run_module(stack_info, stack="railyard", kinds=["load_balancers", "target_groups"])
    assert list(result["stack"]["load_balancers"]) == ["railyard"]
    entry = result["stack"]["load_balancers"]["railyard"]
    assert entry["dns_name"] == balancer["DNSName"] and entry["listeners"][0]["port"] == 80
    assert len(result["stack"]["target_groups"]) == elbv2.TAGS_AT_ONCE + 1
    assert result["stack"]["target_groups"]["railyard-0"]["port"] == 3000


def test_missing_names_the_role_to_run(ec2, run_module):
    make_vpc(ec2)
    result = run_module(
        stack_info,
        stack="railyard",
        kinds=[],
        require={"target_groups": ["railyard-web"], "vpc": ["railyard"], "subnets": ["railyard-public-1"]},
    )
    assert result["failed"] is True
    assert result["msg"].splitlines() == [
        "Subnet 'railyard-public-1' not found in ap-northeast-1; run `ansible-playbook site.yml --tags vpc` first.",
        "Target group 'railyard-web' not found in ap-northeast-1; run `ansible-playbook site.yml --tags alb` first.",
    ]


def test_missing_becomes_placeholders_in_check_mode(aws, run_module):
    result = run_module(
        stack_info,
        check=True,
        stack="railyard",
        kinds=[],
        require={"vpc": ["railyard"], "subnets": ["a", "b"], "target_groups": ["railyard-web"]},
    )
    assert result["stack"]["vpc"]["railyard"]["id"] == "vpc-00000000000000000"
    ids = [result["stack"]["subnets"][name]["id"] for name in ("a", "b")]
    assert len(set(ids)) == 2 and all(len(one) == len("subnet-") + 17 for one in ids)
    assert result["stack"]["target_groups"]["railyard-web"]["arn"].startswith(
        "arn:aws:elasticloadbalancing:ap-northeast-1:"
    )
    assert not any(entry["exists"] for kind in result["stack"].values() for entry in kind.values())
    assert result["resources"] == []


def test_two_of_one_name_are_refused_unless_allowed(ec2, run_module):
    first, second = sorted([make_vpc(ec2), make_vpc(ec2, cidr="10.1.0.0/16")])
    result = run_module(stack_info, stack="railyard", kinds=["vpc"])
    assert result["failed"] is True
    assert (
        "VPC 'railyard' exists more than once" in result["msg"] and first in result["msg"] and second in result["msg"]
    )
    result = run_module(stack_info, stack="railyard", kinds=["vpc"], unique_names=False)
    assert {key: entry["id"] for key, entry in result["stack"]["vpc"].items()} == {
        "railyard": first,
        f"railyard ({second})": second,
    }


def test_terminated_instances_do_not_count(ec2, run_module):
    vpc = make_vpc(ec2)
    subnet = make_subnet(ec2, vpc, "railyard-private-1", "10.0.64.0/20")
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]

    def launch(name: str) -> str:
        made = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            TagSpecifications=tagged("instance", name, Role="web", Hostname="web01"),
        )
        return made["Instances"][0]["InstanceId"]

    gone, alive = launch("railyard-web01"), launch("railyard-web01")
    ec2.terminate_instances(InstanceIds=[gone])
    entry = run_module(stack_info, stack="railyard", kinds=["instances"])["stack"]["instances"]["railyard-web01"]
    assert entry["id"] == alive
    assert (entry["role"], entry["hostname"], entry["state"]) == ("web", "web01", "running")


def test_refusal_by_aws_is_told(aws, run_module, monkeypatch):
    def refuse(*arguments, **more):
        raise ClientError(
            {"Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized."}}, "DescribeVpcs"
        )

    monkeypatch.setitem(KINDS, "vpc", replace(KINDS["vpc"], read=refuse))
    result = run_module(stack_info, stack="railyard", kinds=["vpc"])
    assert result["failed"] is True
    assert result["msg"].startswith("Cannot look at stack 'railyard' in ap-northeast-1: ")
    assert "You are not authorized." in result["msg"]


def test_kind_that_is_unknown_is_answered_with_those_that_are(aws, run_module):
    result = run_module(stack_info, stack="railyard", kinds=["vpc", "vpcs"])
    assert result["failed"] is True and result["msg"].startswith(
        "kinds: 'vpcs' is no kind of resource. Kinds are: vpc,"
    )


def test_kind_that_had_another_name_is_answered_with_the_new_one(aws, run_module):
    result = run_module(stack_info, stack="railyard", kinds=["cache_groups"])
    assert result["msg"] == "kinds: 'cache_groups' is now called 'replication_groups'; write that."


@pytest.mark.parametrize("require", [{"vpcs": ["x"]}, {"vpc": "railyard"}])
def test_require_that_makes_no_sense_is_refused(aws, run_module, require):
    result = run_module(stack_info, stack="railyard", require=require)
    assert result["failed"] is True and result["msg"].startswith("require")
