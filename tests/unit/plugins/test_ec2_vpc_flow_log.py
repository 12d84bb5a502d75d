"""The flow log module against the emulator in this process."""

from __future__ import annotations

import boto3
import botocore.client
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._flow_logs import flow_logs
from ansible_collections.railyard.aws.plugins.modules import ec2_vpc_flow_log
from botocore.exceptions import ClientError

GROUP = "/t/flow"
ROLE = "arn:aws:iam::123456789012:role/t-flow"
TAGS = {"Name": "t-flow", "Stack": "t"}
BUCKET = {"log_destination_type": "s3", "log_destination": "arn:aws:s3:::t-logs"}


@pytest.fixture
def ec2(aws):
    """A client, in an account with a log group and a bucket."""
    boto3.client("logs").create_log_group(logGroupName=GROUP)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="t-logs")
    return boto3.client("ec2")


@pytest.fixture
def vpc_id(ec2):
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def ensure(run_module, vpc_id):
    """Run the module with usual settings; arguments override them, None leaves one out."""

    def ensure(check=False, **overrides):
        usual = {"resource_id": vpc_id, "log_group_name": GROUP, "role_arn": ROLE, "tags": TAGS}
        arguments = {key: value for key, value in {**usual, **overrides}.items() if value is not None}
        return run_module(ec2_vpc_flow_log, check=check, **arguments)

    return ensure


