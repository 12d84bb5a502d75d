"""A first build on a bad day of AWS: each change is carried out and answered with an error, nothing is seen at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.lab import LOCK_CALLS, PROJECT, Lab, temporary

#: What makes everything in AWS. None of it needs a server.
PLAYBOOKS = ("playbooks/cloud.yml", "playbooks/await.yml")
#: What a build of the whole stack is at least made of.
CHANGES = 60


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with temporary("bad-day", int(os.environ.get("RAILYARD_BAD_DAY_PORT", "5197"))) as lab:
        lab.up("--api-only")
        yield lab


def named(one: dict[str, Any]) -> str:
    """The name of a thing that has none but its tag, or whose name may come twice."""
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
    return tags.get("Name") or one.get("DomainName") or f"{one.get('Name')} {one.get('Config')}"


def made_twice(lab: Lab) -> list[tuple[str, str]]:
    """Kind and name of what is in the account more than once."""
    account = lab.account()
    kinds = (
        "vpc-",
        "igw-",
        "subnet-",
        "rtb-",
        "acl-",
        "nat-",
        "eipalloc-",
        "sg-",
        "i-",
        "vpce-",
        "arn:aws:acm",
        "/hosted",
    )
    found = [
        (kind, named(one))
        for identifier, one in account.belongings().items()
        for kind in kinds
        # Each VPC has a table, a list and a group of its own, without a name.
        if identifier.startswith(kind) and (kind not in ("rtb-", "acl-", "sg-") or "Name" in str(one.get("Tags")))
    ]
    found += [("flow log", one["ResourceId"]) for one in account.ec2.describe_flow_logs()["FlowLogs"]]
    for user in account.iam.list_users()["Users"]:
        keys = account.iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
        found += [("access key", user["UserName"]) for _key in keys]
    assert len(found) > 20, found
    return [one for one, number in Counter(found).items() if number > 1]


def test_a_first_build_ends_well_with_everything_made_once(lab: Lab) -> None:
    bad = {
        "PYTHONPATH": str(PROJECT / "tests" / "faults" / "site"),
        "RAILYARD_FAULTS": str(lab.root / "faults"),
        "RAILYARD_FAULTS_LATE": "yes",
    }
    for playbook in PLAYBOOKS:
        lab.playbook("bad-day", playbook, environment=bad, timeout=3000)
    faults = [path for path in (lab.root / "faults").iterdir() if path.is_file()]
    assert len(faults) > CHANGES, sorted(path.name for path in faults)
    assert made_twice(lab) == []
    before = lab.calls()
    for playbook in PLAYBOOKS:
        again = lab.playbook("good-day", playbook)
        assert again.changed == 0, again.changed_tasks()
    assert not set(lab.mutations(before)) - set(LOCK_CALLS)
