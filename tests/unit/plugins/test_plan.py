"""Plans: which resource a changed result is about, what would happen to it, and how that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._plan.modules import MODULES
from ansible_collections.railyard.aws.plugins.module_utils._plan.plan import Plan

PROJECT = Path(__file__).resolve().parents[3]
#: Modules of cloud roles that change nothing in AWS, or that the plan lists as they are.
NO_RESOURCE = {
    "amazon.aws.iam_password_policy",
    "amazon.aws.s3_object",
    "railyard.aws.app_contract",
    "railyard.aws.app_doctor",
    "railyard.aws.app_processes",
    "railyard.aws.app_schedules",
    "railyard.aws.people",
    "railyard.aws.directories",
    "railyard.aws.overriding_lines",
    "railyard.aws.packages",
    "railyard.aws.planned_change",
    "railyard.aws.stack_surplus",
    "railyard.aws.release_link",
    "railyard.aws.s3_lease",
    "railyard.aws.s3_presigned_url",
    "railyard.aws.s3_release_copy",
    "railyard.aws.s3_test_objects",
    "railyard.aws.source_archive",
    "railyard.aws.source_archive_check",
    "railyard.aws.source_git",
    "railyard.aws.sshd_settings",
    "railyard.aws.stack_await",
    "railyard.aws.stack_inputs",
    "railyard.aws.stack_settings",
    "railyard.aws.systemd_unit",
}
#: What a plan lists though it is no resource of a stack.
BESIDE = {"", "Domain", "OpenID Connect provider"}


def entry(name: str, resource_id: str, exists: bool = True) -> dict[str, Any]:
    return {"id": resource_id, "name": name, "exists": exists}


@pytest.fixture
def plan() -> Plan:
    """A plan that has seen a VPC, a security group, and a subnet that is still to be made."""
    plan = Plan()
    plan.look(
        {
            "vpc": {"railyard": entry("railyard", "vpc-1")},
            "security_groups": {"railyard-web": entry("railyard-web", "sg-1")},
            "subnets": {"railyard-public-1": entry("railyard-public-1", "subnet-0", exists=False)},
            "iam_roles": {"railyard-web": entry("railyard-web", "arn:aws:iam::1:role/railyard-web")},
        }
    )
    return plan


TAGGED = {"tags": {"Name": "railyard-public-1"}}
CASES: list[tuple[str, str, dict[str, Any], tuple[str, str, str]]] = [
    ("by its name", "ec2_vpc_net", {"name": "railyard"}, ("change", "VPC", "railyard")),
    ("by its tag Name", "ec2_vpc_subnet", {"cidr": "10.0.0.0/20", **TAGGED}, ("create", "Subnet", "railyard-public-1")),
    ("by its id", "ec2_security_group", {"group_id": "sg-1"}, ("change", "Security group", "railyard-web")),
    (
        "gone",
        "ec2_security_group",
        {"group_id": "sg-1", "state": "absent"},
        ("delete", "Security group", "railyard-web"),
    ),
    ("tags of a thing", "ec2_tag", {"resource": "vpc-1", "tags": {"Name": "x"}}, ("change", "VPC", "railyard")),
    (
        "a policy",
        "iam_policy",
        {"iam_type": "role", "iam_name": "railyard-web"},
        ("change", "IAM role", "railyard-web"),
    ),
    ("none that is known", "unheard_of", {"name": "x"}, ("change", "setting", "network: Do something")),
]


@pytest.mark.parametrize(("module", "arguments", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_changed_result_is_about(plan, module, arguments, line):
    plan.add("network", f"amazon.aws.{module}", "Do something", arguments, {"changed": True})
    assert [(one.action, one.what, one.name) for one in plan.changes()] == [line]


def test_what_a_role_says_counts_like_a_result(plan):
    plan.add("storage", "railyard.aws.planned_change", "Plan", {}, {"kind": "buckets", "name": "b", "action": "create"})
    plan.add("identity", "railyard.aws.planned_change", "Plan", {}, {"kind": "Policy", "name": "p", "action": "change"})
    assert [(one.action, one.what, one.name) for one in plan.changes()] == [
        ("create", "Bucket", "b"),
        ("change", "Policy", "p"),
    ]


def test_several_tasks_about_one_thing_are_one_line(plan):
    for arguments in ({"name": "railyard-alb"}, {"name": "railyard-alb", "rules": []}):
        plan.add("firewall", "amazon.aws.ec2_security_group", "Make", arguments, {"changed": True})
    assert [one.action for one in plan.changes()] == ["create"]


def test_made_again_under_its_name_is_a_replacement(plan):
    plan.add("a", "railyard.aws.planned_change", "", {}, {"kind": "vpc_endpoints", "name": "e", "action": "create"})
    plan.add("a", "railyard.aws.planned_change", "", {}, {"kind": "vpc_endpoints", "name": "e", "action": "delete"})
    assert [one.action for one in plan.changes()] == ["replace"]


def test_what_a_later_look_finds_is_changed_and_not_made(plan):
    arguments = {"replication_group_id": "c"}
    plan.add("cache", "railyard.aws.elasticache_replication_group", "", arguments, {"changed": True})
    plan.look({"replication_groups": {"c": entry("c", "c")}})
    assert [one.action for one in plan.changes()] == ["change"]


def test_of_a_run_the_first_look_tells_what_there_was_before():
    done = Plan(done=True)
    done.look({"replication_groups": {}})
    done.add(
        "cache", "railyard.aws.elasticache_replication_group", "", {"replication_group_id": "c"}, {"changed": True}
    )
    done.look({"replication_groups": {"c": entry("c", "c")}})
    assert [(one.action, one.name) for one in done.changes()] == [("create", "c")]


def test_the_default_group_comes_with_its_vpc(plan):
    plan.add("network", "amazon.aws.ec2_security_group", "", {"name": "default"}, {"changed": True})
    assert [(one.action, one.name) for one in plan.changes()] == [("change", "default")]


def test_what_was_made_twice_is_deleted_by_its_id(plan):
    result = {"kind": "vpc", "name": "railyard (vpc-2)", "action": "delete", "changed": True}
    plan.add("network", "railyard.aws.stack_surplus", "", {"kind": "vpc", "id": "vpc-2"}, result)
    assert [(one.action, one.name) for one in plan.changes()] == [("delete", "railyard (vpc-2)")]


def test_a_module_that_keeps_several_tells_which(plan):
    told = {"changed": True, "created": ["s/web03/cpu"], "mended": [], "removed": ["s/web02/cpu"]}
    plan.add("monitoring", "railyard.aws.cloudwatch_alarms", "Ensure the alarms", {"alarms": []}, told)
    assert [(one.action, one.name) for one in plan.changes()] == [("create", "s/web03/cpu"), ("delete", "s/web02/cpu")]


def test_one_call_may_make_two_things(plan):
    arguments = {"name": "shop-smtp", "secret_name": "/shop/smtp", "tags": {"Name": "shop-smtp"}}
    plan.add("mail", "railyard.aws.ses_smtp_credentials", "", arguments, {"changed": True})
    assert {(one.kind, one.name) for one in plan.changes()} == {("iam_users", "shop-smtp"), ("secrets", "/shop/smtp")}


def test_a_part_of_something_that_is_only_planned_adds_no_line(plan):
    plan.add("a", "community.aws.s3_lifecycle", "", {"name": "new-bucket"}, {"changed": True})
    assert plan.changes() == []


def test_lines_follow_the_order_of_making_and_end_with_the_total(plan):
    plan.add("a", "amazon.aws.elb_application_lb", "", {"name": "railyard"}, {"changed": True})
    plan.add("a", "amazon.aws.ec2_vpc_net", "", {"name": "railyard"}, {"changed": True})
    assert list(plan.lines()) == [
        "  change   VPC            railyard",
        "  create   Load balancer  railyard",
        "  1 to create, 1 to change, 0 to replace, 0 to delete",
    ]


def test_nothing_to_do_is_said():
    assert list(Plan().lines()) == ["  Nothing would change."]


def test_every_module_makes_a_kind_that_is_known():
    assert {kind for made in MODULES.values() for kind, _spec in made} - BESIDE <= set(KINDS)


def aws_modules() -> set[str]:
    """Modules that the roles use on AWS."""
    found: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                collect(one)
        elif isinstance(node, dict):
            found.update(key for key in node if str(key).startswith(("amazon.aws.", "community.aws.", "railyard.aws.")))
            for key in ("block", "rescue", "always"):
                collect(node.get(key))

    for path in (PROJECT / "roles").glob("*/tasks/*.yml"):
        collect(yaml.safe_load(path.read_text("utf-8")))
    return found


def test_every_module_that_the_roles_use_is_known_to_plans():
    changing = {name for name in aws_modules() if not name.endswith("_info")}
    assert {"amazon.aws.ec2_vpc_net", "railyard.aws.alb_target_group"} <= changing
    assert sorted(changing - set(MODULES) - NO_RESOURCE) == []


def test_every_module_that_a_kind_names_is_used_by_a_role():
    assert sorted(set(MODULES) - aws_modules()) == []
