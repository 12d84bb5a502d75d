"""What AWS made and answered with an error, or does not show at once, is there once, and as described."""

from __future__ import annotations

import json
import os
import time

import boto3
import botocore.endpoint
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._failures.passing import passing_failure
from ansible_collections.railyard.aws.plugins.module_utils._lock import process
from ansible_collections.railyard.aws.plugins.modules import (
    acm_dns_certificate,
    alb_target_group,
    cloudwatch_log_groups,
    ec2_vpc_flow_log,
    rds_parameter_group,
    ses_domain_identity,
    ses_email_identity,
    ses_smtp_credentials,
    stack_info,
    stack_lock,
    stack_surplus,
)

from sandbox.core.settings import Settings
from sandbox.services.rds.overrides import groups as rds_groups
from sandbox.services.ses.overrides import identities_v1 as ses
from sandbox.services.ses.overrides import identities_v2 as ses_identities
from tests.faults.crash import Crash
from tests.faults.executed import Faults, install

TAGS = {"Stack": "t", "ManagedBy": "railyard.aws", "Name": "t"}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (ses, ses_identities, rds_groups):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """``begin(kind)`` installs the faults, which go at the test's end; ``late`` is ``answer`` unseen at first."""
    removals = []
    slept = [0.0]

    def begin(kind: str) -> Faults:
        # The SDK waits between its repetitions, modules for what is coming, and stages before they begin again.
        monkeypatch.setattr("time.sleep", lambda seconds: slept.append(seconds))
        faults = Faults(tmp_path / "faults", "answer" if kind == "late" else kind, late=kind == "late")
        if faults.late:
            faults.late.clock = lambda: sum(slept)
        removals.append(install(faults, botocore.endpoint))
        return faults

    yield begin
    for remove in removals:
        remove()


def vpc() -> str:
    return boto3.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def certificate():
    names = {"domain_name": "example.com", "match_tags": {"Stack": "t"}, "tags": TAGS}
    return acm_dns_certificate, names, lambda: boto3.client("acm").list_certificates()["CertificateSummaryList"]


def target_group():
    arguments = {"name": "t", "vpc_id": vpc(), "port": 3000, "tags": TAGS}
    return alb_target_group, arguments, lambda: boto3.client("elbv2").describe_target_groups()["TargetGroups"]


def log_group():
    arguments = {"names": ["/t/a"], "retention_days": 7, "tags": TAGS}
    return cloudwatch_log_groups, arguments, lambda: boto3.client("logs").describe_log_groups()["logGroups"]


def flow_log():
    arguments = {
        "resource_id": vpc(),
        "log_group_name": "/t/flow",
        "role_arn": "arn:aws:iam::123456789012:role/t",
        "tags": TAGS,
    }
    boto3.client("logs").create_log_group(logGroupName="/t/flow")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
    boto3.client("iam").create_role(RoleName="t", AssumeRolePolicyDocument=json.dumps(trust))
    return ec2_vpc_flow_log, arguments, lambda: boto3.client("ec2").describe_flow_logs()["FlowLogs"]


def parameter_group():
    arguments = {"name": "t", "family": "mysql8.4", "description": "d", "tags": TAGS}
    return (
        rds_parameter_group,
        arguments,
        lambda: boto3.client("rds").describe_db_parameter_groups()["DBParameterGroups"],
    )


def domain_identity():
    arguments = {"domain": "example.com", "mail_from_domain": "bounce.example.com", "tags": TAGS}
    return ses_domain_identity, arguments, lambda: boto3.client("sesv2").list_email_identities()["EmailIdentities"]


def email_identity():
    arguments = {"address": "ada@example.com", "tags": TAGS}
    return ses_email_identity, arguments, lambda: boto3.client("sesv2").list_email_identities()["EmailIdentities"]


