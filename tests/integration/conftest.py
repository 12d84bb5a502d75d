"""A sandbox of the tests' own, with hosts; skipped where hosts cannot run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from sandbox.core import client
from sandbox.core.settings import PROJECT, Settings
from sandbox.hosts.engine import Engine


class Sandbox:
    """One running sandbox."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.settings = Settings(name=f"it{port}", home=home, api_port=port, region="ap-northeast-1")
        self.engine = Engine(self.settings)

    def command(self, *argv: str) -> subprocess.CompletedProcess:
        environment = {
            **os.environ,
            "RAILYARD_SANDBOX_NAME": self.settings.name,
            "RAILYARD_SANDBOX_HOME": str(self.settings.home),
            "RAILYARD_SANDBOX_PORT": str(self.settings.api_port),
            "AWS_REGION": self.settings.region,
        }
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *argv],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )

    def client(self, service: str):
        variables = client.environment_of(self.settings)
        return boto3.client(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def service(self, label: str) -> int:
        """Process id of one container of a kind of service."""
        return next(found.pid for found in self.engine.containers(label) if found.running)

    def confined(self, label: str) -> None:
        """Every process of a kind of service is nobody's on this machine, and can become nothing more."""
        first = {found.pid for found in self.engine.containers(label) if found.running}
        assert first
        for pid in first:
            facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            assert 0 not in map(int, (facts["Uid"] + "\t" + facts["Gid"]).split())
            assert int(facts["CapBnd"], 16) == int(facts["CapEff"], 16) == 0
            assert facts["NoNewPrivs"] == "1"
            mounts = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
            options = {line.split()[4]: line.split()[5] for line in mounts}
            assert options["/"].split(",")[0] == "ro"

    def comes_back(self, label: str, answers) -> float:
        """Kill a service; seconds until another process of it runs and ``answers()`` is true."""
        killed = self.service(label)
        begin = time.monotonic()
        os.kill(killed, signal.SIGKILL)
        self.until(lambda: killed not in {found.pid for found in self.engine.containers(label)} and answers())
        return time.monotonic() - begin

    def until(self, what, patience: float = 60):
        """The first true value of ``what()``; fails with the sandbox's status after ``patience`` seconds."""
        end = time.monotonic() + patience
        while not (found := what()):
            assert time.monotonic() < end, self.command("status").stdout
            time.sleep(0.3)
        return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    doctor = subprocess.run(
        [sys.executable, "-m", "sandbox", "doctor"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if doctor.returncode:
        pytest.skip(f"this machine cannot run hosts:\n{doctor.stdout}")
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    up = made.command("up", "--require-hosts")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield made
    finally:
        down = made.command("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert made.engine.containers() == []


@dataclass
class Servers:
    """Two servers in one VPC; the group `service` lets in what comes from the group `web` alone."""

    sandbox: Sandbox
    ec2: object
    subnets: list[str]
    groups: dict[str, str]
    hosts: dict[str, str]

    def run(self, host: str, image: str, script: str, stdin: str = "") -> str:
        """Run a shell script in the network of a host, with the host's resolver."""
        settings = self.sandbox.settings
        return self.sandbox.engine.podman(
            "run",
            "--rm",
            "--interactive",
            f"--network=ns:/run/netns/{settings.netns(self.hosts[host])}",
            "--dns=169.254.169.253",
            f"--volume={settings.ca_file}:/ca.pem:ro",
            image,
            "sh",
            "-c",
            script,
            stdin=stdin,
            timeout=20,
        ).strip()


@pytest.fixture(scope="module")
def servers(sandbox):
    """Servers `web` and `other`, each in the security group of its name."""
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.7.0.0/24", "ap-northeast-1a"), ("10.7.1.0/24", "ap-northeast-1c"))
    ]
    groups = {
        name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("web", "other", "service")
    }
    ec2.authorize_security_group_ingress(
        GroupId=groups["service"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": groups["web"]}],
            }
            for port in (3306, 6379)
        ],
    )
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = sandbox.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    hosts = {
        name: ec2.run_instances(
            ImageId=image,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnets[0],
            SecurityGroupIds=[groups[name]],
        )["Instances"][0]["InstanceId"]
        for name in ("web", "other")
    }
    return Servers(sandbox, ec2, subnets, groups, hosts)
