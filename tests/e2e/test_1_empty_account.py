"""On an empty account: plans work, wrong inputs stop before anything is made, roles name what they stand on."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from tests.e2e.account import STACK
from tests.e2e.lab import LOCK_CALLS, Lab, side_by_side
from tests.e2e.run import Run


def extra(**variables: object) -> tuple[str, ...]:
    """Arguments that set variables with their types kept."""
    return ("-e", json.dumps(variables))


#: A bucket that another account has.
TAKEN = f"{STACK}-taken"

WRONG = {
    "overlapping-subnets": (
        extra(railyard_public_subnet_cidrs=["10.0.0.0/20", "10.0.8.0/21"]),
        {},
        ["10.0.8.0/21", "overlap"],
    ),
    "subnet-outside": (
        extra(railyard_private_subnet_cidrs=["10.0.64.0/20", "10.9.0.0/20"]),
        {},
        ["10.9.0.0/20", "10.0.0.0/16"],
    ),
    "unknown-region": ((), {"AWS_REGION": "ap-northeast-9"}, ["ap-northeast-9", "did you mean"]),
    "one-zone-for-two": (extra(railyard_zones=["ap-northeast-1a"]), {}, ["railyard_zones", "railyard_zone_count"]),
    "missing-key-file": (
        extra(railyard_ssh_key_generate=False, railyard_ssh_key_file="/nowhere/stack.pem"),
        {},
        ["/nowhere/stack.pem", "railyard_ssh_key_generate"],
    ),
    "taken-bucket": (extra(railyard_uploads_bucket=TAKEN), {}, [TAKEN, "railyard_uploads_bucket", "another account"]),
    "no-web-server": (extra(railyard_web_count=0), {}, ["railyard_web_count", "0"]),
    "world-in-halves": (
        extra(railyard_admin_cidrs=["0.0.0.0/1", "128.0.0.0/1"]),
        {},
        ["railyard_admin_cidrs", "0.0.0.0/1, 128.0.0.0/1", "the whole internet"],
    ),
    "role-variables": (
        extra(rds_multi_zone=True, nginx_ipv6="maybe", elasticache_snapshot_window="17:00-17:10"),
        {},
        ["rds_multi_zone", "rds_multi_az", "nginx_ipv6 is 'maybe'", "elasticache_snapshot_window is '17:00-17:10'"],
    ),
    "unknown-profile": ((), {"AWS_PROFILE": "nobodys"}, ["AWS_PROFILE is 'nobodys'", "unset AWS_PROFILE"]),
    "unknown-tag": (("--tags", "vcp"), {}, ["vcp", "vpc"]),
}


@pytest.fixture(scope="module")
def refused(lab: Lab) -> dict[str, Run]:
    """A run with each wrong input, none of which reached anything."""

    def run(case: str) -> Run:
        arguments, environment, _words = WRONG[case]
        return lab.playbook(case, "site.yml", *arguments, fails=True, environment=environment)

    lab.account().bucket_of_somebody_else(TAKEN)
    before = lab.calls()
    runs = side_by_side(partial(run, case) for case in WRONG)
    assert lab.mutations(before) == {}
    return dict(zip(WRONG, runs, strict=True))


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_stops_before_anything_is_made(empty: Lab, refused: dict[str, Run], case: str) -> None:
    run, words = refused[case], WRONG[case][2]
    said = " ".join(line.strip() for line in run.text.partition("fatal: ")[2].splitlines())
    assert not [word for word in words if word not in said], str(run)
    assert run.changed == 0, str(run)


def test_plan_shows_everything_and_makes_nothing(empty: Lab) -> None:
    before = empty.calls()
    run = empty.playbook(
        *("plan-empty", "playbooks/plan.yml", "--check", "--diff"),
        environment={"RAILYARD_PLAN_FILE": str(empty.plan_file)},
    )
    assert (run.total("failed"), run.total("unreachable")) == (0, 0), str(run)
    assert re.search(r"^  \d\d+ to create, \d+ to change, 0 to replace, 0 to delete$", run.text, re.MULTILINE), str(run)
    assert empty.mutations(before) == {}
    assert empty.account().belongings() == {}


def test_plan_outside_check_mode_refuses(empty: Lab) -> None:
    before = empty.calls()
    run = empty.playbook("plan-unchecked", "playbooks/plan.yml", fails=True)
    assert "make plan" in run.text and "--check" in run.text, str(run)
    assert empty.mutations(before) == {}


@pytest.mark.parametrize("tag", ["security", "ec2", "alb"])
def test_role_alone_names_what_it_stands_on(empty: Lab, tag: str) -> None:
    before = empty.calls()
    run = empty.playbook(f"alone-{tag}", "site.yml", "--tags", tag, fails=True)
    said = " ".join(run.text.split())
    assert "VPC 'railyard'" in said and "not found in ap-northeast-1" in said, str(run)
    assert "ansible-playbook site.yml --tags vpc" in said, str(run)
    assert empty.mutations(before) == LOCK_CALLS


@pytest.mark.parametrize("tag", ["jump", "nginx"])
def test_host_role_alone_names_the_servers_it_needs(empty: Lab, tag: str) -> None:
    before = empty.calls()
    run = empty.playbook(f"alone-{tag}", "site.yml", "--tags", tag, fails=True)
    assert "ansible-playbook site.yml --tags ec2" in " ".join(run.text.split()), str(run)
    assert empty.mutations(before) == {}


@pytest.mark.parametrize("playbook", ["app", "deploy", "rollback", "maintenance"])
def test_playbook_for_servers_fails_where_there_are_none(empty: Lab, playbook: str) -> None:
    before = empty.calls()
    arguments = ("-e", "maintenance=on") if playbook == "maintenance" else ()
    run = empty.playbook(f"without-{playbook}", f"playbooks/{playbook}.yml", *arguments, fails=True)
    assert "ansible-playbook site.yml --tags ec2" in " ".join(run.text.split()), str(run)
    assert empty.mutations(before) == {}
