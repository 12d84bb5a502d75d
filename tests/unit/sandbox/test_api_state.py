"""The account survives a kill, and a state that does not fit is refused readably."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time

import pytest

from sandbox.core import client, daemon


def account(served) -> dict:
    """Ids and names of everything the test makes, as the API tells them."""
    ec2, elb, iam, s3 = (served.client(service) for service in ("ec2", "elbv2", "iam", "s3"))
    return {
        "vpcs": {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]},
        "instances": {
            (instance["InstanceId"], instance["PrivateIpAddress"], instance["PublicIpAddress"])
            for reservation in ec2.describe_instances()["Reservations"]
            for instance in reservation["Instances"]
        },
        "keys": [key["PublicKey"] for key in ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]],
        "interfaces": {
            interface["NetworkInterfaceId"] for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]
        },
        "balancers": {
            (balancer["LoadBalancerArn"], balancer["DNSName"])
            for balancer in elb.describe_load_balancers()["LoadBalancers"]
        },
        "roles": {role["RoleId"] for role in iam.list_roles()["Roles"]},
        "object": s3.get_object(Bucket="unit", Key="notes")["Body"].read(),
    }


def build(served) -> None:
    ec2 = served.client("ec2")
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = served.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/20", "ap-northeast-1a"), ("10.0.16.0/20", "ap-northeast-1c"))
    ]
    material = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcs+UYznRICHIDC8+MXq7ZIM3y2Wvaz5BqvYlrDPr6W unit"
    ec2.import_key_pair(KeyName="unit", PublicKeyMaterial=material)
    interface = {"DeviceIndex": 0, "SubnetId": subnets[0], "AssociatePublicIpAddress": True}
    encrypted = [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 8}}]
    ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        KeyName="unit",
        NetworkInterfaces=[interface],
        BlockDeviceMappings=encrypted,
    )
    served.client("elbv2").create_load_balancer(Name="unit", Subnets=subnets, Scheme="internet-facing")
    served.client("iam").create_role(RoleName="unit", AssumeRolePolicyDocument="{}")
    s3 = served.client("s3")
    s3.create_bucket(Bucket="unit", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_object(Bucket="unit", Key="notes", Body=b"kept")
    served.client("resourcegroupstaggingapi").get_resources()
    # Loads the backends of the services that later parts of the project use.
    served.client("rds").describe_db_instances()
    served.client("elasticache").describe_cache_subnet_groups()
    served.client("route53").list_hosted_zones()
    served.client("secretsmanager").create_secret(Name="unit", SecretString="kept too")
    served.client("acm").request_certificate(DomainName="unit.example.org", ValidationMethod="DNS")
    served.client("ses").verify_domain_identity(Domain="example.org")
    served.client("cloudwatch").list_dashboards()


def wait_until_saved(served) -> None:
    end = time.monotonic() + 60
    while client.page(served.settings, "status", timeout=30)["unsaved"]:
        assert time.monotonic() < end, "nothing was saved"
        time.sleep(0.1)


def test_account_survives_kill_and_shutdown(own_api):
    build(own_api)
    wait_until_saved(own_api)
    assert client.page(own_api.settings, "status")["state_error"] is None
    before = account(own_api)
    own_api.end(signal.SIGKILL)
    own_api.start()
    assert account(own_api) == before

    vpc = own_api.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    own_api.end()
    own_api.start()
    assert account(own_api) == {**before, "vpcs": before["vpcs"] | {vpc}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pickle.dumps({"format": 0, "moto": "0.1", "python": "3"}), "was written by format 0, moto 0.1, python 3"),
        (b"not a pickle", "is damaged"),
    ],
)
def test_state_that_does_not_fit_is_refused(tmp_path, monkeypatch, content, words):
    monkeypatch.setenv("RAILYARD_SANDBOX_HOME", str(tmp_path))
    (tmp_path / "state.pickle").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.daemon", "--api-only"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "python -m sandbox down" in done.stderr
    assert daemon.log_file(daemon.Settings.from_environment()).exists()
    assert (tmp_path / "state.pickle").read_bytes() == content, "a refused state is kept"
