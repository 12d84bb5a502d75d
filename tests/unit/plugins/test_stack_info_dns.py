"""stack_info on hosted zones and certificates."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services import route53
from ansible_collections.railyard.aws.plugins.modules import stack_info

KINDS_HERE = ["hosted_zones", "certificates"]


def look(run_module, **more) -> dict:
    return run_module(stack_info, **{"stack": "railyard", "region": "ap-northeast-1", "kinds": KINDS_HERE, **more})


def make_zone(name: str, vpc_id: str | None = None, **tags: str) -> str:
    dns = boto3.client("route53")
    within = {"VPC": {"VPCRegion": "ap-northeast-1", "VPCId": vpc_id}} if vpc_id else {}
    zone = dns.create_hosted_zone(
        Name=name,
        CallerReference=f"{name}{tags}",
        HostedZoneConfig={"Comment": "c", "PrivateZone": bool(vpc_id)},
        **within,
    )["HostedZone"]["Id"].rsplit("/", 1)[-1]
    if tags:
        dns.change_tags_for_resource(
            ResourceType="hostedzone", ResourceId=zone, AddTags=[{"Key": k, "Value": v} for k, v in tags.items()]
        )
    return zone


def add(zone: str, **record) -> None:
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    boto3.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def make_certificate(name: str, *others: str, **tags: str) -> str:
    return boto3.client("acm").request_certificate(
        DomainName=name,
        ValidationMethod="DNS",
        Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
        **({"SubjectAlternativeNames": list(others)} if others else {}),
    )["CertificateArn"]


@pytest.fixture
def pending(aws, monkeypatch):
    """Certificates stay pending."""
    from moto import settings

    monkeypatch.setattr(settings, "ACM_VALIDATION_WAIT", 10**10)


def test_zones_of_the_stack_with_their_records(aws, run_module):
    vpc_id = boto3.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    public = make_zone("example.com", Stack="railyard", Region="ap-northeast-1")
    private = make_zone("home", vpc_id, Stack="railyard", Region="ap-northeast-1")
    make_zone("example.org", Stack="railyard-2")
    make_zone("example.net")
    add(
        public,
        Name="www.example.com",
        Type="A",
        AliasTarget={"HostedZoneId": "ZELB", "DNSName": "Name.elb.example.", "EvaluateTargetHealth": False},
    )
    add(private, Name="web01.home", Type="A", TTL=60, ResourceRecords=[{"Value": "10.0.64.9"}, {"Value": "10.0.64.5"}])
    result = look(run_module)
    found = result["stack"]["hosted_zones"]
    assert {name: (one["id"], one["private"], one["vpc_ids"]) for name, one in found.items()} == {
        "example.com": (public, False, []),
        "home": (private, True, [vpc_id]),
    }
    assert found["example.com"]["comment"] == "c"
    assert len(found["example.com"]["name_servers"]) == 4
    assert {"name": "www.example.com", "type": "A", "values": ["name.elb.example"], "ttl": None} | {
        "alias_zone_id": "ZELB",
        "identifier": None,
    } in found["example.com"]["records"]
    assert {"name": "web01.home", "type": "A", "values": ["10.0.64.5", "10.0.64.9"], "ttl": 60} | {
        "alias_zone_id": None,
        "identifier": None,
    } in found["home"]["records"]
    assert {one["role"] for one in result["resources"]} == {"route53"}


def test_stack_of_the_same_name_in_another_region_has_its_own_zones(aws, run_module):
    make_zone("example.com", Stack="railyard", Region="eu-west-1")
    assert look(run_module)["stack"]["hosted_zones"] == {}
    assert list(look(run_module, region="eu-west-1")["stack"]["hosted_zones"]) == ["example.com"]


def test_tags_are_asked_for_as_many_zones_as_aws_takes(aws, run_module):
    for number in range(route53.TAGS_AT_ONCE + 2):
        make_zone(f"z{number}.example.com", Stack="railyard")
    assert len(look(run_module)["stack"]["hosted_zones"]) == route53.TAGS_AT_ONCE + 2


@pytest.mark.parametrize(
    ("written", "name"), [("Example.COM.", "example.com"), ("\\052.apps.home.", "*.apps.home"), ("home", "home")]
)
def test_names_as_people_write_them(written, name):
    assert route53.plain(written) == name


def test_certificates_of_the_stack_by_arn(pending, run_module):
    arn = make_certificate("www.example.com", "example.com", Stack="railyard", Name="www.example.com")
    second = make_certificate("www.example.com", Stack="railyard")
    make_certificate("www.example.com", Stack="railyard-2")
    result = look(run_module)
    found = result["stack"]["certificates"]
    assert set(found) == {arn, second}
    entry = found[arn]
    assert (entry["name"], entry["state"]) == ("www.example.com", "PENDING_VALIDATION")
    assert (entry["names"], entry["in_use_by"]) == (["example.com", "www.example.com"], [])
    assert entry["key_algorithm"] == "RSA_2048"
    assert {one["type"] for one in entry["validation_records"]} == {"CNAME"}
    assert entry["tags"] == {"Stack": "railyard", "Name": "www.example.com"}
    assert {one["role"] for one in result["resources"]} == {"alb"}


def test_placeholders_on_an_empty_account(aws, run_module):
    found = look(run_module, kinds=[], require={"hosted_zones": ["example.com", "home"]}, check=True)["stack"]
    entries = found["hosted_zones"].values()
    assert not any(one["exists"] for one in entries)
    assert len({one["id"] for one in entries}) == 2
    assert all(one["records"] == [] for one in entries)
    missing = look(run_module, kinds=[], require={"hosted_zones": ["example.com"]})
    assert "run `ansible-playbook site.yml --tags route53` first" in missing["msg"]


def test_a_certificate_is_waited_for_while_its_proof_is():
    assert KINDS["certificates"].pending == {"PENDING_VALIDATION"}
    assert "FAILED" in KINDS["certificates"].failed
