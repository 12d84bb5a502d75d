"""Who the emulated API lets do what: roles' sessions, users, anybody, and the account's own administrator."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.core import credentials

REGION, ACCOUNT = "ap-northeast-1", "123456789012"
PLACE = {"LocationConstraint": REGION}
EC2_TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
#: As the role web has it.
WEB = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::uploads"]},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": "arn:aws:s3:::uploads/*",
        },
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameter*",
            "Resource": [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/railyard/*"],
        },
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:/railyard/*",
        },
        {
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringLike": {"cloudwatch:namespace": ["railyard", "railyard/*"]}},
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/railyard/*",
        },
    ],
}


def client_of(api, service: str, key: str, secret: str, token: str | None = None, **more):
    return boto3.client(
        service,
        endpoint_url=api.settings.endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, **more),
    )


class Session:
    """A role's session, as an instance has it."""

    def __init__(self, api, role: str) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        got = api.client("sts").assume_role(RoleArn=arn, RoleSessionName="i-1")["Credentials"]
        self.api = api
        self.keys = (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])

    def client(self, service: str):
        return client_of(self.api, service, *self.keys)


@pytest.fixture(scope="module")
def account(api):
    """Buckets, secrets, parameters, and the role web."""
    s3 = api.client("s3")
    for name in ("uploads", "others"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=PLACE)
        s3.put_object(Bucket=name, Key="there", Body=b"x")
    for stack in ("railyard", "other"):
        api.client("ssm").put_parameter(Name=f"/{stack}/p", Value="v", Type="String")
        api.client("secretsmanager").create_secret(Name=f"/{stack}/s", SecretString="v")
        api.client("logs").create_log_group(logGroupName=f"/{stack}/web")
    iam = api.client("iam")
    iam.create_role(RoleName="web", Path="/railyard/", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
    iam.put_role_policy(RoleName="web", PolicyName="web", PolicyDocument=json.dumps(WEB))
    return api


@pytest.fixture(scope="module")
def web(account):
    return Session(account, "web")


def code_of(call, **arguments) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_role_does_what_its_policy_allows(web):
    s3 = web.client("s3")
    s3.put_object(Bucket="uploads", Key="a b/ü", Body=b"value")
    assert s3.get_object(Bucket="uploads", Key="a b/ü")["Body"].read() == b"value"
    assert {o["Key"] for o in s3.list_objects_v2(Bucket="uploads")["Contents"]} >= {"a b/ü", "there"}
    s3.delete_object(Bucket="uploads", Key="a b/ü")
    assert web.client("ssm").get_parameter(Name="/railyard/p")["Parameter"]["Value"] == "v"
    assert web.client("secretsmanager").get_secret_value(SecretId="/railyard/s")["SecretString"] == "v"
    web.client("cloudwatch").put_metric_data(Namespace="railyard/web", MetricData=[{"MetricName": "m", "Value": 1}])
    web.client("logs").create_log_stream(logGroupName="/railyard/web", logStreamName="one")
    assert ":assumed-role/web/i-1" in web.client("sts").get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("s3", "get_object", {"Bucket": "others", "Key": "there"}, "AccessDenied"),
        ("s3", "put_object", {"Bucket": "others", "Key": "x", "Body": b"x" * 100_000}, "AccessDenied"),
        ("s3", "list_objects_v2", {"Bucket": "others"}, "AccessDenied"),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("s3", "delete_bucket", {"Bucket": "uploads"}, "AccessDenied"),
        ("s3", "head_object", {"Bucket": "others", "Key": "there"}, "403"),
        ("s3", "copy_object", {"Bucket": "uploads", "Key": "x", "CopySource": "others/there"}, "AccessDenied"),
        ("s3", "put_object", {"Bucket": "uploads", "Key": "x", "ACL": "public-read"}, "AccessDenied"),
        ("ssm", "get_parameter", {"Name": "/other/p"}, "AccessDeniedException"),
        ("ssm", "get_parameters", {"Names": ["/railyard/p", "/other/p"]}, "AccessDeniedException"),
        ("ssm", "put_parameter", {"Name": "/railyard/p", "Value": "w", "Type": "String"}, "AccessDeniedException"),
        ("secretsmanager", "get_secret_value", {"SecretId": "/other/s"}, "AccessDeniedException"),
        ("secretsmanager", "delete_secret", {"SecretId": "/railyard/s"}, "AccessDeniedException"),
        ("cloudwatch", "put_metric_data", {"Namespace": "other", "MetricData": []}, "AccessDenied"),
        ("logs", "create_log_stream", {"logGroupName": "/other/web", "logStreamName": "x"}, "AccessDeniedException"),
        ("ec2", "describe_instances", {}, "UnauthorizedOperation"),
        ("iam", "list_roles", {}, "AccessDenied"),
        ("route53", "list_hosted_zones", {}, "AccessDenied"),
        ("elbv2", "describe_load_balancers", {}, "AccessDenied"),
        ("sesv2", "get_account", {}, "AccessDeniedException"),
    ],
)
def test_role_is_refused_the_rest_in_each_protocols_form(web, service, operation, arguments, code):
    assert code_of(getattr(web.client(service), operation), **arguments) == code


