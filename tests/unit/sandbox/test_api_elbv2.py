"""Load balancers of the emulated API, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.elbv2.overrides import load_balancers as elbv2
from sandbox.services.elbv2.target_health import DRAINING, HEALTHY, Health, TargetHealth, registry

REGION = "ap-northeast-1"


@pytest.fixture
def account(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    elbv2.apply(Settings.from_environment({}))
    with mock_aws():
        yield Account()


class Account:
    """One VPC with two subnets, one load balancer and one target group behind it."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2", REGION)
        self.elb = boto3.client("elbv2", REGION)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"), ("10.0.32.0/20", "d"))
        ]
        self.group = self.ec2.create_security_group(GroupName="alb", Description="alb", VpcId=self.vpc)["GroupId"]
        self.balancer = self.create("web")
        self.arn = self.balancer["LoadBalancerArn"]
        self.targets = self.elb.create_target_group(
            Name="web", Protocol="HTTP", Port=3000, VpcId=self.vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]

    def create(self, name: str, **options: str) -> dict:
        return self.elb.create_load_balancer(
            Name=name, Subnets=self.subnets[:2], SecurityGroups=[self.group], **options
        )["LoadBalancers"][0]

    def listen(self) -> None:
        self.elb.create_listener(
            LoadBalancerArn=self.arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )

    def interfaces(self) -> list[dict]:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return [interface for interface in found if interface["Description"].startswith("ELB app/")]

    def health(self, **asked) -> list[tuple[str, str, str | None]]:
        answer = self.elb.describe_target_health(TargetGroupArn=self.targets, **asked)
        return [
            (entry["Target"]["Id"], entry["TargetHealth"]["State"], entry["TargetHealth"].get("Reason"))
            for entry in answer["TargetHealthDescriptions"]
        ]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_internet_facing_one_is_named_by_its_loopback_address(account):
    assert account.balancer["DNSName"].startswith("127.")
    assert account.balancer["Scheme"] == "internet-facing"
    assert account.create("inside", Scheme="internal")["DNSName"].endswith(f".{REGION}.elb.amazonaws.com")


def test_interfaces_follow_subnets_and_groups_and_go_with_the_load_balancer(account):
    before = {interface["SubnetId"]: interface for interface in account.interfaces()}
    assert set(before) == set(account.subnets[:2])
    assert all(i["RequesterManaged"] and i["Groups"][0]["GroupId"] == account.group for i in before.values())

    account.elb.set_subnets(LoadBalancerArn=account.arn, Subnets=account.subnets[1:])
    other = account.ec2.create_security_group(GroupName="o", Description="o", VpcId=account.vpc)["GroupId"]
    account.elb.set_security_groups(LoadBalancerArn=account.arn, SecurityGroups=[other])
    after = {interface["SubnetId"]: interface for interface in account.interfaces()}
    assert set(after) == set(account.subnets[1:])
    kept = account.subnets[1]
    assert after[kept]["PrivateIpAddress"] == before[kept]["PrivateIpAddress"]
    assert [group["GroupId"] for group in after[kept]["Groups"]] == [other]

    account.elb.delete_load_balancer(LoadBalancerArn=account.arn)
    assert account.interfaces() == []


def test_what_aws_refuses(account):
    with pytest.raises(ClientError) as error:
        account.create("web")
    assert code_of(error) == "DuplicateLoadBalancerName"
    account.listen()
    with pytest.raises(ClientError) as error:
        account.listen()
    assert code_of(error) == "DuplicateListener"
    with pytest.raises(ClientError) as error:
        account.elb.describe_load_balancers(Names=["web", "nope"])
    assert code_of(error) == "LoadBalancerNotFound"
    account.elb.modify_load_balancer_attributes(
        LoadBalancerArn=account.arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]
    )
    with pytest.raises(ClientError) as error:
        account.elb.delete_load_balancer(LoadBalancerArn=account.arn)
    assert code_of(error) == "OperationNotPermitted"


def test_attributes_have_the_defaults_of_aws(account):
    answer = account.elb.describe_load_balancer_attributes(LoadBalancerArn=account.arn)["Attributes"]
    attributes = {entry["Key"]: entry["Value"] for entry in answer}
    assert attributes["idle_timeout.timeout_seconds"] == "60"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "false"


def test_health_from_unused_to_draining(account):
    target = {"Id": "10.0.0.99", "Port": 3000}
    account.elb.register_targets(TargetGroupArn=account.targets, Targets=[target])
    assert account.health() == [("10.0.0.99", "unused", "Target.NotInUse")]
    account.listen()
    assert account.health() == [("10.0.0.99", "initial", "Elb.InitialHealthChecking")]
    key = (account.targets, "10.0.0.99", 3000)
    registry.put(key, HEALTHY)
    assert account.health() == [("10.0.0.99", "healthy", None)]
    registry.put(key, Health("unhealthy", "Target.Timeout", "Request timed out"))
    assert account.health() == [("10.0.0.99", "unhealthy", "Target.Timeout")]
    account.elb.deregister_targets(TargetGroupArn=account.targets, Targets=[target])
    assert account.health() == [("10.0.0.99", "draining", "Target.DeregistrationInProgress")]
    account.elb.register_targets(TargetGroupArn=account.targets, Targets=[target])
    assert account.health() == [("10.0.0.99", "initial", "Elb.InitialHealthChecking")]
    assert account.health(Targets=[{"Id": "10.0.0.98"}]) == [("10.0.0.98", "unused", "Target.NotRegistered")]


def test_target_group_knows_its_load_balancers_as_they_are_now(account):
    def users():
        return account.elb.describe_target_groups()["TargetGroups"][0].get("LoadBalancerArns", [])

    assert users() == []
    account.listen()
    assert users() == [account.arn]
    account.elb.delete_load_balancer(LoadBalancerArn=account.arn)
    assert users() == []


def test_board_ends_draining_after_the_delay():
    now = [0.0]
    mine = TargetHealth(lambda: now[0])
    mine.put(("tg", "i-1", 80), DRAINING)
    mine.deregister(("tg", "i-1", 80), 10)
    assert mine.draining("tg") == [("i-1", 80)] and mine.get(("tg", "i-1", 80)) is None
    now[0] = 11
    assert mine.draining("tg") == []
