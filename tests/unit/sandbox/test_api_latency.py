"""Resources on their way, as the emulated API shows them: a fiftieth of AWS's time, and a daemon killed in between."""

from __future__ import annotations

import dataclasses
import signal
import time

import pytest
from botocore.exceptions import ClientError
from conftest import ApiDaemon

from sandbox.core import client

FACTOR = 0.02


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    served = ApiDaemon(tmp_path_factory.mktemp("home"))
    served.settings = dataclasses.replace(served.settings, latency=FACTOR)
    served.start()
    yield served
    if served.process.poll() is None:
        served.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def network(slow):
    ec2 = slow.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"ap-northeast-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ac")
    ]


class Account:
    """Makes one of each slow resource and tells its state."""

    def __init__(self, slow, subnets: list[str]) -> None:
        self.ec2, self.elb, self.ssm = (slow.client(service) for service in ("ec2", "elbv2", "ssm"))
        self.rds, self.cache = slow.client("rds"), slow.client("elasticache")
        self.subnets = subnets

    def make(self) -> None:
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=self.subnets[0], AllocationId=address)["NatGateway"]
        assert made["State"] == "pending"
        self.gateway = made["NatGatewayId"]
        made = self.elb.create_load_balancer(Name="web", Subnets=self.subnets)["LoadBalancers"][0]
        assert made["State"]["Code"] == "provisioning"
        parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        image = self.ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
        made = self.ec2.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=self.subnets[0]
        )["Instances"][0]
        assert made["State"]["Name"] == "pending"
        self.instance = made["InstanceId"]
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="site", DBSubnetGroupDescription="site", SubnetIds=self.subnets
        )
        made = self.rds.create_db_instance(
            DBInstanceIdentifier="site",
            DBInstanceClass="db.t3.micro",
            Engine="mysql",
            EngineVersion="8.4",
            AllocatedStorage=20,
            MasterUsername="admin",
            ManageMasterUserPassword=True,
            DBSubnetGroupName="site",
        )["DBInstance"]
        assert made["DBInstanceStatus"] == "creating"
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName="site", CacheSubnetGroupDescription="site", SubnetIds=self.subnets
        )
        made = self.cache.create_replication_group(
            ReplicationGroupId="site",
            ReplicationGroupDescription="site",
            Engine="redis",
            CacheNodeType="cache.t3.micro",
            NumCacheClusters=1,
            CacheSubnetGroupName="site",
        )["ReplicationGroup"]
        assert made["Status"] == "creating"

    def states(self) -> dict[str, str]:
        gateways = self.ec2.describe_nat_gateways(NatGatewayIds=[self.gateway])["NatGateways"]
        instances = self.ec2.describe_instances(InstanceIds=[self.instance])["Reservations"][0]["Instances"]
        return {
            "nat_gateway": gateways[0]["State"],
            "load_balancer": self.elb.describe_load_balancers(Names=["web"])["LoadBalancers"][0]["State"]["Code"],
            "instance": instances[0]["State"]["Name"],
            "database": self.rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"],
            "cache": self.cache.describe_replication_groups()["ReplicationGroups"][0]["Status"],
        }


COMING = {
    "nat_gateway": "pending",
    "load_balancer": "provisioning",
    "instance": "pending",
    "database": "creating",
    "cache": "creating",
}
THERE = {
    "nat_gateway": "available",
    "load_balancer": "active",
    "instance": "running",
    "database": "available",
    "cache": "available",
}
#: Seconds on AWS, as FACTS has them.
MODEL = {"nat_gateway": 105, "load_balancer": 145, "instance": 60, "database": 330, "cache": 415}
CERTIFICATE = 105


def test_each_takes_its_time_also_through_a_kill(slow, network):
    account = Account(slow, network)
    begin = time.monotonic()
    account.make()
    made = time.monotonic()
    with pytest.raises(ClientError, match="InvalidDBInstanceState"):
        account.rds.modify_db_instance(DBInstanceIdentifier="site", AllocatedStorage=30)
    with pytest.raises(ClientError, match="InvalidReplicationGroupState"):
        account.cache.modify_replication_group(ReplicationGroupId="site", ReplicationGroupDescription="x")
    while client.page(slow.settings, "status")["unsaved"]:
        time.sleep(0.1)
    slow.end(signal.SIGKILL)
    slow.start()
    seen: dict[str, float] = {}
    while len(seen) < len(MODEL):
        asked = time.monotonic()
        for kind, state in account.states().items():
            if kind in seen:
                assert state == THERE[kind], "what is there stays"
            elif state == THERE[kind]:
                # It was made between ``begin`` and ``made``.
                assert time.monotonic() - begin >= MODEL[kind] * FACTOR, kind
                seen[kind] = time.monotonic()
            else:
                assert state == COMING[kind]
                assert asked - made < MODEL[kind] * FACTOR + 1, kind
        time.sleep(0.1)
    account.rds.modify_db_instance(DBInstanceIdentifier="site", AllocatedStorage=30, ApplyImmediately=True)


def test_stopping_a_pending_instance_counts(slow, network):
    ec2 = slow.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=network[0])
    instance = made["Instances"][0]["InstanceId"]

    def state() -> str:
        return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]

    assert state() == "pending"
    ec2.stop_instances(InstanceIds=[instance])
    assert state() == "stopped"
    ec2.start_instances(InstanceIds=[instance])
    assert state() == "pending"
    pending = [{"Name": "instance-state-name", "Values": ["pending"]}]
    assert instance in str(ec2.describe_instances(Filters=pending)["Reservations"])
    ec2.terminate_instances(InstanceIds=[instance])
    assert state() == "terminated"


def test_certificate_takes_its_time_from_the_proof_on(slow):
    acm, dns = slow.client("acm"), slow.client("route53")
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="times")["HostedZone"]["Id"]
    arn = acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")["CertificateArn"]

    def look() -> dict:
        return acm.describe_certificate(CertificateArn=arn)["Certificate"]

    time.sleep(CERTIFICATE * FACTOR + 0.2)
    assert look()["Status"] == "PENDING_VALIDATION", "time alone proves nothing"
    record = look()["DomainValidationOptions"][0]["ResourceRecord"]
    entry = {"Name": record["Name"], "Type": record["Type"], "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    dns.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": entry}]}
    )
    proved = time.monotonic()
    assert look()["Status"] == "PENDING_VALIDATION"
    assert "NotAfter" not in look()
    while look()["Status"] != "ISSUED":
        assert time.monotonic() - proved < CERTIFICATE * FACTOR + 2
        time.sleep(0.1)
    # It began when ACM was first asked after the proof.
    assert time.monotonic() - proved >= CERTIFICATE * FACTOR
    assert "NotAfter" in look()
