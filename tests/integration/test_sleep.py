"""A stack that is built with the profile for studying sleeps and wakes, and what was in it is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.account import OWN, Account, names
from tests.e2e.lab import LOCK_CALLS, Lab, temporary

PROFILE = "-e @profiles/study.yml"
OBJECT = b"written before it slept"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with temporary("sleep", int(os.environ.get("RAILYARD_SLEEP_PORT", "5194"))) as lab:
        lab.up()
        yield lab


def sql(lab: Lab, statement: str) -> str:
    """What the application's database says to a statement that is asked by the application."""
    asked = f"puts ActiveRecord::Base.connection.execute(%q[{statement}]).to_a.inspect"
    return lab.make("run", f'bundle exec rails runner "{asked}"').text


def kept(account: Account) -> dict[str, Any]:
    """What is to be the same afterwards: the things that hold data, and the keys under which they do."""
    database = account.database()
    # The NAT instance holds none, and is made anew.
    volumes = [
        one for one in account.ec2.describe_volumes(Filters=OWN)["Volumes"] if names(one["Tags"])["Role"] != "vpc"
    ]
    return {
        "servers": {name: one["InstanceId"] for name, one in account.servers().items()},
        "volumes": {one["VolumeId"]: one.get("KmsKeyId") for one in volumes},
        "database": (database["DbiResourceId"], database.get("KmsKeyId"), database["MasterUserSecret"]["SecretArn"]),
        "buckets": sorted(one["Name"] for one in account.s3.list_buckets()["Buckets"]),
        "secrets": sorted(one["ARN"] for one in account.client("secretsmanager").list_secrets()["SecretList"]),
    }


def told(lab: Lab) -> set[bool]:
    """Whether the stack's alarms tell anybody."""
    found = lab.account().client("cloudwatch").describe_alarms(AlarmNamePrefix="railyard/")["MetricAlarms"]
    assert len(found) > 10
    return {one["ActionsEnabled"] for one in found}


def billed_by_the_hour(account: Account) -> dict[str, list[str]]:
    """What of the account AWS bills by the hour at this moment."""
    gateways = account.ec2.describe_nat_gateways()["NatGateways"]
    databases = account.client("rds").describe_db_instances()["DBInstances"]
    caches = account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    found = {
        "servers": [name for name, one in account.servers().items() if one["State"]["Name"] != "stopped"],
        "databases": [one["DBInstanceIdentifier"] for one in databases if one["DBInstanceStatus"] != "stopped"],
        "gateways": [one["NatGatewayId"] for one in gateways if one["State"] not in ("deleting", "deleted")]
        + [one["AutoScalingGroupName"] for one in groups],
        "addresses": [one["AllocationId"] for one in account.ec2.describe_addresses()["Addresses"]],
        "caches": [one["ReplicationGroupId"] for one in caches if one["Status"] != "deleting"],
        "balancers": [one["LoadBalancerName"] for one in account.elbv2.describe_load_balancers()["LoadBalancers"]],
    }
    return {name: ids for name, ids in found.items() if ids}


def said(text: str) -> str:
    """A message, however its lines were broken."""
    return " ".join(text.split())


def test_a_stack_sleeps_and_wakes_with_what_is_in_it(lab: Lab) -> None:
    lab.playbook("study", "site.yml", *PROFILE.split(), timeout=2400)
    account = lab.account()
    sql(lab, "CREATE TABLE dreams (dream VARCHAR(40))")
    sql(lab, "INSERT INTO dreams VALUES ('kept while it slept')")
    account.s3.put_object(Bucket=account.bucket("uploads"), Key="dream", Body=OBJECT)
    before = kept(account)
    assert len(billed_by_the_hour(account)) == 6

    calls = lab.calls()
    foretold = lab.make("sleep", f"{PROFILE} --check")
    assert foretold.changed >= 6 and lab.mutations(calls) == {}, str(foretold)
    assert "nothing was changed" in said(foretold.text) and "USD a month" in foretold.text

    asleep = lab.make("sleep", PROFILE, timeout=900)
    assert billed_by_the_hour(account) == {} and told(lab) == {False}, str(asleep)
    assert "each month of sleep saves" in said(asleep.text) and "7 days" in asleep.text

    calls = lab.calls()
    again = lab.make("sleep", PROFILE)
    assert again.changed == 0 and lab.mutations(calls) == LOCK_CALLS, again.changed_tasks()
    assert "slept already" in said(again.text)

    for verb in ("verify", "status", "restart", "deploy"):
        refused = lab.make(verb, PROFILE, fails=True)
        assert "sleeps: its servers are stopped" in said(refused.text) and "make wake" in refused.text, str(refused)
    assert "make wake" in lab.make("run", "true", fails=True).text

    plan = lab.make("plan", PROFILE, timeout=900)
    assert "sleeps, and this would wake it" in said(plan.text), str(plan)
    assert billed_by_the_hour(account) == {}

    woken = lab.make("wake", PROFILE, timeout=2400)
    assert len(billed_by_the_hour(account)) == 6 and told(lab) == {True}, str(woken)
    assert kept(account) == before
    assert "kept while it slept" in sql(lab, "SELECT dream FROM dreams")
    assert account.s3.get_object(Bucket=account.bucket("uploads"), Key="dream")["Body"].read() == OBJECT
    body, served_by = lab.page()
    assert "<title>" in body and served_by == "web01"

    calls = lab.calls()
    awake = lab.make("wake", PROFILE, timeout=900)
    assert awake.changed == 0 and lab.mutations(calls) == LOCK_CALLS, awake.changed_tasks()
    assert "is awake" in said(awake.text)

    receipts = said(lab.make("releases").text)
    assert " sleep" in receipts and " wake" in receipts