def test_refusal_names_who_what_and_why(web):
    with pytest.raises(ClientError) as caught:
        web.client("ssm").get_parameter(Name="/other/p")
    message = caught.value.response["Error"]["Message"]
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-1 is not authorized to perform: ssm:GetParameter" in message
    assert "parameter/other/p because no identity-based policy allows the ssm:GetParameter action" in message


def test_policies_count_at_once_attached_ones_too(account):
    iam = account.client("iam")
    iam.create_role(RoleName="empty", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
    reader = Session(account, "empty").client("s3")
    assert code_of(reader.get_object, Bucket="others", Key="there") == "AccessDenied"
    iam.attach_role_policy(RoleName="empty", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert reader.get_object(Bucket="others", Key="there")["Body"].read() == b"x"
    no_objects = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::others/*"}
    deny = {"Version": "2012-10-17", "Statement": no_objects}
    iam.put_role_policy(RoleName="empty", PolicyName="deny", PolicyDocument=json.dumps(deny))
    assert code_of(reader.get_object, Bucket="others", Key="there") == "AccessDenied"
    iam.delete_role_policy(RoleName="empty", PolicyName="deny")
    iam.detach_role_policy(RoleName="empty", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.delete_role(RoleName="empty")
    assert code_of(reader.get_object, Bucket="others", Key="there") == "AccessDenied", "the role is gone"


@pytest.mark.parametrize(
    ("change", "s3", "ec2", "ssm"),
    [
        ({"key": "ASIANOBODYHASTHISKEY"}, "InvalidAccessKeyId", "AuthFailure", "UnrecognizedClientException"),
        ({"secret": "wrong"}, "SignatureDoesNotMatch", "AuthFailure", "InvalidSignatureException"),
        ({"token": "wrong"}, "InvalidToken", "AuthFailure", "UnrecognizedClientException"),
        ({"token": None}, "InvalidToken", "AuthFailure", "UnrecognizedClientException"),
    ],
)
def test_credentials_must_be_those_of_a_session(web, change, s3, ec2, ssm):
    keys = dict(zip(("key", "secret", "token"), web.keys, strict=True)) | change
    assert code_of(client_of(web.api, "s3", **keys).get_object, Bucket="uploads", Key="there") == s3
    assert code_of(client_of(web.api, "ec2", **keys).describe_vpcs) == ec2
    assert code_of(client_of(web.api, "ssm", **keys).get_parameter, Name="/railyard/p") == ssm


def test_session_ends_with_its_time(account):
    # AWS gives nobody less than 900 seconds; only the SDK insists on that here.
    keys = credentials.ensure(account.settings)
    sts = client_of(account, "sts", keys.access_key_id, keys.secret_access_key, parameter_validation=False)
    wanted = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/web", "RoleSessionName": "short"}
    got = sts.assume_role(DurationSeconds=2, **wanted)["Credentials"]
    keys = (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
    client_of(account, "s3", *keys).get_object(Bucket="uploads", Key="there")
    time.sleep(2.1)
    assert code_of(client_of(account, "s3", *keys).get_object, Bucket="uploads", Key="there") == "ExpiredToken"
    assert code_of(client_of(account, "ec2", *keys).describe_vpcs) == "RequestExpired"
    assert code_of(client_of(account, "ssm", *keys).get_parameter, Name="/railyard/p") == "ExpiredTokenException"


def test_users_of_the_account_are_judged_too(account):
    iam = account.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="operators")
    iam.add_user_to_group(GroupName="operators", UserName="ann")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"},
            {
                "Effect": "Deny",
                "NotAction": ["iam:GetUser", "ec2:DescribeVpcs"],
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        ],
    }
    iam.put_group_policy(GroupName="operators", PolicyName="operators", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    keys = (key["AccessKeyId"], key["SecretAccessKey"])
    client_of(account, "ec2", *keys).describe_vpcs()
    assert code_of(client_of(account, "ec2", *keys).describe_subnets) == "UnauthorizedOperation", "without MFA"
    assert client_of(account, "iam", *keys).get_user(UserName="ann")["User"]["UserName"] == "ann"
    assert code_of(client_of(account, "iam", *keys).create_user, UserName="bob") == "AccessDenied"
    iam.update_access_key(UserName="ann", AccessKeyId=keys[0], Status="Inactive")
    assert code_of(client_of(account, "ec2", *keys).describe_vpcs) == "AuthFailure"


def test_assuming_a_role_takes_both_sides(account, web):
    iam = account.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}}  # fmt: skip
    iam.create_role(RoleName="deeper", AssumeRolePolicyDocument=json.dumps(trust))
    wanted = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deeper", "RoleSessionName": "deeper"}
    sts = web.client("sts")
    assert code_of(sts.assume_role, **wanted) == "AccessDenied"
    trust["Statement"]["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/railyard/web"}
    iam.update_assume_role_policy(RoleName="deeper", PolicyDocument=json.dumps(trust))
    assert sts.assume_role(**wanted)["Credentials"]["SessionToken"]
    trust["Statement"]["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/elsewhere"}
    iam.update_assume_role_policy(RoleName="deeper", PolicyDocument=json.dumps(trust))
    assert code_of(sts.assume_role, **wanted) == "AccessDenied"


def ask(api, path: str, **headers) -> int:
    request = urllib.request.Request(f"{api.settings.endpoint}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_who_does_not_sign_is_anybody(account):
    assert ask(account, "/uploads/there") == 403
    assert ask(account, "/?Action=DescribeVpcs&Version=2016-11-15") == 403
    s3 = account.client("s3")
    s3.create_bucket(Bucket="open", CreateBucketConfiguration=PLACE)
    s3.put_object(Bucket="open", Key="k", Body=b"v")
    anybody = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
               "Resource": "arn:aws:s3:::open/*"}}  # fmt: skip
    refused = code_of(s3.put_bucket_policy, Bucket="open", Policy=json.dumps(anybody))
    assert refused == "AccessDenied", "public access is blocked in a new bucket"
    s3.delete_public_access_block(Bucket="open")
    s3.put_bucket_policy(Bucket="open", Policy=json.dumps(anybody))
    assert ask(account, "/open/k") == 200
    block = {"RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket="open", PublicAccessBlockConfiguration=block)
    assert ask(account, "/open/k") == 403


def test_presigned_url_is_its_signers_request(web):
    for bucket, status in (("uploads", 200), ("others", 403)):
        made = boto3.client(
            "s3",
            endpoint_url=web.api.settings.endpoint,
            region_name=REGION,
            aws_access_key_id=web.keys[0],
            aws_secret_access_key=web.keys[1],
            aws_session_token=web.keys[2],
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        ).generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "there"}, ExpiresIn=60)
        path = made.removeprefix(web.api.settings.endpoint)
        assert ask(web.api, path) == status
        assert ask(web.api, path.replace("Expires=60", "Expires=61")) == 403


@pytest.mark.parametrize(
    ("ownership", "acl", "code"),
    [
        (None, "private", "AccessControlListNotSupported"),
        (None, "bucket-owner-full-control", None),
        (None, None, None),
        ("BucketOwnerPreferred", "private", None),
        ("BucketOwnerPreferred", "bucket-owner-full-control", None),
        ("BucketOwnerPreferred", "public-read", "AccessDenied"),
    ],
)
def test_acls_where_ownership_does_without_them(account, ownership, acl, code):
    s3 = account.client("s3")
    name = f"acl-{ownership or 'default'}-{acl}".lower()
    more = {"ObjectOwnership": ownership} if ownership else {}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=PLACE, **more)
    wanted = {"Bucket": name, "Key": "k", "Body": b"v", **({"ACL": acl} if acl else {})}
    if code:
        assert code_of(s3.put_object, **wanted) == code
    else:
        s3.put_object(**wanted)
    enforced = ownership is None
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced" if enforced else ownership}
    ]
    if enforced:
        assert code_of(s3.put_bucket_acl, Bucket=name, ACL="private") == "AccessControlListNotSupported"


def test_administrator_keeps_the_way_to_mend_a_policy(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="shut", CreateBucketConfiguration=PLACE)
    everything = ["arn:aws:s3:::shut", "arn:aws:s3:::shut/*"]
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": everything}}  # fmt: skip
    s3.put_bucket_policy(Bucket="shut", Policy=json.dumps(deny))
    assert code_of(s3.list_objects_v2, Bucket="shut") == "AccessDenied"
    s3.delete_bucket_policy(Bucket="shut")
    assert s3.list_objects_v2(Bucket="shut")["KeyCount"] == 0
