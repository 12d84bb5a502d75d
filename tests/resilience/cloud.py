"""What the harnesses build and look at: the cloud part of a stack, in a sandbox that has no servers."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e.lab import LOCK_CALLS, PROJECT, Lab, temporary
from tests.e2e.run import Run
from tests.resilience.record import Record

#: What makes everything in AWS. None of it needs a server.
PLAYBOOKS = ("playbooks/cloud.yml", "playbooks/await.yml")
#: What brings the faults into every process of a run.
SITE = str(PROJECT / "tests" / "faults" / "site")
#: Kinds of which AWS makes another one without a word, by the beginning of their ids.
_UNNAMED = (
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


@contextlib.contextmanager
def account(record: Record, **environment: str) -> Iterator[Lab]:
    """An empty account."""
    with temporary(f"prove-{record.harness}", record.port, **environment) as lab:
        lab.logs = record.logs
        lab.up("--api-only")
        yield lab


def faults(state: Path, **more: str) -> dict[str, str]:
    """The environment of a run with faults; ``more`` are words of ``RAILYARD_FAULTS_*``."""
    return {
        "PYTHONPATH": SITE,
        "RAILYARD_FAULTS": str(state),
        **{f"RAILYARD_FAULTS_{name.upper()}": value for name, value in more.items()},
    }


def build(lab: Lab, name: str, *arguments: str, timeout: float = 1500) -> list[Run]:
    """Run the cloud part; every playbook of it has to end well."""
    return [lab.playbook(name, playbook, *arguments, timeout=timeout) for playbook in PLAYBOOKS]


def named(one: dict[str, Any]) -> str:
    """The name of a thing that has none but its tag, or whose name may come twice."""
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
    return tags.get("Name") or one.get("DomainName") or f"{one.get('Name')} {one.get('Config')}"


def everything_named(lab: Lab) -> list[tuple[str, str]]:
    """Kind and name of what is in the account of the kinds that could be there twice."""
    account = lab.account()
    found = [
        (kind, named(one))
        for identifier, one in account.belongings().items()
        for kind in _UNNAMED
        # Each VPC has a table, a list and a group of its own, without a name.
        if identifier.startswith(kind) and (kind not in ("rtb-", "acl-", "sg-") or "Name" in str(one.get("Tags")))
    ]
    found += [("flow log", one["ResourceId"]) for one in account.ec2.describe_flow_logs()["FlowLogs"]]
    for user in account.iam.list_users()["Users"]:
        keys = account.iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
        found += [("access key", user["UserName"]) for _key in keys]
    return found


def made_twice(lab: Lab, at_least: int = 20) -> list[tuple[str, str]]:
    """Kind and name of what is in the account more than once; that there is something is asked, too."""
    found = everything_named(lab)
    assert len(found) >= at_least, found
    return [one for one, number in Counter(found).items() if number > 1]


def settled(lab: Lab, name: str, *arguments: str, playbooks: tuple[str, ...] = PLAYBOOKS) -> None:
    """One more run changes nothing, in its own words and in the account's."""
    before = lab.calls()
    for playbook in playbooks:
        again = lab.playbook(name, playbook, *arguments)
        assert again.changed == 0, f"it came to no rest: {again.changed_tasks()}\n{again}"
    changed = set(lab.mutations(before)) - set(LOCK_CALLS)
    assert not changed, f"it said that nothing changed, and called {sorted(changed)}"
