"""stack_info on what watches a stack."""

from __future__ import annotations

import json

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms as rules
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services import sns
from ansible_collections.railyard.aws.plugins.modules import stack_info

from sandbox.core.settings import Settings
from sandbox.services.cloudwatch.overrides import alarms as cloudwatch_alarms
from sandbox.services.cloudwatch.overrides import dashboards as cloudwatch_dashboards

KINDS = ["topics", "log_groups", "parameters", "flow_logs", "alarms", "dashboards"]
#: Neighbours whose names begin alike.
STACKS = ("railyard", "railyard-2", "rail")
#: More than a page of them.
ALARMS = 51
ARN = "arn:aws:{}:ap-northeast-1:123456789012:{}"


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (cloudwatch_alarms, cloudwatch_dashboards):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


def of(stack: str) -> list[dict]:
    return [{"Key": "Stack", "Value": stack}, {"Key": "Name", "Value": stack}]


def make(stack: str) -> None:
    sns, logs, ssm, ec2, watch = (boto3.client(name) for name in ("sns", "logs", "ssm", "ec2", "cloudwatch"))
    topic = sns.create_topic(Name=f"{stack}-alarms", Tags=of(stack), Attributes={"DisplayName": stack})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    logs.create_log_group(logGroupName=f"/{stack}/flow", tags={"Stack": stack})
    logs.put_retention_policy(logGroupName=f"/{stack}/flow", retentionInDays=30)
    ssm.put_parameter(Name=f"/{stack}/agent", Value="{}", Type="String", Tags=of(stack))
    ssm.put_parameter(Name=f"/{stack}/deep/secret", Value="geheim", Type="SecureString", Tags=of(stack))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName=f"/{stack}/flow",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow",
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": of(stack)}],
    )
    for number in range(ALARMS if stack == "railyard" else 1):
        watch.put_metric_alarm(
            AlarmName=f"{stack}/web{number:02d}/cpu",
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Statistic="Average",
            ComparisonOperator="GreaterThanThreshold",
            Threshold=80,
            Period=300,
            EvaluationPeriods=3,
        )
    name = f"{stack}-ap-northeast-1"
    watch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": [{"type": "text", "height": 6.0}]}))
    watch.tag_resource(ResourceARN=f"arn:aws:cloudwatch::123456789012:dashboard/{name}", Tags=of(stack))


@pytest.fixture
def stack(aws, run_module) -> dict:
    for one in STACKS:
        make(one)
    return run_module(stack_info, stack="railyard", kinds=KINDS)["stack"]


def test_each_stack_sees_its_own(stack):
    assert list(stack["topics"]) == ["railyard-alarms"]
    assert list(stack["log_groups"]) == ["/railyard/flow"]
    assert sorted(stack["parameters"]) == ["/railyard/agent", "/railyard/deep/secret"]
    assert list(stack["flow_logs"]) == ["railyard"]
    assert list(stack["dashboards"]) == ["railyard-ap-northeast-1"]
    assert list(stack["alarms"]) == [f"railyard/web{number:02d}/cpu" for number in range(ALARMS)]


def test_topic_with_who_is_told(stack):
    topic = stack["topics"]["railyard-alarms"]
    assert topic["id"] == topic["arn"] == ARN.format("sns", "railyard-alarms")
    assert (topic["display_name"], topic["tags"]["Stack"]) == ("railyard", "railyard")
    assert [one["endpoint"] for one in topic["subscriptions"]] == ["ops@example.com"]


@pytest.mark.parametrize(
    ("arn", "told"),
    [("PendingConfirmation", [False]), ("Deleted", []), ("arn:aws:sns:x:1:t:0", [True])],
)
def test_subscriptions_are_confirmed_waiting_or_going(arn, told):
    subscription = {"Protocol": "email", "Endpoint": "a@b.kr", "SubscriptionArn": arn}
    entry = sns.KINDS["topics"].entry({"Arn": "a:t", "Tags": [], "Attributes": {}, "Subscriptions": [subscription]})
    assert [one["confirmed"] for one in entry["subscriptions"]] == told


def test_log_group_with_its_retention(stack):
    group = stack["log_groups"]["/railyard/flow"]
    # Tagging and policies take it without the star that the list has behind it.
    assert group["arn"] == ARN.format("logs", "log-group:/railyard/flow")
    assert (group["retention_days"], group["tags"]) == (30, {"Stack": "railyard"})


def test_parameters_with_values_but_of_secrets(stack):
    assert {name: one["value"] for name, one in stack["parameters"].items()} == {
        "/railyard/agent": "{}",
        "/railyard/deep/secret": None,
    }
    assert "geheim" not in json.dumps(stack)


def test_flow_log_with_where_it_goes(stack):
    log = stack["flow_logs"]["railyard"]
    assert (log["traffic_type"], log["log_group_name"], log["max_aggregation_interval"]) == (
        "REJECT",
        "/railyard/flow",
        600,
    )
    assert log["resource_id"].startswith("vpc-") and log["role_arn"].endswith("role/flow")


def test_alarm_in_the_form_that_the_module_takes(stack):
    alarm = stack["alarms"]["railyard/web07/cpu"]
    assert alarm["definition"] == rules.normal(
        {
            "name": "railyard/web07/cpu",
            "namespace": "AWS/EC2",
            "metric_name": "CPUUtilization",
            "statistic": "Average",
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 80,
            "period": 300,
            "evaluation_periods": 3,
        }
    )
    assert alarm["value"] in ("OK", "INSUFFICIENT_DATA")


def test_dashboard_with_numbers_written_one_way(stack):
    board = stack["dashboards"]["railyard-ap-northeast-1"]
    assert board["body"] == {"widgets": [{"type": "text", "height": 6}]}
    assert json.dumps(board["body"]).count("6.0") == 0


def test_dashboard_that_lost_its_tag_is_known_by_its_name_and_one_of_another_is_not(aws, run_module):
    watch = boto3.client("cloudwatch")
    for name in ("railyard-ap-northeast-1", "railyard-2-ap-northeast-1", "railyard-eu-west-1"):
        watch.put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}')
    found = run_module(stack_info, stack="railyard", kinds=["dashboards"])["stack"]
    assert list(found["dashboards"]) == ["railyard-ap-northeast-1"]


def test_placeholders_on_an_empty_account(aws, run_module):
    require = {kind: [f"railyard-{kind}"] for kind in KINDS}
    stack = run_module(stack_info, stack="railyard", kinds=[], require=require, check=True)["stack"]
    entries = [stack[kind][f"railyard-{kind}"] for kind in KINDS]
    assert not any(entry["exists"] for entry in entries)
    assert len({entry["id"] for entry in entries}) == len(entries)
    missing = run_module(stack_info, stack="railyard", kinds=[], require={"topics": ["railyard-alarms"]})
    assert "run `ansible-playbook site.yml --tags cloudwatch` first" in missing["msg"]
