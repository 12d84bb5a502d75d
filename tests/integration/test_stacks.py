"""Two stacks in one account, the name of one the start of the other's: neither sees the other."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.e2e.account import names
from tests.e2e.lab import Lab

FIRST, SECOND = "shop", "shop-2"
TAGS = ("--tags", "iam,s3,vpc")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The API alone: nothing of this needs a server."""
    root = Path(tempfile.mkdtemp(prefix="rly-"))
    lab = Lab(root, "stacks", int(os.environ.get("RAILYARD_STACKS_PORT", "5192")))
    try:
        lab.up("--api-only")
        yield lab
    finally:
        lab.sandbox("down")
        shutil.rmtree(root)


def of(stack: str) -> dict[str, str]:
    """Environment of somebody who works with a stack."""
    return {"RAILYARD_STACK": stack}


def existing(lab: Lab) -> dict[str, set[str]]:
    """Stack → ids of what carries its tag, by the account's own listing."""
    environment = lab.environment
    client = boto3.client(
        "ec2",
        region_name=environment["AWS_REGION"],
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    filters = [{"Name": "tag-key", "Values": ["Stack"]}]
    listed = {
        "VpcId": client.describe_vpcs(Filters=filters)["Vpcs"],
        "SubnetId": client.describe_subnets(Filters=filters)["Subnets"],
        "RouteTableId": client.describe_route_tables(Filters=filters)["RouteTables"],
        "InternetGatewayId": client.describe_internet_gateways(Filters=filters)["InternetGateways"],
        "AllocationId": client.describe_addresses(Filters=filters)["Addresses"],
    }
    found: dict[str, set[str]] = {}
    for key, entries in listed.items():
        for one in entries:
            found.setdefault(names(one["Tags"])["Stack"], set()).add(one[key])
    return found


def test_stacks_do_not_see_each_other(lab: Lab) -> None:
    for stack in (FIRST, SECOND):
        lab.playbook(f"stacks-{stack}", "site.yml", *TAGS, environment=of(stack))
    before = existing(lab)
    assert before.keys() >= {FIRST, SECOND}
    assert len(before[FIRST]) == len(before[SECOND]) >= 10

    plan = lab.playbook("stacks-plan", "site.yml", *TAGS, "--check", "--diff", environment=of(FIRST))
    assert plan.changed == 0, str(plan)

    away = lab.playbook("stacks-gone", "playbooks/teardown.yml", "-e", f"confirm={FIRST}", environment=of(FIRST))
    assert f"tag Stack={FIRST} any more" in " ".join(away.text.split()), str(away)
    assert SECOND not in away.text, "a teardown names nothing of another stack"
    after = existing(lab)
    assert FIRST not in after
    assert after[SECOND] == before[SECOND]
    still = lab.playbook("stacks-still", "site.yml", *TAGS, "--check", "--diff", environment=of(SECOND))
    assert still.changed == 0, str(still)
