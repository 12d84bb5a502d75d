"""Prices: what a thing costs, what a stack costs, and that nobody takes what has no price for free."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.stack_cost import stack_cost as stack_cost_filter
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._prices.amounts import added, known
from ansible_collections.railyard.aws.plugins.module_utils._prices.cost import _BILLED, Cost, cost_of
from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import cost_lines, stack_cost
from ansible_collections.railyard.aws.plugins.module_utils._prices.table import (
    DATE,
    EVERYWHERE,
    OLD,
    PRICES,
    age_warning,
    price,
)
from ansible_collections.railyard.aws.plugins.module_utils._prices.uses import USES
from report_lab import PROJECT, page, sample

TOKYO = "ap-northeast-1"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "entry", "monthly"),
    [
        ("nat_gateways", {}, "45.26"),
        ("elastic_ips", {}, "3.65"),
        ("instances", {"instance_type": "t3.small"}, "19.86"),
        ("instances", {"instance_type": "t3.small", "public_ip_address": "203.0.113.9"}, "23.51"),
        ("instances", {"instance_type": "t3.small", "public_ip_address": "203.0.113.9", "elastic": True}, "19.86"),
        ("instances", {"instance_type": "t3.small", "state": "stopped"}, "0.00"),
        ("auto_scaling_groups", {"instance_type": "t4g.nano", "volumes": [{"size": 4, "type": "gp3"}]}, "4.33"),
        ("auto_scaling_groups", {"instances": [{"instance_type": "t4g.nano"}]}, "3.94"),
        ("auto_scaling_groups", {"instances": []}, "0.00"),
        ("instances", {"instance_type": "t3.micro", "volumes": [{"size": 8, "type": "gp3"}]}, "10.70"),
        ("volumes", {"size": 30, "type": "gp3"}, "2.88"),
        ("load_balancers", {"subnet_ids": ["a", "c"]}, "25.04"),
        ("load_balancers", {"subnet_ids": ["a", "c"], "scheme": "internal"}, "17.74"),
        ("databases", {"instance_class": "db.t4g.micro", "allocated_storage": 20, "storage_type": "gp3"}, "21.01"),
        ("databases", {"instance_class": "db.t4g.micro", "allocated_storage": 20, "multi_az": True}, "42.02"),
        ("databases", {"instance_class": "db.t4g.micro", "allocated_storage": 20, "state": "stopped"}, "2.76"),
        ("replication_groups", {"node_type": "cache.t4g.micro", "member_clusters": ["a", "b", "c", "d"]}, "70.08"),
        (
            "replication_groups",
            {"node_type": "cache.t4g.micro", "num_node_groups": 2, "replicas_per_node_group": 1},
            "70.08",
        ),
        (
            "replication_groups",
            {"node_type": "cache.t4g.micro", "num_node_groups": 2, "replicas_per_node_group": [0, 2]},
            "70.08",
        ),
        ("replication_groups", {"node_type": "cache.t4g.micro", "num_node_groups": 1, "engine": "valkey"}, "14.02"),
        ("vpc_endpoints", {"type": "Gateway"}, "0.00"),
        ("vpc_endpoints", {"type": "Interface", "subnet_ids": ["a", "c"]}, "20.44"),
        ("log_groups", {"stored_bytes": 10 * 2**30}, "0.33"),
        ("alarms", {}, "0.10"),
        ("dashboards", {}, "3.00"),
        ("secrets", {}, "0.40"),
        ("hosted_zones", {}, "0.50"),
    ],
)
def test_a_thing_costs(kind: str, entry: dict[str, Any], monthly: str) -> None:
    cost = cost_of(kind, entry, TOKYO)
    assert (known(cost), cost.unknown) == (monthly, ())


@pytest.mark.parametrize(
    ("kind", "entry", "says"),
    [
        ("instances", {"instance_type": "m7g.large"}, "no price of m7g.large"),
        ("instances", {}, "no price of an unknown type of server"),
        ("databases", {"instance_class": "db.r6g.large", "allocated_storage": 20}, "no price of db.r6g.large"),
        ("databases", {"engine": "postgres", "instance_class": "db.t3.micro"}, "no price of a database of postgres"),
        ("databases", {"instance_class": "db.t3.micro", "storage_type": "io1", "allocated_storage": 9}, "9 GiB of io1"),
        ("replication_groups", {"node_type": "cache.r7g.large", "num_node_groups": 1}, "no price of cache.r7g.large"),
        ("volumes", {"size": 100, "type": "io2"}, "a volume of type io2 and 100 GiB"),
    ],
)
def test_what_has_no_price_is_said_and_is_not_free(kind: str, entry: dict[str, Any], says: str) -> None:
    cost = cost_of(kind, entry, TOKYO)
    assert says in "".join(cost.unknown)
    assert known(cost).endswith("?") and added(cost).endswith("?")


def test_a_region_that_is_not_in_the_table_is_said_with_those_that_are() -> None:
    assert cost_of("nat_gateways", {}, "eu-north-1").unknown == (
        "the table has no prices of eu-north-1, only of ap-northeast-1, eu-central-1, us-east-1",
    )


@pytest.mark.parametrize("kind", ["vpc", "subnets", "security_groups", "iam_roles", "certificates", "route_tables"])
def test_what_aws_does_not_bill_has_no_cost(kind: str) -> None:
    assert cost_of(kind, {}, TOKYO) is None


def test_costs_add_up_and_differ() -> None:
    one, other = Cost(Decimal(3), ("bucket_gb",), ("x",)), Cost(Decimal(1), ("bucket_gb", "snapshots"), ("y",))
    assert one + other == Cost(Decimal(4), ("bucket_gb", "snapshots"), ("x", "y"))
    assert one - other == Cost(Decimal(2), (), ("x", "y"))
    assert one - one == Cost()


def test_every_region_prices_the_same_things() -> None:
    first, *others = PRICES.values()
    assert others and all(set(one) == set(first) for one in others)
    assert all(amount > 0 for prices in (*PRICES.values(), EVERYWHERE) for amount in prices.values())


def test_greater_sizes_cost_more() -> None:
    for region in PRICES:
        for family in ("t3", "t4g", "t2", "db.t3", "db.t4g", "cache.t3", "cache.t4g"):
            amounts = [price(f"{family}.{size}", region) for size in ("micro", "small", "medium")]
            assert amounts == sorted(amounts) and amounts[0] < amounts[2], (region, family)


def test_the_defaults_and_the_book_s_profile_have_prices_everywhere() -> None:
    named: set[str] = set()
    for file in [*(PROJECT / "group_vars/all").glob("*.yml"), *(PROJECT / "profiles").glob("*.yml")]:
        for name, value in yaml.safe_load(file.read_text("utf-8")).items():
            # One that follows another has its price.
            if name.endswith(("_instance_type", "_instance_class", "_node_type")) and "{{" not in value:
                named.add(value)
    assert {"t3.small", "t2.micro", "db.t4g.micro", "cache.t4g.micro"} <= named
    assert [(one, region) for one in named for region in PRICES if price(one, region) is None] == []


def test_what_is_billed_is_a_kind_and_what_is_billed_by_use_has_words() -> None:
    assert set(_BILLED) - set(KINDS) == {"Domain"}
    used = {key for kind in _BILLED for key in cost_of(kind, {"type": "Interface", "size": 1}, TOKYO).by_use}
    assert used == set(USES)


def test_an_old_table_is_warned_of() -> None:
    assert age_warning(DATE + timedelta(days=OLD)) == ""
    warning = age_warning(DATE + timedelta(days=OLD + 1))
    assert "181 days old" in warning and "https://calculator.aws" in warning
    assert age_warning(date(2020, 1, 1)) == ""


def test_a_stack_costs_the_sum_of_its_things() -> None:
    found = stack_cost(sample(), TOKYO, NOW)
    assert sum(Decimal(row["monthly"]) for row in found["rows"]) == pytest.approx(
        Decimal(found["monthly"]), abs=Decimal("0.05")
    )
    assert [row["label"] for row in found["rows"]][:3] == ["NAT gateway", "Cache", "Server"]
    assert (found["monthly"], found["hourly"], found["unknown"]) == ("280.07", "0.384", [])


def test_the_readmes_say_what_the_defaults_cost() -> None:
    monthly = Decimal(stack_cost(sample(), TOKYO, NOW)["monthly"])
    for readme in ("README.md", "README.ko.md"):
        text = (PROJECT / readme).read_text("utf-8")
        (said,) = re.findall(r"0\.40 US dollars an hour, (\d+) a month|한 달에 약 (\d+)달러", text)
        # With some forty alarms in place of the sample's six.
        assert abs(Decimal("".join(said)) - monthly) < 20, readme


def test_what_it_has_cost_counts_from_when_each_thing_was_made() -> None:
    stack = {
        "nat_gateways": {
            "n": {"name": "n", "id": "nat-1", "exists": True, "tags": {}, "created": "2026-11-26T08:00:00Z"}
        }
    }
    found = stack_cost(stack, TOKYO, NOW)
    assert (found["hourly"], found["so_far"], found["undated"]) == ("0.062", "0.06", "0.00")
    later = stack_cost(stack, TOKYO, NOW + timedelta(hours=99))
    assert later["so_far"] == "6.20"
    del stack["nat_gateways"]["n"]["created"]
    assert (stack_cost(stack, TOKYO, NOW)["so_far"], stack_cost(stack, TOKYO, NOW)["undated"]) == ("0.00", "45.26")


def test_the_address_of_a_server_that_is_an_elastic_ip_is_billed_once() -> None:
    stack = sample()
    before = Decimal(stack_cost(stack, TOKYO, NOW)["monthly"])
    address = stack["instances"]["railyard-jump01"]["public_ip_address"]
    stack["elastic_ips"]["jump"] = stack["elastic_ips"]["railyard-nat-1"] | {"public_ip": address}
    assert Decimal(stack_cost(stack, TOKYO, NOW)["monthly"]) == before


def test_what_does_not_exist_yet_costs_nothing_yet() -> None:
    stack = sample()
    for kind in stack.values():
        for entry in kind.values():
            entry["exists"] = False
    assert cost_lines(stack_cost(stack, TOKYO, NOW)) == ["Nothing of the stack is billed."]


def test_the_lines_say_the_total_its_date_and_what_is_not_in_it() -> None:
    text = "\n".join(stack_cost_filter({"stack": sample(), "region": TOKYO}, now="2026-11-26T09:00:00Z")["lines"])
    assert re.search(r"^In all, USD a month +280\.07$", text, re.MULTILINE)
    for said in (
        "0.384 USD an hour",
        "Since it was made",
        "0.062 for a GB through a NAT gateway",
        DATE.isoformat(),
        "days old",
    ):
        assert said in text, said


def test_a_moment_without_a_zone_is_utc() -> None:
    look = {"stack": sample(), "region": TOKYO}
    told = [stack_cost_filter(look, now=now)["so_far"] for now in ("2026-11-26T09:00:00", "2026-11-26T18:00:00+09:00")]
    assert told[0] == told[1] != "0.00"


def test_a_total_without_some_price_is_no_total() -> None:
    stack = sample()
    stack["databases"]["railyard"]["instance_class"] = "db.r6g.large"
    found = stack_cost(stack, TOKYO, NOW)
    assert found["monthly"].endswith(" + ?")
    assert "Without a price: the table has no price of db.r6g.large." in "\n".join(cost_lines(found))


BUDGET = {
    **{"exists": True, "id": "arn:aws:budgets::1:budget/b", "name": "railyard-ap-northeast-1", "limit": 50.0},
    **{
        "cost_filters": {},
        "notifications": [],
        "tags": {},
        "currency": "USD",
        "actual_spend": 12.3,
        "forecasted_spend": 40.1,
    },
}


@pytest.mark.parametrize(
    ("counted", "says"),
    [
        ({}, "50.00 USD a month. AWS has counted 12.30 USD of it this month, and expects 40.10."),
        (
            {"actual_spend": 0.0, "forecasted_spend": None},
            "50.00 USD a month. AWS has counted 0.00 USD of it this month.",
        ),
        ({"actual_spend": None, "forecasted_spend": None}, "50.00 USD a month. AWS has counted nothing yet."),
    ],
)
def test_a_budget_stands_beside_the_price(counted: dict[str, Any], says: str) -> None:
    stack = {**sample(), "budgets": {"railyard-ap-northeast-1": {**BUDGET, **counted}}}
    assert f"Budget railyard-ap-northeast-1: {says}" in cost_lines(stack_cost(stack, TOKYO, NOW))
    text = page(stack)
    assert "이번 달에 AWS가 센 것" in text and "50.00" in text
    gone = {**sample(), "budgets": {"railyard-ap-northeast-1": {**BUDGET, "exists": False}}}
    assert "Budget" not in "\n".join(cost_lines(stack_cost(gone, TOKYO, NOW)))


def test_the_page_has_the_price() -> None:
    text = page(sample())
    assert "280.07" in text and DATE.isoformat() in text
    assert "NAT 게이트웨이를 지나는 1GB 0.062" in text and "0.062 for a GB through a NAT gateway" in text
