"""A request with a token is carried out once, however often the SDK repeats it."""

from __future__ import annotations

import boto3
import botocore.endpoint
import pytest
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.ec2.overrides import client_tokens as ec2_tokens
from tests.faults.executed import Faults, install


@pytest.fixture(scope="module", autouse=True)
def overridden():
    if not getattr(ec2_tokens, "_applied", False):
        ec2_tokens.apply(Settings.from_environment({}))
        ec2_tokens._applied = True


@pytest.fixture
def ec2(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with mock_aws():
        yield boto3.client("ec2", region_name="ap-northeast-1", aws_access_key_id="t", aws_secret_access_key="t" * 16)


def test_what_the_sdk_repeats_is_made_once(ec2, tmp_path):
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    before = len(ec2.describe_route_tables()["RouteTables"])
    remove = install(Faults(tmp_path), botocore.endpoint)
    try:
        made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    finally:
        remove()
    tables = [table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"]]
    assert (len(tables), made in tables) == (before + 1, True)


def test_another_token_makes_another(ec2):
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    tables = {
        ec2.create_route_table(VpcId=vpc, ClientToken=token)["RouteTable"]["RouteTableId"] for token in ("a", "b", "a")
    }
    assert len(tables) == 2


def test_a_refusal_is_not_kept(ec2):
    with pytest.raises(ec2.exceptions.ClientError, match="vpc-1"):
        ec2.create_route_table(VpcId="vpc-1", ClientToken="c")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert ec2.create_route_table(VpcId=vpc, ClientToken="c")["RouteTable"]["VpcId"] == vpc
