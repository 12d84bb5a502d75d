"""The target group module against the emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import alb_target_group

SETTINGS = {
    "name": "t-web",
    "port": 3000,
    "health_check_path": "/health",
    "health_check_interval": 10,
    "health_check_timeout": 5,
    "healthy_threshold": 2,
    "unhealthy_threshold": 3,
    "success_codes": "200",
    "attributes": {"stickiness.enabled": False, "deregistration_delay.timeout_seconds": 30},
    "tags": {"Stack": "t", "Role": "alb"},
}


@pytest.fixture
def elb(aws):
    return boto3.client("elbv2")


@pytest.fixture
def vpc_id(aws):
    return boto3.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def ensure(run_module, vpc_id):
    """Run the module with usual settings; arguments override them."""

    def ensure(check=False, **overrides):
        return run_module(alb_target_group, check=check, **{**SETTINGS, "vpc_id": vpc_id, **overrides})

    return ensure


@pytest.fixture
def servers(aws, vpc_id):
    """Three running instances' ids."""
    ec2 = boto3.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
    answer = ec2.run_instances(ImageId=image, MinCount=3, MaxCount=3, SubnetId=subnet)
    return [instance["InstanceId"] for instance in answer["Instances"]]


def attributes_of(elb, arn):
    answer = elb.describe_target_group_attributes(TargetGroupArn=arn)
    return {item["Key"]: item["Value"] for item in answer["Attributes"]}


def registered(elb, arn):
    health = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {item["Target"]["Id"] for item in health if item["TargetHealth"]["State"] != "draining"}


def test_created_as_described(ensure, elb):
    result = ensure()
    assert result["changed"]
    group = elb.describe_target_groups(Names=["t-web"])["TargetGroups"][0]
    assert result["target_group_arn"] == group["TargetGroupArn"]
    assert (group["Port"], group["Protocol"], group["HealthCheckPath"]) == (3000, "HTTP", "/health")
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (2, 3)
    attributes = attributes_of(elb, group["TargetGroupArn"])
    assert attributes["deregistration_delay.timeout_seconds"] == "30"
    tags = elb.describe_tags(ResourceArns=[group["TargetGroupArn"]])["TagDescriptions"][0]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == SETTINGS["tags"]


def test_second_run_changes_nothing(ensure):
    ensure()
    again = ensure()
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}


def test_check_mode_creates_nothing_and_gives_a_placeholder(ensure, elb):
    result = ensure(check=True)
    assert result["changed"]
    assert result["target_group_arn"].endswith("targetgroup/t-web/0000000000000000")
    assert elb.describe_target_groups()["TargetGroups"] == []


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"health_check_path": "/up"}, {"HealthCheckPath": "/health"}, {"HealthCheckPath": "/up"}),
        ({"success_codes": "200-299"}, {"Matcher": {"HttpCode": "200"}}, {"Matcher": {"HttpCode": "200-299"}}),
        (
            {"attributes": {"stickiness.enabled": True}},
            {"stickiness.enabled": "false"},
            {"stickiness.enabled": "true"},
        ),
        ({"tags": {"Stack": "t"}}, {"Role": "alb"}, {}),
        ({"tags": {**SETTINGS["tags"], "Stack": "u"}}, {"Stack": "t"}, {"Stack": "u"}),
    ],
)
def test_drift_is_reported_then_mended(ensure, overrides, before, after):
    ensure()
    planned = ensure(check=True, **overrides)
    assert planned["changed"]
    assert planned["diff"] == {"before": before, "after": after}
    assert ensure(check=True, **overrides)["changed"], "a plan must not mend"
    assert ensure(**overrides)["changed"]
    assert not ensure(**overrides)["changed"]


def test_stickiness_switched_on_by_hand_goes_off(ensure, elb):
    arn = ensure()["target_group_arn"]
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[{"Key": "stickiness.enabled", "Value": "true"}])
    assert ensure()["changed"]
    assert attributes_of(elb, arn)["stickiness.enabled"] == "false"


def test_fixed_settings_fail_with_the_commands_that_help(ensure):
    ensure()
    result = ensure(port=4000)
    assert result["failed"]
    assert "has port 3000 and AWS cannot change it to 4000" in result["msg"]
    assert "--tags alb" in result["msg"]


def test_nothing_to_make_it_of_fails_with_the_command(run_module, aws):
    result = run_module(alb_target_group, name="t-web", targets=[])
    assert result["failed"]
    assert "ansible-playbook site.yml --tags alb" in result["msg"]


def test_targets_follow_the_list(ensure, run_module, servers, elb):
    arn = ensure()["target_group_arn"]
    first, second, third = servers

    planned = run_module(alb_target_group, check=True, name="t-web", targets=[first])
    assert planned["registered"] == [first]
    assert registered(elb, arn) == set()

    assert run_module(alb_target_group, name="t-web", targets=[first, second])["changed"]
    assert not run_module(alb_target_group, name="t-web", targets=[second, first])["changed"]

    moved = run_module(alb_target_group, name="t-web", targets=[third], spared_targets=[first])
    assert (moved["registered"], moved["deregistered"]) == ([third], [second])
    assert registered(elb, arn) == {first, third}
    assert not ensure()["changed"], "without targets nothing is said about them"


def test_spared_targets_are_not_registered(ensure, run_module, servers, elb):
    arn = ensure()["target_group_arn"]
    assert not run_module(alb_target_group, name="t-web", targets=[], spared_targets=servers)["changed"]
    assert registered(elb, arn) == set()


def test_removed_once(ensure, run_module, elb):
    ensure()
    assert run_module(alb_target_group, check=True, name="t-web", state="absent")["changed"]
    assert elb.describe_target_groups()["TargetGroups"]
    assert run_module(alb_target_group, name="t-web", state="absent")["changed"]
    assert elb.describe_target_groups()["TargetGroups"] == []
    assert not run_module(alb_target_group, name="t-web", state="absent")["changed"]


def test_what_aws_refuses_is_named(ensure):
    result = ensure(health_check_timeout=500)
    assert result["failed"]
    assert "Target group 't-web' could not be kept" in result["msg"]
