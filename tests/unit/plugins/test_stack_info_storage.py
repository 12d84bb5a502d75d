"""stack_info on buckets, endpoints and identities."""

from __future__ import annotations

import json

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services.iam import path_of
from ansible_collections.railyard.aws.plugins.modules import stack_info

REGION = "ap-northeast-1"
PATH = path_of("railyard", REGION)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def make_bucket(s3, name: str, stack: str | None = "railyard", region: str = REGION) -> str:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    if stack:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "Stack", "Value": stack}]})
    return name


@pytest.fixture
def s3(aws):
    return boto3.client("s3")


@pytest.fixture
def iam(aws):
    return boto3.client("iam")


def buckets(run_module, stack: str = "railyard") -> dict:
    return run_module(stack_info, stack=stack, kinds=["buckets"])["stack"]["buckets"]


def test_bucket_that_was_only_made_has_no_settings(s3, run_module):
    make_bucket(s3, "railyard-uploads")
    entry = buckets(run_module)["railyard-uploads"]
    assert (entry["id"], entry["tags"], entry["empty"]) == ("railyard-uploads", {"Stack": "railyard"}, True)
    assert (entry["encryption"], entry["policy"], entry["versioning"], entry["lifecycle"]) == (None, None, False, [])


def test_settings_of_a_bucket(s3, run_module):
    name = make_bucket(s3, "railyard-uploads")
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:key"}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(ALLOW))
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    entry = buckets(run_module)[name]
    assert (entry["encryption"], entry["kms_key"]) == ("aws:kms", "arn:aws:kms:key")
    assert entry["versioning"] is True and entry["policy"] == ALLOW and entry["ownership"] == "ObjectWriter"
    assert entry["public_access"]["block_public_acls"] is True


def test_old_versions_count_as_contents(s3, run_module):
    name = make_bucket(s3, "railyard-uploads")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    s3.delete_object(Bucket=name, Key="k")
    assert buckets(run_module)[name]["empty"] is False


LOGS_TEST = "alb/AWSLogs/123456789012/ELBAccessLogTestFile"
MAIL_TEST = "mail/AMAZON_SES_SETUP_NOTIFICATION"


@pytest.mark.parametrize("key", [LOGS_TEST, LOGS_TEST.removeprefix("alb/"), MAIL_TEST, MAIL_TEST.removeprefix("mail/")])
def test_objects_of_aws_itself_are_no_contents(s3, run_module, key):
    name = make_bucket(s3, "railyard-logs")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for _turn in range(3):
        s3.put_object(Bucket=name, Key=key, Body=b"Enabled")
    s3.delete_object(Bucket=name, Key=key)
    entry = buckets(run_module)[name]
    assert (entry["empty"], entry["test_objects"]) == (True, True)


@pytest.mark.parametrize(
    "key",
    ["ELBAccessLogTestFile", "alb/AWSLogs/1/ELBAccessLogTestFile", f"{LOGS_TEST}.gz", f"{MAIL_TEST}/1", "mail/letter"],
)
def test_object_of_nearly_such_a_name_is_contents(s3, run_module, key):
    name = make_bucket(s3, "railyard-logs")
    for one in (LOGS_TEST, key):
        s3.put_object(Bucket=name, Key=one, Body=b"v")
    entry = buckets(run_module)[name]
    assert (entry["empty"], entry["test_objects"]) == (False, True)


def test_many_objects_are_contents_whatever_their_names(s3, run_module):
    name = make_bucket(s3, "railyard-logs")
    for number in range(25):
        s3.put_object(Bucket=name, Key=f"{number:03}{MAIL_TEST}", Body=b"v")
    assert buckets(run_module)[name]["empty"] is False


def test_buckets_of_other_stacks_are_not_ours(s3, run_module):
    make_bucket(s3, "rail-uploads", "rail")
    make_bucket(s3, "rail-yard-uploads", "rail-yard")
    make_bucket(s3, f"rail-lost-{REGION}", None)
    make_bucket(s3, "rail-notes", None)
    assert sorted(buckets(run_module, "rail")) == [f"rail-lost-{REGION}", "rail-uploads"]