@pytest.fixture
def answers(monkeypatch):
    """``answers(operation, *values)``: AWS gives or raises these, the last one for good; returns the list of calls."""
    real = botocore.client.BaseClient._make_api_call
    monkeypatch.setattr(ec2_vpc_flow_log, "PAUSES", (0, 0))

    def prepare(operation, *values):
        rest, calls = list(values), []

        def call(self, name, arguments):
            if name != operation:
                return real(self, name, arguments)
            calls.append(arguments)
            value = rest.pop(0) if len(rest) > 1 else rest[0]
            if isinstance(value, Exception):
                raise value
            return value if value is not None else real(self, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        return calls

    return prepare


def logs(ec2):
    return ec2.describe_flow_logs()["FlowLogs"]


def refused(code, message):
    return {"FlowLogIds": [], "Unsuccessful": [{"ResourceId": "vpc-1", "Error": {"Code": code, "Message": message}}]}


def test_created_as_described(ensure, ec2, vpc_id):
    result = ensure(traffic_type="REJECT", max_aggregation_interval=60)
    assert result["changed"]
    assert result["replaced"] == []
    (log,) = logs(ec2)
    assert result["flow_log_id"] == log["FlowLogId"]
    assert (log["ResourceId"], log["TrafficType"], log["LogGroupName"]) == (vpc_id, "REJECT", GROUP)
    assert (log["MaxAggregationInterval"], log["DeliverLogsPermissionArn"]) == (60, ROLE)
    assert flow_logs.tags_of(log) == TAGS
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["traffic_type"] == "REJECT"


def test_created_to_a_bucket(ensure, ec2):
    wanted = {**BUCKET, "log_group_name": None, "role_arn": None, "log_format": "${srcaddr}  ${action}"}
    assert ensure(**wanted)["changed"]
    (log,) = logs(ec2)
    assert (log["LogDestinationType"], log["LogDestination"]) == ("s3", "arn:aws:s3:::t-logs")
    assert not ensure(**wanted)["changed"]
    assert not ensure(**{**wanted, "log_format": "${srcaddr} ${action}", "log_destination": "arn:aws:s3:::t-logs/"})[
        "changed"
    ]


@pytest.mark.parametrize("overrides", [{}, {"tags": None}, {"role_arn": None}])
def test_second_run_changes_nothing(ensure, overrides):
    made = ensure()
    again = ensure(**overrides)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert (again["flow_log_id"], again["deliver_logs_status"]) == (made["flow_log_id"], "SUCCESS")


@pytest.mark.parametrize("kind", ["subnet", "interface"])
def test_other_resources_have_them_too(ensure, ec2, vpc_id, kind):
    thing = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    if kind == "interface":
        thing = ec2.create_network_interface(SubnetId=thing)["NetworkInterface"]["NetworkInterfaceId"]
    assert ensure(resource_id=thing)["changed"]
    assert not ensure(resource_id=thing)["changed"]
    assert logs(ec2)[0]["ResourceId"] == thing


def test_check_mode_creates_nothing_and_gives_a_placeholder(ensure, ec2):
    result = ensure(check=True)
    assert result["changed"]
    assert result["flow_log_id"] == "fl-00000000000000000"
    assert logs(ec2) == []


@pytest.mark.parametrize(
    ("overrides", "key", "before", "after"),
    [
        ({"traffic_type": "REJECT"}, "traffic_type", "ALL", "REJECT"),
        ({"max_aggregation_interval": 60}, "max_aggregation_interval", 600, 60),
        ({"log_group_name": "/t/other"}, "log_group_name", GROUP, "/t/other"),
        ({"role_arn": ROLE + "2"}, "role_arn", ROLE, ROLE + "2"),
        ({"log_format": "${srcaddr}"}, "log_format", None, "${srcaddr}"),
        ({**BUCKET, "log_group_name": None}, "log_destination", None, "arn:aws:s3:::t-logs"),
    ],
)
def test_what_cannot_change_is_replaced(ensure, ec2, overrides, key, before, after):
    old = ensure()["flow_log_id"]
    planned = ensure(check=True, **overrides)
    assert planned["replaced"] == [old]
    assert planned["diff"]["before"]["flow_log_id"] == old
    assert planned["diff"]["after"]["flow_log_id"] == f"fl-00000000000000000 (replaces {old})"
    if before is not None:
        assert planned["diff"]["before"][key] == before
    assert planned["diff"]["after"][key] == after
    assert [log["FlowLogId"] for log in logs(ec2)] == [old], "a plan must not mend"

    mended = ensure(**overrides)
    (log,) = logs(ec2)
    assert mended["replaced"] == [old]
    assert mended["flow_log_id"] == log["FlowLogId"] != old
    assert flow_logs.tags_of(log) == TAGS
    assert not ensure(**overrides)["changed"]


def test_setting_of_another_destination_is_not_planned_on(ensure):
    ensure()
    diff = ensure(check=True, **BUCKET, log_group_name=None)["diff"]
    assert "log_group_name" in diff["before"]
    assert "log_group_name" not in diff["after"]


def test_tags_of_the_replaced_one_move_over_when_none_are_given(ensure, ec2):
    ensure()
    assert ensure(tags=None, traffic_type="ACCEPT")["replaced"]
    assert flow_logs.tags_of(logs(ec2)[0]) == TAGS


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"tags": {"Name": "t-flow"}}, {"Stack": "t"}, {}),
        ({"tags": {**TAGS, "Stack": "u"}}, {"Stack": "t"}, {"Stack": "u"}),
        ({"tags": {"Number": 1}, "purge_tags": False}, {}, {"Number": "1"}),
    ],
)
def test_tags_are_mended_in_place(ensure, ec2, overrides, before, after):
    made = ensure()
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": {"tags": before}, "after": {"tags": after}}
    assert flow_logs.tags_of(logs(ec2)[0]) == TAGS
    assert ensure(**overrides)["flow_log_id"] == made["flow_log_id"]
    assert not ensure(**overrides)["changed"]


def test_named_ones_stand_side_by_side_and_strangers_are_left_alone(ensure, ec2, vpc_id):
    audit = {"log_group_name": "/audit", "tags": {"Name": "audit"}}
    stranger = ensure(**audit)["flow_log_id"]
    ours = ensure()["flow_log_id"]
    assert {log["FlowLogId"] for log in logs(ec2)} == {stranger, ours}
    assert ensure(traffic_type="REJECT")["replaced"] == [ours]
    assert ensure(state="absent")["removed"]
    assert [log["FlowLogId"] for log in logs(ec2)] == [stranger]


def test_lost_name_is_put_back(ensure, ec2):
    made = ensure()["flow_log_id"]
    ec2.delete_tags(Resources=[made], Tags=[{"Key": "Name"}])
    assert ensure()["flow_log_id"] == made
    assert flow_logs.tags_of(logs(ec2)[0]) == TAGS


