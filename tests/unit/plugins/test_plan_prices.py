"""What a plan says of money: each line what it adds or saves, the total, and what nobody knows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._plan.plan import Plan
from report_lab import sample

TOKYO = "ap-northeast-1"
SERVER = {
    "name": "railyard-web03",
    "instance_type": "t3.small",
    "network_interfaces": [{"assign_public_ip": False}],
    "volumes": [{"ebs": {"volume_size": 30, "volume_type": "gp3"}}],
}
DATABASE = {
    "db_instance_identifier": "railyard",
    "engine": "mysql",
    "instance_class": "db.t4g.small",
    "allocated_storage": 20,
    "storage_type": "gp3",
    "multi_az": False,
}
CACHE = {
    "replication_group_id": "railyard",
    "node_type": "cache.t4g.micro",
    "num_node_groups": 3,
    "replicas_per_node_group": 1,
}


def planned(module: str, arguments: dict[str, Any], stack: dict[str, Any] | None = None, **result: Any) -> Plan:
    plan = Plan()
    plan.look(sample() if stack is None else stack, TOKYO)
    plan.add("a", module, "Do it", arguments, {"changed": True, **result})
    return plan


CASES = [
    ("create a NAT gateway", "amazon.aws.ec2_vpc_nat_gateway", {"tags": {"Name": "railyard-nat-3"}}, "+45.26"),
    ("launch a server", "amazon.aws.ec2_instance", SERVER, "+22.74"),
    ("delete a server", "amazon.aws.ec2_instance", {"instance_ids": ["{web01}"], "state": "absent"}, "-22.74"),
    ("delete a jump host", "amazon.aws.ec2_instance", {"instance_ids": ["{jump01}"], "state": "absent"}, "-14.35"),
    ("double a database", "railyard.aws.rds_instance", DATABASE, "+18.98"),
    ("a database of its own class", "railyard.aws.rds_instance", DATABASE | {"instance_class": "db.t4g.micro"}, ""),
    (
        "a standby",
        "railyard.aws.rds_instance",
        DATABASE | {"instance_class": "db.t4g.micro", "multi_az": True},
        "+21.01",
    ),
    ("another shard", "railyard.aws.elasticache_replication_group", CACHE, "+35.04"),
    (
        "fewer replicas",
        "railyard.aws.elasticache_replication_group",
        CACHE | {"num_node_groups": 2, "replicas_per_node_group": 0},
        "-35.04",
    ),
    ("no price", "railyard.aws.rds_instance", DATABASE | {"instance_class": "db.x2g.large"}, "-18.25 + ?"),
    ("create a server of no price", "amazon.aws.ec2_instance", SERVER | {"instance_type": "m9.huge"}, "+2.88 + ?"),
    ("a bucket", "amazon.aws.s3_bucket", {"name": "railyard-more"}, "by use"),
    ("a change of a bucket", "amazon.aws.s3_bucket", {"name": next(iter(sample()["buckets"]))}, ""),
    ("a security group", "amazon.aws.ec2_security_group", {"name": "railyard-more"}, ""),
    ("rename a load balancer's listener", "amazon.aws.elb_application_lb", {"name": "railyard", "listeners": []}, ""),
]


@pytest.mark.parametrize(
    ("module", "arguments", "amount"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_line_says_what_it_adds(module: str, arguments: dict[str, Any], amount: str) -> None:
    ids = {one["hostname"]: one["id"] for one in sample()["instances"].values()}
    if "instance_ids" in arguments:
        arguments = arguments | {"instance_ids": [one.format(**ids) for one in arguments["instance_ids"]]}
    line = next(iter(planned(module, arguments).lines()))
    assert re.split(r" {2,}", line.strip())[3:] == ([amount] if amount else []), line


def test_servers_of_an_empty_account_have_prices_too() -> None:
    billed = {"instance_type": "t3.micro", "public": True, "volumes": [{"type": "gp3", "size": 8}]}
    said = {"kind": "instances", "name": "railyard-jump01", "action": "create", "billed": billed}
    assert planned("railyard.aws.planned_change", {}, {}, **said).records()[0]["monthly"] == "14.35"


def test_what_is_made_again_costs_the_difference() -> None:
    plan = planned("railyard.aws.planned_change", {}, kind="nat_gateways", name="railyard-nat-1", action="create")
    plan.add(
        "a",
        "railyard.aws.planned_change",
        "",
        {},
        {"kind": "nat_gateways", "name": "railyard-nat-1", "action": "delete"},
    )
    (record,) = plan.records()
    assert (record["action"], record["monthly"]) == ("replace", "0.00")


def test_the_total_is_the_sum_and_says_whose_prices() -> None:
    plan = planned("amazon.aws.ec2_vpc_nat_gateway", {"tags": {"Name": "railyard-nat-3"}})
    plan.add("a", "railyard.aws.cloudwatch_alarms", "", {}, {"created": ["railyard/a", "railyard/b"], "removed": []})
    plan.add("a", "amazon.aws.ec2_instance", "", SERVER | {"instance_type": "m9.huge"}, {"changed": True})
    text = list(plan.lines())
    assert text[4] == "  4 to create, 0 to change, 0 to replace, 0 to delete"
    assert text[5].startswith("  +48.34 + ? USD a month, 0.066 an hour, at prices of ap-northeast-1: ")
    assert "  Billed by use, in USD: 0.062 for a GB through a NAT gateway" in text
    assert "  Without a price: the table has no price of m9.huge" in text


def test_a_plan_that_saves_says_so_with_its_sign() -> None:
    gone = {"nat_gateway_id": sample()["nat_gateways"]["railyard-nat-2"]["id"], "state": "absent"}
    text = list(planned("amazon.aws.ec2_vpc_nat_gateway", gone).lines())
    assert text[0].endswith("railyard-nat-2  -45.26")
    assert text[2].startswith("  -45.26 USD a month, -0.062 an hour")


def test_a_plan_that_costs_nothing_says_so() -> None:
    text = list(planned("amazon.aws.ec2_security_group", {"name": "railyard-more"}).lines())
    assert text[-1] == "  Nothing of it changes the bill."


def test_programs_get_amounts_and_no_guess() -> None:
    assert planned("amazon.aws.ec2_instance", SERVER).records() == [
        {"action": "create", "what": "Server", "name": "railyard-web03", "kind": "instances", "monthly": "22.74"}
    ]
    assert planned("amazon.aws.ec2_instance", SERVER | {"instance_type": "m9.huge"}).records()[0]["monthly"] is None
    assert planned("amazon.aws.ec2_security_group", {"name": "x"}).records()[0]["monthly"] is None
