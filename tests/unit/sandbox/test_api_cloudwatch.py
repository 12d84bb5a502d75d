"""CloudWatch of the emulated API, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.cloudwatch.overrides import dashboards as cloudwatch_dashboards

ARN = "arn:aws:cloudwatch::123456789012:dashboard/{name}"


@pytest.fixture
def cloudwatch(monkeypatch):
    """A client of an overridden emulator, which is as it was afterwards."""
    from moto.cloudwatch.models import CloudWatchBackend

    for name in ("tag_resource", "delete_dashboards"):
        monkeypatch.setattr(CloudWatchBackend, name, getattr(CloudWatchBackend, name))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    cloudwatch_dashboards.apply(Settings.from_environment({}))
    with mock_aws():
        yield boto3.client("cloudwatch", "ap-northeast-1")


def tags_of(cloudwatch, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]}


def test_dashboards_carry_tags_until_they_go(cloudwatch):
    cloudwatch.put_dashboard(DashboardName="t", DashboardBody="{}")
    arn = cloudwatch.get_dashboard(DashboardName="t")["DashboardArn"]
    assert arn == ARN.format(name="t")
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stack", "Value": "t"}, {"Key": "Role", "Value": "r"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["Role"])
    assert tags_of(cloudwatch, arn) == {"Stack": "t"}
    cloudwatch.delete_dashboards(DashboardNames=["t"])
    cloudwatch.put_dashboard(DashboardName="t", DashboardBody="{}")
    assert tags_of(cloudwatch, arn) == {}


def test_dashboard_that_is_not_there_cannot_be_tagged_or_deleted(cloudwatch):
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.tag_resource(ResourceARN=ARN.format(name="gone"), Tags=[{"Key": "Stack", "Value": "t"}])
    with pytest.raises(ClientError, match="gone"):
        cloudwatch.delete_dashboards(DashboardNames=["gone"])


def test_alarms_are_tagged_as_before(cloudwatch):
    cloudwatch.put_metric_alarm(
        AlarmName="t",
        MetricName="CPUUtilization",
        Namespace="AWS/EC2",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Average",
        Threshold=80,
    )
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    cloudwatch.tag_resource(ResourceARN=alarm["AlarmArn"], Tags=[{"Key": "Stack", "Value": "t"}])
    assert tags_of(cloudwatch, alarm["AlarmArn"]) == {"Stack": "t"}
