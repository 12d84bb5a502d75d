"""Nothing is changed that is as it should be: by a second run, by a plan, by any role alone."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.e2e.lab import LOCK_CALLS, Lab, side_by_side
from tests.e2e.run import Run


def test_second_run_changes_nothing(stack: Lab) -> None:
    before = stack.calls()
    run = stack.playbook("second", "site.yml")
    assert run.changed == 0, str(run)
    # The servers prove their bucket, and the visit at the end takes away what it posted and received.
    of_the_visit = ("/health/", "/pictures/", f"/{stack.account().bucket('mail')}/mail")
    mutations = {action for action in stack.mutations(before) if not re.match(r"s3 (PUT|DELETE) ", action)}
    objects = {action.split(" ", 2)[2] for action in stack.mutations(before) if action not in mutations}
    assert {action: stack.mutations(before)[action] for action in mutations} == LOCK_CALLS
    assert [path for path in objects if not path.startswith(of_the_visit)] == []


def test_plan_shows_nothing(stack: Lab) -> None:
    run = stack.playbook("plan", "site.yml", "--check", "--diff")
    assert run.changed == 0, str(run)
    assert run.total("failed") == 0, str(run)


CLOUD = ("iam", "s3", "vpc", "security", "route53", "ec2", "alb", "rds", "elasticache", "ses", "cloudwatch")
SERVERS = ("jump", "common", "nginx", "rbenv", "app")


def alone(stack: Lab, tag: str) -> Run:
    """The run of one part."""
    # Two at a time: the one waits for the other's lock.
    return stack.playbook(f"tag-{tag}", "site.yml", "--tags", tag, "-e", "railyard_lock_timeout=600")


@pytest.fixture(scope="module")
def cloud(stack: Lab) -> dict[str, Run]:
    """A run of each role of the cloud, by tag."""
    return dict(zip(CLOUD, side_by_side(partial(alone, stack, tag) for tag in CLOUD), strict=True))


@pytest.mark.parametrize("tag", CLOUD)
def test_role_of_the_cloud_alone_changes_nothing(cloud: dict[str, Run], tag: str) -> None:
    run = cloud[tag]
    assert run.changed == 0, str(run)
    assert run.total("ok") > 1, str(run)


@pytest.mark.parametrize("tag", [*SERVERS, "verify"])
def test_role_of_the_servers_alone_changes_nothing(stack: Lab, tag: str) -> None:
    run = alone(stack, tag)
    assert run.changed == 0, str(run)
    assert run.total("ok") > 1, str(run)
