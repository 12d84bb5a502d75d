"""Stacks in one account, the name of one the start of the other's: neither sees the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.e2e.lab import Lab, side_by_side, temporary, until

BOTH = FIRST, SECOND = "shop", "shop-2"
#: The parts whose things are found by the beginning of a name or path, and the network by its tag.
SMALL = ("--tags", "vpc,iam,s3", "-e", "vpc_nat_gateway_mode=single")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The API alone: nothing of this needs a server."""
    with temporary("stacks", int(os.environ.get("RAILYARD_STACKS_PORT", "5192"))) as lab:
        lab.up("--api-only")
        yield lab


def of(stack: str) -> dict[str, str]:
    """Environment of somebody who works with a stack."""
    return {"RAILYARD_STACK": stack}


def seen(lab: Lab, stack: str) -> set[str]:
    """Ids of what a look at a stack lists."""
    return {one["id"] for one in lab.listed(stack)}


def test_stacks_do_not_see_each_other(lab: Lab) -> None:
    account = lab.account()
    side_by_side(partial(lab.playbook, f"stacks-{stack}", "site.yml", *SMALL, environment=of(stack)) for stack in BOTH)
    both = account.belongings()
    of_first, of_second, of_half_a_name = side_by_side(partial(seen, lab, name) for name in (*BOTH, "sho"))
    assert len(of_first) == len(of_second) == 20
    assert not of_first & of_second
    assert not of_half_a_name

    with ThreadPoolExecutor() as pool:
        removal = pool.submit(
            lab.playbook, "stacks-gone", "playbooks/teardown.yml", "-e", f"confirm={FIRST}", environment=of(FIRST)
        )
        until("the removal begins", lambda: removal.done() or len(account.belongings()) < len(both), 90)
        assert not removal.done()
        plan = lab.playbook("stacks-plan", "site.yml", *SMALL, "--check", "--diff", environment=of(SECOND))
        away = removal.result()
    assert plan.changed == 0, str(plan)
    assert f"tag Stack={FIRST} any more" in " ".join(away.text.split()), str(away)
    assert SECOND not in away.text, "a teardown names nothing of another stack"
    left = account.belongings()
    assert len(left) == len(both) / 2, "one is made as the other is"
    assert left == {key: both[key] for key in left}, "what is left is as it was"
    after_first, after_second = side_by_side(partial(seen, lab, stack) for stack in BOTH)
    assert (after_first, after_second) == (set(), of_second)
