"""AWS's endpoints as web servers meet them: real packets, TLS that the system trusts, and what the role web may do.

Identities and buckets are made by the roles themselves, so that what is judged is what a stack has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from sandbox.core import client
from sandbox.core.settings import PROJECT
from sandbox.network.command import CommandError
from tests.integration.sdk import Host, call

STACK, OTHER = "shop", "shop-2"
REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
UPLOADS, ARTIFACTS = (f"{STACK}-{kind}-{ACCOUNT}-{REGION}" for kind in ("uploads", "artifacts"))
OTHERS = f"{OTHER}-uploads-{ACCOUNT}-{REGION}"
S3 = f"https://s3.{REGION}.amazonaws.com"
METADATA = "http://169.254.169.254/latest"
DENIED = "AccessDeniedException"

ROLES = """\
- hosts: localhost
  gather_facts: false
  environment: {AWS_REGION: "{{ railyard_region }}"}
  roles: [railyard.aws.iam, railyard.aws.s3]
"""


@dataclass
class World:
    """``web`` has the role and a way to the internet; ``shut`` has neither, only the endpoint of S3."""

    sandbox: object
    web: Host
    shut: Host
    role: str  # name of web's role
    credentials: dict[str, str]  # of web, as the metadata service gives them


def build(sandbox, folder: Path) -> None:
    """Identities and buckets of the stack, by its roles."""
    playbook = folder / "roles.yml"
    playbook.write_text(ROLES)
    variables = client.environment_of(sandbox.settings) | {
        "RAILYARD_STACK": STACK,
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "inventory/localhost.yml", playbook],
        cwd=PROJECT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def secrets(sandbox) -> None:
    """Of this stack and of one whose name begins with this one's."""
    for stack in (STACK, OTHER):
        sandbox.client("secretsmanager").create_secret(Name=f"/{stack}/smtp", SecretString=f"of {stack}")
        sandbox.client("ssm").put_parameter(Name=f"/{stack}/web", Value=f"of {stack}", Type="String")
    sandbox.client("s3").create_bucket(Bucket=OTHERS, CreateBucketConfiguration={"LocationConstraint": REGION})