def test_found_on_a_later_page(ensure, ec2, answers, vpc_id):
    made = ensure()["flow_log_id"]
    (log,) = logs(ec2)
    other = {**log, "FlowLogId": "fl-other", "LogGroupName": "/other", "Tags": [{"Key": "Name", "Value": "other"}]}
    calls = answers("DescribeFlowLogs", {"FlowLogs": [other], "NextToken": "more"}, {"FlowLogs": [log]})
    again = ensure()
    assert not again["changed"]
    assert again["flow_log_id"] == made
    assert [call.get("NextToken") for call in calls] == [None, "more"]
    assert calls[0]["Filter"] == [{"Name": "resource-id", "Values": [vpc_id]}]


def test_removed_once(ensure, ec2):
    made = ensure()["flow_log_id"]
    planned = ensure(check=True, state="absent")
    assert (planned["changed"], planned["removed"]) == (True, [made])
    assert logs(ec2)
    gone = ensure(state="absent", role_arn=None, tags=None)
    assert gone["diff"]["before"]["flow_log_id"] == made
    assert gone["diff"]["after"] == {}
    assert logs(ec2) == []
    assert not ensure(state="absent")["changed"]


def test_group_that_takes_nothing_is_a_warning(ensure):
    ensure(log_group_name="/gone")
    again = ensure(log_group_name="/gone")
    assert not again["changed"]
    assert again["deliver_logs_status"] == "FAILED"
    assert "is not delivered: Access error" in str(again["warnings"])


def test_unsuccessful_is_an_error_with_its_reason(ensure, ec2, vpc_id):
    result = ensure(**{**BUCKET, "log_destination": "arn:aws:s3:::gone"}, log_group_name=None)
    assert result["failed"]
    assert f"no flow log of {vpc_id} to arn:aws:s3:::gone" in result["msg"]
    assert "gone does not exist" in result["msg"]
    assert logs(ec2) == []


def test_failed_replacement_says_that_the_old_one_is_gone(ensure):
    old = ensure()["flow_log_id"]
    result = ensure(**{**BUCKET, "log_destination": "arn:aws:s3:::gone"}, log_group_name=None)
    assert f"{old}, which it was to replace, is removed" in result["msg"]


def test_new_role_is_waited_for(ensure, ec2, answers):
    no_role = {"Error": {"Code": "InvalidParameter", "Message": "Unable to assume given IAM role"}}
    calls = answers("CreateFlowLogs", ClientError(no_role, "CreateFlowLogs"), None)
    assert ensure()["changed"]
    assert len(calls) == 2
    assert len(logs(ec2)) == 1


def test_role_that_never_works_is_named(ensure, answers):
    calls = answers("CreateFlowLogs", refused("400", "Unable to assume given IAM role"))
    assert "Unable to assume given IAM role" in ensure()["msg"]
    assert len(calls) == 3


def test_removal_that_spreads_is_waited_for(ensure, ec2, answers):
    old = ensure()["flow_log_id"]
    calls = answers("CreateFlowLogs", refused("FlowLogAlreadyExists", "exists"), None)
    assert ensure(traffic_type="REJECT")["replaced"] == [old]
    assert len(calls) == 2
    assert len(logs(ec2)) == 1


def test_flow_log_that_stays_is_an_error(ensure, answers):
    ensure()
    answers("DeleteFlowLogs", refused("UnauthorizedOperation", "not you"))
    assert "not you (UnauthorizedOperation)" in ensure(state="absent")["msg"]


def test_flow_log_that_went_by_itself_is_none(ensure, answers):
    ensure()
    answers("DeleteFlowLogs", refused("InvalidFlowLogId.NotFound", "gone"))
    assert ensure(state="absent")["changed"]


def test_errors_of_aws_name_the_resource(ensure):
    result = ensure(resource_id="vpc-0123456789abcdef0")
    assert result["failed"]
    assert "The flow log of vpc-0123456789abcdef0 could not be kept" in result["msg"]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"resource_id": "i-0123456789abcdef0"}, "resource_id is 'i-0123456789abcdef0'; write the id of a VPC"),
        ({"role_arn": None}, "without role_arn"),
        ({"log_group_name": None}, "log_group_name"),
        ({"log_destination_type": "s3"}, "log_destination"),
        ({"max_aggregation_interval": 61}, "60, 600"),
    ],
)
def test_wrong_inputs_are_said_before_anything_is_made(ensure, ec2, overrides, said):
    result = ensure(**overrides)
    assert result["failed"]
    assert said in result["msg"]
    assert logs(ec2) == []
