"""Stacks in one account, the name of one the start of the other's: neither sees the other."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.lab import Lab, until

FIRST, SECOND = "shop", "shop-2"
TAGS = ("--tags", "vpc,security,iam,s3")


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


def seen(lab: Lab, stack: str) -> set[str]:
    """Ids of what a look at a stack lists."""
    done = lab.command(
        *("ansible", "localhost", "-m", "railyard.aws.stack_info"),
        *("-a", f"stack={stack} region={lab.environment['AWS_REGION']}"),
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
    )
    assert done.returncode == 0, done.stdout
    return {one["id"] for one in json.loads(done.stdout.partition("=> ")[2])["resources"]}


def test_stacks_do_not_see_each_other(lab: Lab) -> None:
    account = lab.account()
    lab.playbook("stacks-second", "site.yml", *TAGS, environment=of(SECOND))
    of_second = account.belongings()
    look = seen(lab, SECOND)

    # The look at an account that holds the longer name only: the shorter one finds nothing of it to adopt.
    lab.playbook("stacks-first", "site.yml", *TAGS, environment=of(FIRST))
    both = account.belongings()
    assert len(both) == 2 * len(of_second), "one is made as the other is"
    assert {key: both[key] for key in of_second} == of_second, "making one changes nothing of the other"
    of_first = seen(lab, FIRST)
    assert seen(lab, SECOND) == look
    assert len(of_first) == len(look) > 20
    assert not of_first & look
    assert not seen(lab, "sho"), "half a name is nobody's"

    with ThreadPoolExecutor() as side:
        removal = side.submit(
            lab.playbook, "stacks-gone", "playbooks/teardown.yml", "-e", f"confirm={FIRST}", environment=of(FIRST)
        )
        until("the removal begins", lambda: removal.done() or len(account.belongings()) < len(both), 60)
        assert not removal.done()
        plan = lab.playbook("stacks-plan", "site.yml", *TAGS, "--check", "--diff", environment=of(SECOND))
        away = removal.result()
    assert plan.changed == 0, str(plan)
    assert f"tag Stack={FIRST} any more" in " ".join(away.text.split()), str(away)
    assert SECOND not in away.text, "a teardown names nothing of another stack"
    assert account.belongings() == of_second
    assert seen(lab, SECOND) == look
