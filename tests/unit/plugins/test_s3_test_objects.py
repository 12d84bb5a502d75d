"""s3_test_objects against the emulator in this process, which leaves them like AWS."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import s3_test_objects
from moto.elbv2.models import ELBv2Backend
from moto.ses.models import SESBackend

from sandbox.core.settings import Settings
from sandbox.services.s3.overrides import test_objects as patch

BUCKET = "railyard-logs"
KEYS = ("alb/AWSLogs/123456789012/ELBAccessLogTestFile", "mail/AMAZON_SES_SETUP_NOTIFICATION")


@pytest.fixture
def s3(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def put(s3, *keys, times=1):
    for key in keys * times:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"v")


def versions(s3):
    answer = s3.list_object_versions(Bucket=BUCKET)
    return [one["Key"] for one in answer.get("Versions", []) + answer.get("DeleteMarkers", [])]


def test_all_versions_go_and_then_the_bucket_can(s3, run_module):
    put(s3, *KEYS, times=3)
    s3.delete_object(Bucket=BUCKET, Key=KEYS[0])
    result = run_module(s3_test_objects, bucket=BUCKET)
    assert result["changed"] and result["removed"] == sorted(KEYS)
    assert versions(s3) == []
    s3.delete_bucket(Bucket=BUCKET)


def test_second_run_has_nothing_to_do(s3, run_module):
    put(s3, *KEYS)
    run_module(s3_test_objects, bucket=BUCKET)
    assert not run_module(s3_test_objects, bucket=BUCKET)["changed"]


def test_bucket_with_anything_else_is_left_as_it_is(s3, run_module):
    put(s3, *KEYS, "alb/AWSLogs/123456789012/elasticloadbalancing/a.log.gz")
    before = versions(s3)
    assert not run_module(s3_test_objects, bucket=BUCKET)["changed"]
    assert versions(s3) == before


def test_check_mode_only_says_what_would_go(s3, run_module):
    put(s3, *KEYS)
    result = run_module(s3_test_objects, check=True, bucket=BUCKET)
    assert result["changed"] and result["removed"] == sorted(KEYS)
    assert sorted(versions(s3)) == sorted(KEYS)


def test_bucket_that_is_not_there_has_none(aws, run_module):
    assert run_module(s3_test_objects, bucket="nobodys")["removed"] == []


def test_refusal_is_named(s3, run_module, monkeypatch):
    monkeypatch.setattr(s3_test_objects, "is_test_object", lambda key: True)
    put(s3, "kept")

    def refuse(*_, **__):
        from moto.s3.exceptions import AccessDeniedByLock

        raise AccessDeniedByLock

    monkeypatch.setattr("moto.s3.models.S3Backend.delete_object", refuse)
    assert f"what AWS itself left in the bucket {BUCKET}" in run_module(s3_test_objects, bucket=BUCKET)["msg"]


@pytest.fixture
def overridden(monkeypatch):
    """The emulator of this test leaves them; other tests keep theirs."""
    for backend, name in (
        (ELBv2Backend, "modify_load_balancer_attributes"),
        (SESBackend, "create_receipt_rule"),
        (SESBackend, "update_receipt_rule"),
    ):
        monkeypatch.setattr(backend, name, getattr(backend, name))
    patch.apply(Settings.from_environment({}))


def test_sandbox_leaves_them_like_aws(overridden, s3):
    ec2, elb, ses = (boto3.client(service) for service in ("ec2", "elbv2", "ses"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"ap-northeast-1{zone}")
        for number, zone in enumerate("ac")
    ]
    ids = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    balancer = elb.create_load_balancer(Name="t", Subnets=ids)["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": BUCKET, "access_logs.s3.prefix": "alb"}
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer,
        Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()],
    )
    ses.create_receipt_rule_set(RuleSetName="t")
    rule = {"Name": "store", "Actions": [{"S3Action": {"BucketName": BUCKET, "ObjectKeyPrefix": "mail/"}}]}
    ses.create_receipt_rule(RuleSetName="t", Rule=rule)
    assert sorted(versions(s3)) == sorted(KEYS)
