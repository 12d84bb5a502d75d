"""Certificates of the emulated API, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.acm import models
from moto.acm.responses import AWSCertificateManagerResponse

from sandbox.core.settings import Settings
from sandbox.services.acm.overrides import certificates as acm
from sandbox.services.acm.overrides import keys as acm_keys
from sandbox.services.elbv2.overrides import load_balancers as elbv2

REGION = "ap-northeast-1"


@pytest.fixture(scope="module", autouse=True)
def overridden():
    """Others of this process meet the emulator's own certificates again."""
    elbv2.apply(Settings.from_environment({}))
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (models.CertBundle, "check"),
            (models.CertBundle, "describe"),
            (models.AWSCertificateManagerBackend, "delete_certificate"),
            (AWSCertificateManagerResponse, "request_certificate"),
        ):
            patch.setattr(owner, name, getattr(owner, name))
        acm.apply(Settings.from_environment({}))
        acm_keys.apply(Settings.from_environment({}))
        yield


@pytest.fixture
def account(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    with mock_aws():
        yield Account()


class Account:
    """One public zone."""

    def __init__(self) -> None:
        self.acm = boto3.client("acm", REGION)
        self.dns = boto3.client("route53", REGION)
        self.elb = boto3.client("elbv2", REGION)
        self.zone = self.make_zone()

    def make_zone(self, **within) -> str:
        made = self.dns.create_hosted_zone(Name="example.com", CallerReference=str(within), **within)
        return made["HostedZone"]["Id"]

    def request(self, name: str, *others: str) -> str:
        more = {"SubjectAlternativeNames": list(others)} if others else {}
        asked = self.acm.request_certificate(DomainName=name, ValidationMethod="DNS", **more)
        return asked["CertificateArn"]

    def look(self, arn: str) -> dict:
        return self.acm.describe_certificate(CertificateArn=arn)["Certificate"]

    def proofs(self, arn: str) -> dict[str, dict]:
        return {one["DomainName"]: one["ResourceRecord"] for one in self.look(arn)["DomainValidationOptions"]}

    def prove(self, record: dict, zone: str = "", value: str = "") -> None:
        entry = {"Name": record["Name"], "Type": record["Type"], "TTL": 300}
        change = {
            "Action": "UPSERT",
            "ResourceRecordSet": {**entry, "ResourceRecords": [{"Value": value or record["Value"]}]},
        }
        self.dns.change_resource_record_sets(HostedZoneId=zone or self.zone, ChangeBatch={"Changes": [change]})

    def balancer(self) -> str:
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.0.0/20", f"{REGION}a"), ("10.0.16.0/20", f"{REGION}c"))
        ]
        return self.elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]

    def listen(self, balancer: str, certificate: str) -> str:
        answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
        return self.elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[answer],
        )["Listeners"][0]["ListenerArn"]


def test_issued_once_every_name_is_proved(account):
    arn = account.request("www.example.com", "example.com")
    proofs = account.proofs(arn)
    assert account.look(arn)["Status"] == "PENDING_VALIDATION"
    assert "NotAfter" not in account.look(arn)
    account.prove(proofs["www.example.com"])
    states = {one["DomainName"]: one["ValidationStatus"] for one in account.look(arn)["DomainValidationOptions"]}
    assert states == {"www.example.com": "SUCCESS", "example.com": "PENDING_VALIDATION"}
    assert account.look(arn)["Status"] == "PENDING_VALIDATION"
    account.prove(proofs["example.com"])
    assert account.look(arn)["Status"] == "ISSUED"
    assert "NotAfter" in account.look(arn)


def test_a_name_is_proved_by_its_own_record_only(account):
    arn = account.request("www.example.com")
    (record,) = account.proofs(arn).values()
    account.prove(record, value="_somebody.else.acm-validations.aws.")
    assert account.look(arn)["Status"] == "PENDING_VALIDATION"


def test_a_private_zone_proves_nothing(account):
    vpc = boto3.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    private = account.make_zone(HostedZoneConfig={"PrivateZone": True}, VPC={"VPCRegion": REGION, "VPCId": vpc})
    arn = account.request("www.example.com")
    (record,) = account.proofs(arn).values()
    account.prove(record, zone=private)
    assert account.look(arn)["Status"] == "PENDING_VALIDATION"


def test_the_record_is_the_names_not_the_certificates(account):
    first, second = account.request("*.example.com", "example.com"), account.request("example.com")
    assert len({record["Name"] for record in account.proofs(first).values()}) == 1
    assert account.proofs(second)["example.com"] == account.proofs(first)["*.example.com"]


def test_what_is_not_issued_serves_no_listener(account):
    arn, balancer = account.request("www.example.com"), account.balancer()
    with pytest.raises(ClientError, match="UnsupportedCertificate"):
        account.listen(balancer, arn)
    with pytest.raises(ClientError, match="CertificateNotFound"):
        account.listen(balancer, arn[:-12] + "0" * 12)


def test_what_a_listener_uses_stays(account):
    arn = account.request("www.example.com")
    account.prove(account.proofs(arn)["www.example.com"])
    assert account.look(arn)["Status"] == "ISSUED"
    balancer = account.balancer()
    listener = account.listen(balancer, arn)
    assert account.look(arn)["InUseBy"] == [balancer]
    with pytest.raises(ClientError, match="ResourceInUseException"):
        account.acm.delete_certificate(CertificateArn=arn)
    account.elb.delete_listener(ListenerArn=listener)
    assert account.look(arn)["InUseBy"] == []
    account.acm.delete_certificate(CertificateArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.look(arn)


@pytest.mark.parametrize("algorithm", ["RSA_3072", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"])
def test_certificate_has_the_key_that_was_asked_for(account, algorithm):
    arn = account.acm.request_certificate(
        DomainName="example.com",
        SubjectAlternativeNames=["www.example.com"],
        ValidationMethod="DNS",
        KeyAlgorithm=algorithm,
    )["CertificateArn"]
    described = account.look(arn)
    assert described["KeyAlgorithm"] == algorithm
    assert sorted(described["SubjectAlternativeNames"]) == ["example.com", "www.example.com"]
    listed = account.acm.list_certificates(Includes={"keyTypes": [algorithm]})["CertificateSummaryList"]
    assert [one["CertificateArn"] for one in listed] == [arn]


def test_unknown_key_algorithm_is_refused(account):
    with pytest.raises(ClientError) as caught:
        account.acm.request_certificate(DomainName="example.com", ValidationMethod="DNS", KeyAlgorithm="RSA_512")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