def smtp_credentials():
    arguments = {
        "name": "t-smtp",
        "path": "/railyard/t/",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}],
        },
        "secret_name": "/t/smtp",
        "sender": "site@example.com",
        "domain": "example.com",
        "tags": TAGS,
    }
    return (
        ses_smtp_credentials,
        arguments,
        lambda: boto3.client("iam").list_access_keys(UserName="t-smtp")["AccessKeyMetadata"],
    )


def parameters() -> list:
    return boto3.client("ssm").describe_parameters()["Parameters"]


def lock():
    arguments = {"name": "/railyard.locks/t", "stack": "t", "owner": "ada@desk", "tags": TAGS}
    # As the action plugin does: what this process holds it has already.
    return stack_lock, {**arguments, "process": process.identity(os.getpid())}, parameters


MAKES = (
    lock,
    certificate,
    target_group,
    log_group,
    flow_log,
    parameter_group,
    domain_identity,
    email_identity,
    smtp_credentials,
)


@pytest.mark.parametrize("kind", ["answer", "drop", "lag", "late"])
@pytest.mark.parametrize("prepare", MAKES, ids=lambda prepare: prepare.__name__)
def test_it_is_made_once_whatever_aws_answers(prepare, kind, aws, run_module, begin):
    module, arguments, there = prepare()
    faults = begin(kind)
    for _again in range(6):
        result = run_module(module, region="ap-northeast-1", **arguments)
        if not result.get("failed"):
            break
        # As playbooks/tasks/stage.yml does.
        assert passing_failure(result), result["msg"]
        time.sleep(4)
    assert not result.get("failed"), result["msg"]
    assert faults.seen(), "something was answered with an error"
    faults.unseen.clear()
    time.sleep(60)
    assert len(there()) == 1, there()
    assert run_module(module, region="ap-northeast-1", **arguments)["changed"] is False


class Killed(BaseException):
    """No error that a module could catch: its process is gone."""


def die() -> None:
    raise Killed


@pytest.mark.parametrize("first", [1, 2, 3])
@pytest.mark.parametrize("prepare", MAKES, ids=lambda prepare: prepare.__name__)
def test_it_is_made_once_wherever_runs_are_killed(prepare, first, aws, run_module, tmp_path, monkeypatch):
    """The first run dies after so many changing calls, the next after one more, until one has fewer to make."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    module, arguments, there = prepare()
    for number in range(30):
        # Not always after the first: an access key and the secret that keeps it take two calls at least.
        crash = Crash(tmp_path / str(number), 1 + (first + number - 1) % 3, die)
        remove = install(Faults(tmp_path, crash=crash), botocore.endpoint)
        try:
            result = run_module(module, region="ap-northeast-1", **arguments)
        except Killed:
            continue
        finally:
            remove()
        break
    else:
        raise AssertionError("the runs came to no end")
    assert number > 0 or first > 1, "no run was killed"
    assert not result.get("failed"), result["msg"]
    assert len(there()) == 1, there()
    assert run_module(module, region="ap-northeast-1", **arguments)["changed"] is False


def test_what_was_made_twice_is_removed_by_a_request_that_is_answered_so_too(aws, run_module, begin):
    ec2, tags = boto3.client("ec2"), [{"Key": key, "Value": value} for key, value in TAGS.items()]
    begin("answer")
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    (surplus,) = run_module(stack_info, stack="t", kinds=["vpc"])["surplus"]
    removed = run_module(stack_surplus, stack="t", kind="vpc", id=surplus["id"])
    assert removed["changed"] is True
    assert run_module(stack_info, stack="t", kinds=["vpc"])["surplus"] == []


def test_faults_are_carried_out_once_and_go_away(aws, tmp_path):
    remove = install(Faults(tmp_path, only={"CreateVpc"}), botocore.endpoint)
    ec2 = boto3.client("ec2")
    ec2.create_vpc(CidrBlock="10.9.0.0/16")
    remove()
    # The default one, and two for one request: the SDK repeats what has no token.
    assert len(ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])["Vpcs"]) == 2
    ec2.create_vpc(CidrBlock="10.8.0.0/16")
    assert len(ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.8.0.0/16"]}])["Vpcs"]) == 1
