"""Gateway endpoints, paths of identities and buckets of other accounts, as the emulated API has them."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.core import client


def endpoint_routes(ec2, table: str) -> list[str]:
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return [route["GatewayId"] for route in found["Routes"] if "DestinationPrefixListId" in route]


def test_routes_come_change_and_go_with_the_endpoint(api):
    ec2 = api.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _number in range(2))
    wanted = {"VpcId": vpc, "ServiceName": "com.amazonaws.ap-northeast-1.s3", "VpcEndpointType": "Gateway"}
    endpoint = ec2.create_vpc_endpoint(RouteTableIds=[one], **wanted)["VpcEndpoint"]["VpcEndpointId"]
    assert (endpoint_routes(ec2, one), endpoint_routes(ec2, two)) == ([endpoint], [])
    with pytest.raises(ClientError, match="RouteAlreadyExists"):
        ec2.create_vpc_endpoint(RouteTableIds=[one, two], **wanted)
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[two], RemoveRouteTableIds=[one])
    assert (endpoint_routes(ec2, one), endpoint_routes(ec2, two)) == ([], [endpoint])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert endpoint_routes(ec2, two) == []
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_lists_of_identities_keep_to_the_path(api):
    iam = api.client("iam")
    for path in ("/a/", "/b/"):
        iam.create_group(GroupName=f"g{path[1]}", Path=path)
        iam.create_instance_profile(InstanceProfileName=f"p{path[1]}", Path=path)
    assert [one["GroupName"] for one in iam.list_groups(PathPrefix="/a/")["Groups"]] == ["ga"]
    listed = iam.list_instance_profiles(PathPrefix="/a/")["InstanceProfiles"]
    assert [one["InstanceProfileName"] for one in listed] == ["pa"]
    assert {"ga", "gb"} <= {one["GroupName"] for one in iam.list_groups()["Groups"]}


def test_bucket_of_another_account_is_taken_and_closed(api):
    role = "arn:aws:iam::222222222222:role/other"
    keys = api.client("sts").assume_role(RoleArn=role, RoleSessionName="other")["Credentials"]
    other = boto3.client(
        "s3",
        endpoint_url=client.environment_of(api.settings)["AWS_ENDPOINT_URL"],
        region_name="ap-northeast-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    place = {"LocationConstraint": "ap-northeast-1"}
    other.create_bucket(Bucket="taken", CreateBucketConfiguration=place)
    s3 = api.client("s3")
    assert "taken" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    with pytest.raises(ClientError, match="403"):
        s3.head_bucket(Bucket="taken")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.create_bucket(Bucket="taken", CreateBucketConfiguration=place)


def test_policy_against_requests_without_tls_lets_the_sandbox_work(api):
    s3 = api.client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*"}
    insecure = deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [insecure]}))
    s3.put_object(Bucket="tls-only", Key="k", Body=b"v")
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [insecure, deny]}))
    with pytest.raises(ClientError, match="403|AccessDenied|Forbidden"):
        s3.put_object(Bucket="tls-only", Key="k", Body=b"v")
