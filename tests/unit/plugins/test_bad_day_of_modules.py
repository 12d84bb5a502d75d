"""What modules of amazon.aws and community.aws say on a bad day of AWS, in a first build's order: all of it passes."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import botocore.endpoint
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._failures.passing import passing_failure

from sandbox.core.settings import Settings
from sandbox.services.ec2.overrides import client_tokens
from sandbox.services.route53.overrides import caller_references
from tests.faults.executed import Faults, install

TAGS = {"Stack": "t", "ManagedBy": "railyard.aws"}
#: Seconds that playbooks/tasks/stage.yml waits before it begins a stage again.
WAIT = 8


def policy(action: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]}


TRUST = policy("sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


@pytest.fixture(scope="module", autouse=True)
def amended():
    # What the SDK repeats with a token is carried out once.
    for override in (client_tokens, caller_references):
        if not getattr(override, "_applied", False):
            override.apply(Settings.from_environment({}))
            override._applied = True


@pytest.fixture
def bad_day(aws, tmp_path, monkeypatch):
    """Every change is carried out, then answered with an error; nothing is seen before time went on."""
    slept, real = [0.0], time.time
    monkeypatch.setattr("time.sleep", slept.append)
    # Some wait until a time has come.
    for clock in ("time.time", "time.monotonic"):
        monkeypatch.setattr(clock, lambda: real() + sum(slept))
    faults = Faults(tmp_path / "faults", late=True)
    faults.late.clock = time.time
    remove = install(faults, botocore.endpoint)
    yield faults
    remove()


@pytest.fixture
def ensure(bad_day, run_module):
    """``ensure(name, **arguments)`` runs a module as a stage does, begun again after a failure that passes."""

    def run(called: str, there: Callable[[], list] = list, **arguments: Any) -> dict[str, Any]:
        module = importlib.import_module(
            f"ansible_collections.{'.'.join(called.split('.')[:2])}.plugins.modules.{called.split('.')[2]}"
        )
        said: list[str] = []
        while True:
            # A stage begins with a look at the account, and calls no module for what is there.
            if found := there():
                return found[0]
            try:
                result = run_module(module, region="ap-northeast-1", **arguments)
            except Exception as error:
                # Ansible's words for it.
                result = {"failed": True, "msg": f"Task failed: Module failed: {error}"}
            if not result.get("failed"):
                return result
            said.append(result["msg"])
            assert len(said) < 8, f"{called}: {said}"
            assert passing_failure(result), f"{called}: {result['msg']}"
            assert said.count(result["msg"]) < 3, f"{called}: {result['msg']}"
            time.sleep(WAIT)

    return run


def test_everything_is_made_as_the_roles_ask_for_it(ensure, bad_day):
    ensure(
        "amazon.aws.iam_role",
        name="t-web",
        assume_role_policy_document=json.dumps(TRUST),
        tags=TAGS,
        path="/t/",
        create_instance_profile=False,
        state="present",
    )
    ensure(
        "amazon.aws.iam_policy",
        iam_type="role",
        iam_name="t-web",
        policy_name="files",
        policy_json=json.dumps(policy("s3:*", Resource="*")),
        state="present",
    )
    ensure("amazon.aws.iam_instance_profile", name="t-web", role="t-web", path="/t/", tags=TAGS, state="present")
    ensure(
        "amazon.aws.iam_managed_policy",
        name="t-boundary",
        policy=policy("s3:*", Resource="*"),
        path="/t/",
        tags=TAGS,
        state="present",
    )
    ensure("amazon.aws.iam_user", name="ada", path="/t/", tags=TAGS, state="present")
    ensure("amazon.aws.iam_group", name="t-operators", path="/t/", users=["ada"], state="present")

    ensure(
        "amazon.aws.ec2_vpc_net",
        name="t",
        cidr_block="10.0.0.0/16",
        dns_support=True,
        dns_hostnames=True,
        tags=TAGS,
        state="present",
    )
    time.sleep(WAIT)
    ec2 = boto3.client("ec2")
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["t"]}])["Vpcs"]
    vpc = vpcs[0]["VpcId"]
    ensure("amazon.aws.ec2_vpc_igw", vpc_id=vpc, tags={**TAGS, "Name": "t"}, state="present")
    subnets = [
        ensure(
            "amazon.aws.ec2_vpc_subnet",
            vpc_id=vpc,
            cidr=f"10.0.{number}.0/24",
            az=f"ap-northeast-1{zone}",
            tags={**TAGS, "Name": f"t-{zone}"},
            state="present",
        )["subnet"]["id"]
        for number, zone in enumerate("ac")
    ]
    named = [{"Name": "tag:Name", "Values": ["t-nat-1"]}]
    ensure(
        "amazon.aws.ec2_eip",
        lambda: ec2.describe_addresses(Filters=named)["Addresses"],
        in_vpc=True,
        tags={**TAGS, "Name": "t-nat-1"},
        state="present",
    )
    time.sleep(WAIT)
    addresses = ec2.describe_addresses(Filters=named)["Addresses"]
    assert len(addresses) == 2, "the one too many is surplus, which the role removes"
    address = addresses[0]["AllocationId"]
    ensure(
        "amazon.aws.ec2_vpc_nat_gateway",
        subnet_id=subnets[0],
        allocation_id=address,
        if_exist_do_not_create=True,
        wait=False,
        tags=TAGS,
        state="present",
    )
    time.sleep(WAIT)
    gateway = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
        "InternetGateways"
    ][0]
    tables = [
        {"Name": "tag:Name", "Values": ["t"]},
        {"Name": "association.subnet-id", "Values": subnets[1:]},
        {"Name": "route.destination-cidr-block", "Values": ["0.0.0.0/0"]},
    ]
    ensure(
        "amazon.aws.ec2_vpc_route_table",
        lambda: ec2.describe_route_tables(Filters=tables)["RouteTables"],
        vpc_id=vpc,
        lookup="tag",
        tags={**TAGS, "Name": "t"},
        subnets=subnets,
        routes=[{"dest": "0.0.0.0/0", "gateway_id": gateway["InternetGatewayId"]}],
        state="present",
    )
    ensure(
        "amazon.aws.ec2_vpc_nacl",
        vpc_id=vpc,
        name="t-public",
        subnets=subnets,
        ingress=[[100, "tcp", "allow", "0.0.0.0/0", None, None, 443, 443]],
        egress=[[100, "all", "allow", "0.0.0.0/0", None, None, None, None]],
        tags={**TAGS, "Name": "t-public"},
        state="present",
    )
    group = ensure(
        "amazon.aws.ec2_security_group",
        name="t-web",
        description="web",
        vpc_id=vpc,
        rules=[{"proto": "tcp", "ports": [443], "cidr_ip": "0.0.0.0/0"}],
        tags=TAGS,
        state="present",
    )["group_id"]
    ensure(
        "amazon.aws.ec2_key",
        name="t",
        key_material="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFlbovX307KUsB5s3ezExmeWEOvbQS+LkVWvjoCF+/zU t",
        force=False,
        tags=TAGS,
        state="present",
    )
    ensure(
        "amazon.aws.ec2_vpc_endpoint",
        vpc_id=vpc,
        service="com.amazonaws.ap-northeast-1.s3",
        vpc_endpoint_type="Gateway",
        tags=TAGS,
        state="present",
    )
    ensure(
        "amazon.aws.elb_application_lb",
        name="t",
        subnets=subnets,
        security_groups=[group],
        wait=False,
        listeners=[],
        tags=TAGS,
        state="present",
    )
    ensure(
        "amazon.aws.ec2_instance",
        name="web01",
        image_id="ami-12345678",
        instance_type="t3.small",
        wait=False,
        state="running",
        network_interfaces=[{"device_index": 0, "subnet_id": subnets[0], "groups": [group]}],
        iam_instance_profile="t-web",
        tags=TAGS,
    )
    ensure(
        "amazon.aws.s3_bucket",
        name="t-uploads",
        tags=TAGS,
        encryption="AES256",
        public_access={"block_public_acls": True},
        object_ownership="BucketOwnerEnforced",
        state="present",
    )
    ensure("community.aws.s3_lifecycle", name="t-uploads", rule_id="old", expiration_days=30)
    ensure("community.aws.sns_topic", name="t", display_name="t", purge_subscriptions=False, tags=TAGS, state="present")
    ensure(
        "community.aws.secretsmanager_secret",
        name="/t/key",
        secret_type="string",
        secret="a" * 40,
        overwrite=False,
        tags=TAGS,
        state="present",
    )
    ensure("community.aws.ssm_parameter", name="/t/agent", value="{}", tags=TAGS, state="present")
    ensure("amazon.aws.rds_subnet_group", name="t", description="t", subnets=subnets, tags=TAGS, state="present")
    ensure(
        "amazon.aws.rds_option_group",
        option_group_name="t",
        engine_name="mysql",
        major_engine_version="8.0",
        option_group_description="t",
        tags=TAGS,
        state="present",
    )
    ensure("amazon.aws.route53_zone", zone="example.com", tags=TAGS, state="present")
    ensure("amazon.aws.route53_zone", zone="home", vpc_id=vpc, vpc_region="ap-northeast-1", tags=TAGS, state="present")
    ensure("community.aws.ses_rule_set", name="t-mail", state="present")
    time.sleep(WAIT)
    instances = [one for reservation in ec2.describe_instances()["Reservations"] for one in reservation["Instances"]]
    assert len(instances) == 1
    assert len(bad_day.seen()) > 30, bad_day.seen()