def test_names_are_in_small_letters_whatever_the_stack_is(s3, run_module):
    make_bucket(s3, "railyard-uploads", "RailYard")
    assert list(buckets(run_module, "RailYard")) == ["railyard-uploads"]


def test_endpoints_are_found_in_the_vpc(aws, run_module):
    ec2 = boto3.client("ec2")

    def tags(kind: str, name: str) -> list[dict]:
        pairs = [{"Key": "Stack", "Value": "railyard"}, {"Key": "Name", "Value": name}]
        return [{"ResourceType": kind, "Tags": pairs}]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", "railyard"))["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    made = [
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REGION}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[table],
            TagSpecifications=tags("vpc-endpoint", "railyard-s3"),
        )["VpcEndpoint"]["VpcEndpointId"]
        for _number in range(2)
    ]
    ec2.delete_vpc_endpoints(VpcEndpointIds=made[:1])
    entry = run_module(stack_info, stack="railyard", kinds=["vpc_endpoints"])["stack"]["vpc_endpoints"]["railyard-s3"]
    assert (entry["id"], entry["route_table_ids"], entry["state"]) == (made[1], [table], "available")


def test_identities_are_found_below_the_stacks_path(iam, run_module):
    for path, name in ((PATH, "mine"), ("/railyard/railyard/eu-west-1/", "elsewhere"), ("/", "foreign")):
        boundary = iam.create_policy(PolicyName=name, Path=path, PolicyDocument=json.dumps(ALLOW))["Policy"]["Arn"]
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)
        iam.create_user(UserName=name, Path=path)
    iam.put_role_policy(RoleName="mine", PolicyName="p", PolicyDocument=json.dumps(ALLOW))
    iam.tag_role(RoleName="mine", Tags=[{"Key": "Stack", "Value": "railyard"}])
    iam.create_instance_profile(InstanceProfileName="mine", Path=PATH)
    iam.add_role_to_instance_profile(InstanceProfileName="mine", RoleName="mine")
    iam.create_group(GroupName="mine", Path=PATH)
    iam.add_user_to_group(GroupName="mine", UserName="mine")
    iam.put_group_policy(GroupName="mine", PolicyName="g", PolicyDocument=json.dumps(ALLOW))
    kinds = ["iam_roles", "instance_profiles", "iam_groups", "iam_users", "iam_policies"]
    result = run_module(stack_info, stack="railyard", kinds=kinds)
    stack = result["stack"]
    assert {kind: list(stack[kind]) for kind in kinds} == {kind: ["mine"] for kind in kinds}
    role, group = stack["iam_roles"]["mine"], stack["iam_groups"]["mine"]
    assert role["inline_policies"] == {"p": ALLOW} and role["policy_names"] == ["p"]
    assert role["tags"] == {"Stack": "railyard"} and role["trust_policy"] == json.loads(TRUST)
    assert role["permissions_boundary"] == stack["iam_policies"]["mine"]["arn"]
    assert stack["iam_policies"]["mine"]["document"] == ALLOW
    assert stack["instance_profiles"]["mine"]["roles"] == ["mine"]
    assert group["users"] == ["mine"] and group["inline_policies"] == {"g": ALLOW}
    assert {one["role"] for one in result["resources"]} == {"iam"}


def test_missing_identity_is_planned_with_an_arn(aws, run_module):
    wanted = {"instance_profiles": ["web"], "buckets": ["railyard-uploads"]}
    result = run_module(stack_info, check=True, stack="railyard", kinds=[], require=wanted)
    profile = result["stack"]["instance_profiles"]["web"]
    assert profile["arn"] == profile["id"] == "arn:aws:iam::123456789012:instance-profile/web"
    assert result["stack"]["buckets"]["railyard-uploads"]["exists"] is False
    refused = run_module(stack_info, stack="railyard", kinds=[], require=wanted)
    assert "Instance profile 'web' not found" in refused["msg"] and "--tags iam" in refused["msg"]
