"""Nothing is changed that is as it should be: by a second run, by a plan, by any role alone."""

from __future__ import annotations

import pytest

from tests.e2e.lab import Lab


def test_second_run_changes_nothing(stack: Lab) -> None:
    before = stack.calls()
    run = stack.playbook("second", "site.yml")
    assert run.changed == 0, str(run)
    # The visit at the end takes away what it made: the mail that it received.
    mail = stack.account().bucket("mail")
    assert stack.mutations(before).keys() <= {f"s3 DELETE /{mail}/mail"}


def test_plan_shows_nothing(stack: Lab) -> None:
    run = stack.playbook("plan", "site.yml", "--check", "--diff")
    assert run.changed == 0, str(run)
    assert run.total("failed") == 0, str(run)


CLOUD = ("iam", "s3", "vpc", "security", "route53", "ec2", "alb", "rds", "elasticache", "ses", "cloudwatch")
SERVERS = ("jump", "common", "nginx", "rbenv", "app")


@pytest.mark.parametrize("tag", [*CLOUD, *SERVERS, "verify"])
def test_role_alone_changes_nothing(stack: Lab, tag: str) -> None:
    run = stack.playbook(f"tag-{tag}", "site.yml", "--tags", tag)
    assert run.changed == 0, str(run)
    assert run.total("ok") > 1, str(run)
