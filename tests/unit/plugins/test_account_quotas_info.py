"""Whether an account has room for a stack, against the emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._service_quotas.quotas import STANDARD
from ansible_collections.railyard.aws.plugins.modules import account_quotas_info
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.servicequotas.models import ServiceQuotasBackend

from sandbox.core.settings import Settings
from sandbox.services.service_quotas.overrides import quotas as service_quotas

STACK = {
    "stack": "t",
    "servers": {"jump01": "t3.micro", "web01": "t3.small", "web02": "t3.small"},
    "vpc": "t",
    "nat_gateways": 2,
    "database": "t",
    "cache": "t",
    "cache_nodes": 4,
    "balancer": "t",
}
VCPUS = "L-1216C47A"


@pytest.fixture
def account(aws, monkeypatch):
    """``account(text)``: an account with other quotas; returns the operations that are asked from then on."""
    asked, call = [], BaseClient._make_api_call

    def watch(self, operation, arguments):
        asked.append(operation)
        return call(self, operation, arguments)

    def prepare(text=""):
        monkeypatch.setenv("RAILYARD_SANDBOX_QUOTAS", text)
        monkeypatch.setattr(ServiceQuotasBackend, "get_service_quota", ServiceQuotasBackend.get_service_quota)
        service_quotas.apply(Settings.from_environment({}))
        monkeypatch.setattr(BaseClient, "_make_api_call", watch)
        return asked

    return prepare


def run_servers(*servers, stack="t"):
    ec2 = boto3.client("ec2")
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
    for hostname, kind in servers:
        tags = [{"Key": "Stack", "Value": stack}, {"Key": "Hostname", "Value": hostname}]
        ec2.run_instances(
            ImageId=image,
            InstanceType=kind,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )


def test_empty_account_with_room_has_no_problem(account, run_module):
    account()
    result = run_module(account_quotas_info, **STACK)
    assert (result["problems"], result["changed"]) == ([], False), result
    assert result["needs"][VCPUS] == {"used": 0, "needed": 6, "quota": 256}
    assert {code: need["needed"] for code, need in result["needs"].items()} == {
        VCPUS: 6,
        "L-0263D0A3": 2,
        "L-FE5A380F": 1,
        "L-A4707A72": 1,
        "L-F678F1CE": 1,
        "L-7B6409FD": 1,
        "L-DFE45DF3": 4,
        "L-53DA6B97": 1,
    }


@pytest.mark.parametrize(
    ("quotas", "words"),
    [
        (f"{VCPUS}=5", ["Running On-Demand Standard", "is 5 vCPUs; 0 are in use", "needs 6 more", "--desired-value 6"]),
        ("L-0263D0A3=1", ["EC2-VPC Elastic IPs", "needs 2 more", "vpc_nat_gateway_mode: single"]),
        ("L-F678F1CE=1", ["VPCs per Region", "is 1 VPCs; 1 are in use"]),
        ("L-DFE45DF3=3", ["Nodes per Region", "railyard_cache_replicas"]),
        ("L-7B6409FD=0", ["DB instances"]),
    ],
)
def test_quota_of_a_new_account_is_named_with_what_raises_it(account, run_module, quotas, words):
    account(quotas)
    (problem,) = run_module(account_quotas_info, **STACK)["problems"]
    assert [word for word in [*words, "request-service-quota-increase", "ap-northeast-1"] if word not in problem] == []


def test_every_quota_that_is_too_small_is_named_at_once(account, run_module):
    account(f"{VCPUS}=5,L-0263D0A3=1")
    assert len(run_module(account_quotas_info, **STACK)["problems"]) == 2


def test_what_others_use_counts_and_what_stands_needs_nothing(account, run_module):
    run_servers(("other", "t3.large"), stack="other")
    run_servers(("jump01", "t3.micro"), ("web01", "t3.small"))
    account(f"{VCPUS}=7")
    result = run_module(account_quotas_info, **STACK)
    assert result["needs"][VCPUS] == {"used": 6, "needed": 2, "quota": 7}
    assert "6 are in use and the stack needs 2 more" in result["problems"][0]


def test_stack_that_stands_is_asked_nothing(account, run_module):
    ec2 = boto3.client("ec2")
    tags = [{"Key": "Stack", "Value": "t"}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_tags(Resources=[vpc, gateway], Tags=tags)
    run_servers(*STACK["servers"].items())
    asked = account("L-F678F1CE=0,L-1216C47A=0")
    result = run_module(account_quotas_info, **{**STACK, "nat_gateways": 0})
    assert (result["problems"], result["needs"]) == ([], {})
    assert {"GetServiceQuota", "DescribeDBInstances", "DescribeLoadBalancers"} & set(asked) == set()


def test_a_nat_instance_needs_processors_and_an_address_until_it_stands(account, run_module):
    asked = {**STACK, "nat_gateways": 0, "nat_instances": {"t-nat-instance": "t4g.nano"}}
    account()
    needs = run_module(account_quotas_info, **asked)["needs"]
    assert (needs[VCPUS]["needed"], needs["L-0263D0A3"]["needed"]) == (8, 1)
    run_servers(*STACK["servers"].items())
    ec2 = boto3.client("ec2")
    tags = [{"Key": "Stack", "Value": "t"}]
    ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert run_module(account_quotas_info, **asked)["needs"][VCPUS]["needed"] == 2
    _launch_by_group("t-nat-instance", "t4g.nano", tags)
    assert set(run_module(account_quotas_info, **asked)["needs"]) & {VCPUS, "L-0263D0A3"} == set()


def _launch_by_group(name, kind, tags):
    """An instance that Auto Scaling launched, with AWS's own tag on it."""
    image = boto3.client("ec2").register_image(Name=name, RootDeviceName="/dev/sda1")["ImageId"]
    boto3.client("ec2").create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": kind,
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        },
    )
    boto3.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["ap-northeast-1a"],
    )


def test_stopped_servers_will_need_theirs_again(account, run_module):
    run_servers(*STACK["servers"].items())
    ec2 = boto3.client("ec2")
    instances = [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]]
    ec2.stop_instances(InstanceIds=[instances[0]["InstanceId"]])
    account()
    assert run_module(account_quotas_info, **STACK)["needs"][VCPUS]["needed"] == 2


def test_types_with_a_quota_of_their_own_are_left_alone():
    standard = ("t3.micro", "m7g.large", "c5.large", "im4gn.large", "i3.large", "z1d.large")
    others = ("g5.xlarge", "p4d.24xlarge", "x2gd.medium", "f1.2xlarge", "trn1.2xlarge", "inf1.xlarge", "hpc6a.48xlarge")
    assert [kind for kind in standard + others if STANDARD.match(kind)] == list(standard)


@pytest.mark.parametrize("refused", ["GetServiceQuota", "DescribeInstances", "DescribeVpcs"])
def test_what_may_not_be_asked_is_only_warned_of(account, run_module, monkeypatch, refused):
    account(f"{VCPUS}=5")
    call = BaseClient._make_api_call

    def refuse(self, operation, arguments):
        if operation == refused:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, operation)
        return call(self, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    result = run_module(account_quotas_info, **STACK)
    assert not result.get("failed") and "not you" in str(result["warnings"])


@pytest.mark.parametrize("text", ["L-1216C47A", "L-1216C47A=five"])
def test_quotas_of_the_sandbox_that_are_none_are_named(text):
    with pytest.raises(ValueError, match="write it like"):
        service_quotas.chosen(text)