def network(ec2) -> dict[str, str]:
    """Subnets by name: `web` has a way to the internet, both have one to S3."""
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets, tables = {}, {}
    for number, name in enumerate(("web", "shut")):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{number}.0/24", AvailabilityZone=f"{REGION}a")
        table = ec2.create_route_table(VpcId=vpc)
        subnets[name], tables[name] = subnet["Subnet"]["SubnetId"], table["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(SubnetId=subnets[name], RouteTableId=tables[name])
    ec2.create_route(RouteTableId=tables["web"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[tables["shut"]], VpcEndpointType="Gateway"
    )
    return subnets


def launch(sandbox, subnet: str, **more) -> str:
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = sandbox.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    return sandbox.client("ec2").run_instances(
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[
            {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": "IamInstanceProfile" in more}
        ],
        MetadataOptions={"HttpTokens": "required", "HttpEndpoint": "enabled"},
        **more,
    )["Instances"][0]["InstanceId"]


def booted(sandbox, instance: str) -> Host:
    """The host of an instance, with the SDK on it."""

    def running() -> bool:
        return any(one.running for one in sandbox.engine.containers(f"railyard.instance={instance}"))

    sandbox.until(running)
    host = Host(sandbox.engine, instance, REGION)

    def knows_itself() -> bool:
        try:
            return token(host) != ""
        except CommandError:
            return False

    sandbox.until(knows_itself)
    host.install()
    return host


def token(host: Host) -> str:
    header = "X-aws-ec2-metadata-token-ttl-seconds: 300"
    return host.run("curl", "-sSf", "-m", "5", "-X", "PUT", "-H", header, f"{METADATA}/api/token")


def metadata(host: Host, path: str) -> str:
    header = f"X-aws-ec2-metadata-token: {token(host)}"
    return host.run("curl", "-sSf", "-m", "5", "-H", header, f"{METADATA}/meta-data/{path}")


@pytest.fixture(scope="module")
def world(sandbox, tmp_path_factory):
    subnets = network(sandbox.client("ec2"))
    secrets(sandbox)
    with ThreadPoolExecutor() as side:
        shut = side.submit(lambda: booted(sandbox, launch(sandbox, subnets["shut"])))
        build(sandbox, tmp_path_factory.mktemp("roles"))
        (profile,) = sandbox.client("iam").list_instance_profiles()["InstanceProfiles"]
        web = booted(
            sandbox, launch(sandbox, subnets["web"], IamInstanceProfile={"Name": profile["InstanceProfileName"]})
        )
        role = metadata(web, "iam/security-credentials/")
        document = json.loads(metadata(web, f"iam/security-credentials/{role}"))
        credentials = {
            "aws_access_key_id": document["AccessKeyId"],
            "aws_secret_access_key": document["SecretAccessKey"],
            "aws_session_token": document["Token"],
        }
        return World(sandbox, web, shut.result(), role, credentials)


def test_metadata_wants_a_token(world):
    path = f"{METADATA}/meta-data/iam/security-credentials/"
    assert world.web.run("curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", path) == "401"


def test_the_role_does_what_it_may(world):
    who, _put, object_, secret, parameter, metric = world.web.ask(
        call("sts", "get_caller_identity"),
        call("s3", "put_object", Bucket=UPLOADS, Key="a b/ü", Body="kept " * 20_000),
        call("s3", "get_object", Bucket=UPLOADS, Key="a b/ü"),
        call("secretsmanager", "get_secret_value", SecretId=f"/{STACK}/smtp"),
        call("ssm", "get_parameter", Name=f"/{STACK}/web"),
        call("cloudwatch", "put_metric_data", Namespace=STACK, MetricData=[{"MetricName": "m", "Value": 1}]),
    )
    assert f":assumed-role/{world.role}/i-" in who["Arn"]
    assert object_["Body"] == "kept " * 20_000
    assert (secret["SecretString"], parameter["Parameter"]["Value"]) == (f"of {STACK}", f"of {STACK}")
    assert metric["ResponseMetadata"]["HTTPStatusCode"] == 200
    kept = world.sandbox.client("s3").get_object(Bucket=UPLOADS, Key="a b/ü")["Body"].read()
    assert kept.decode() == object_["Body"], "it is in the account's bucket"


def test_what_is_another_stacks_is_refused(world):
    refused = world.web.ask(
        call("s3", "put_object", Bucket=OTHERS, Key="x", Body="x"),
        call("s3", "list_objects_v2", Bucket=OTHERS),
        call("s3", "copy_object", Bucket=OTHERS, Key="x", CopySource=f"{UPLOADS}/a b/ü"),
        call("s3", "put_object", Bucket=ARTIFACTS, Key="x", Body="x"),
        call("s3", "list_buckets"),
        call("secretsmanager", "get_secret_value", SecretId=f"/{OTHER}/smtp"),
        call("secretsmanager", "put_secret_value", SecretId=f"/{STACK}/smtp", SecretString="x"),
        call("ssm", "get_parameter", Name=f"/{OTHER}/web"),
        call("cloudwatch", "put_metric_data", Namespace=OTHER, MetricData=[{"MetricName": "m", "Value": 1}]),
    )
    assert refused == [*["AccessDenied"] * 5, *[DENIED] * 3, "AccessDenied"]


def test_bucket_answers_over_tls_only(world):
    plain, secure = world.web.ask(
        *(
            call("s3", "put_object", {"endpoint_url": f"{scheme}://s3.{REGION}.amazonaws.com"}, Bucket=UPLOADS, Key="x")
            for scheme in ("http", "https")
        )
    )
    assert plain == "AccessDenied"
    assert secure["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_credentials_that_are_not_right_are_refused(world):
    forged = world.credentials | {"aws_secret_access_key": "x" * 40}
    unknown = world.credentials | {"aws_access_key_id": "ASIAXXXXXXXXXXXXXXXX"}
    borrowed = world.credentials | {"aws_session_token": "x" * 100}
    over = short_session(world.sandbox, world.role)
    good, *refused = world.web.ask(
        *(
            call("s3", "get_object", keys, Bucket=UPLOADS, Key="a b/ü")
            for keys in (world.credentials, forged, unknown, borrowed, over)
        ),
        *(
            call("secretsmanager", "get_secret_value", keys, SecretId=f"/{STACK}/smtp")
            for keys in (forged, unknown, borrowed, over)
        ),
    )
    assert "Body" in good, "the same keys, untouched, are right"
    assert refused == [
        *("SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken"),
        *("InvalidSignatureException", *["UnrecognizedClientException"] * 2, "ExpiredTokenException"),
    ]


def short_session(sandbox, role: str) -> dict[str, str]:
    """Credentials of the same role that were right, and are past their time."""
    variables = client.environment_of(sandbox.settings)
    # AWS gives nobody less than 900 seconds; only the SDK insists on that here.
    sts = boto3.client(
        "sts",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(parameter_validation=False),
    )
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    got = sts.assume_role(RoleArn=arn, RoleSessionName="short", DurationSeconds=1)["Credentials"]
    time.sleep(1.1)
    return {
        "aws_access_key_id": got["AccessKeyId"],
        "aws_secret_access_key": got["SecretAccessKey"],
        "aws_session_token": got["SessionToken"],
    }


def test_nobody_is_refused_too(world):
    status = ("curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}")
    assert world.web.run(*status, f"{S3}/{UPLOADS}/a%20b/%C3%BC") == "403"


def test_without_a_role_there_are_no_credentials(world):
    assert world.shut.ask(call("s3", "get_object", Bucket=UPLOADS, Key="a b/ü")) == ["NoCredentialsError"]


def test_gateway_endpoint_is_a_way_to_s3_and_to_nothing_else(world):
    object_, secret = world.shut.ask(
        call("s3", "get_object", world.credentials, Bucket=UPLOADS, Key="a b/ü"),
        call("secretsmanager", "get_secret_value", world.credentials, SecretId=f"/{STACK}/smtp"),
    )
    assert "Body" in object_
    assert secret in ("ConnectTimeoutError", "EndpointConnectionError")


def test_rds_hands_out_the_authority_that_the_system_trusts(world):
    bundle = world.web.run(
        "curl", "-sSf", "-m", "5", "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
    )
    assert bundle == world.sandbox.settings.ca_file.read_text()
