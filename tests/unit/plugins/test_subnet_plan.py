"""The filter subnet_plan as a table."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.subnet_plan import subnet_plan

BOOK = {
    "railyard-public-1": "10.0.0.0/20",
    "railyard-public-2": "10.0.16.0/20",
    "railyard-private-1": "10.0.64.0/20",
    "railyard-private-2": "10.0.80.0/20",
}


def plan(cidr="10.0.0.0/16", stack="railyard", **options):
    return subnet_plan(cidr, stack, **options)


def test_the_books_topology():
    assert {one["name"]: one["cidr"] for one in plan()} == BOOK


def test_zones_are_given_to_both_tiers_in_order():
    zones = [one["zone"] for one in plan(zones=["ap-northeast-1a", "ap-northeast-1c"])]
    assert zones == ["ap-northeast-1a", "ap-northeast-1c"] * 2
    assert [one["zone"] for one in plan()] == [None] * 4


def test_numbers_may_be_text_as_the_command_line_gives_them():
    assert plan(zone_count="2", prefix="20") == plan()


def test_given_cidrs_replace_one_tier_only():
    given = plan(public_cidrs=["10.0.128.0/24", "10.0.129.0/24"])
    assert [one["cidr"] for one in given] == ["10.0.128.0/24", "10.0.129.0/24", "10.0.64.0/20", "10.0.80.0/20"]


def test_smallest_plan_that_fits():
    assert plan("10.0.0.0/25", prefix=28)[-1]["cidr"] == "10.0.0.80/28"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"zone_count": 5}, "railyard_zone_count is '5'; write a number from 2"),
        ({"zone_count": 1}, "railyard_zone_count is '1'"),
        ({"zone_count": "two"}, "railyard_zone_count is 'two'"),
        ({"zones": ["a"]}, "railyard_zones lists 1 (a), but railyard_zone_count is 2; name 2 zones"),
        ({"zones": ["a", "a"]}, "one named twice"),
        ({"cidr": "10.0.1.0/16"}, "host bits set; write 10.0.0.0/16"),
        ({"cidr": "10.0.0.0"}, "without a prefix length; write it like 10.0.0.0/16"),
        ({"cidr": "10.0.0.0/8"}, "AWS takes /16 to /28 only"),
        ({"cidr": "10.0.0.0/29"}, "AWS takes /16 to /28 only"),
        ({"cidr": "ten"}, "no IPv4 network; write one like 10.0.0.0/16"),
        ({"prefix": 29}, "railyard_subnet_prefix is '29'; write a prefix length from 16 to 28"),
        ({"prefix": 18}, "do not fit in 10.0.0.0/16; write 19 or more"),
        ({"cidr": "10.0.0.0/26", "prefix": 28}, "write a railyard_vpc_cidr of /25 or larger"),
        (
            {"public_cidrs": ["10.0.0.0/20"]},
            "railyard_public_subnet_cidrs lists 1 (10.0.0.0/20), but railyard_zone_count is 2",
        ),
        ({"private_cidrs": ["10.1.0.0/20", "10.0.80.0/20"]}, "10.1.0.0/20, outside the VPC"),
        (
            {"private_cidrs": ["10.0.0.0/20", "10.0.80.0/20"]},
            "public subnet 10.0.0.0/20 overlaps private subnet 10.0.0.0/20",
        ),
        (
            {"public_cidrs": ["10.0.0.0/20", "10.0.0.0/24"]},
            "public subnet 10.0.0.0/20 overlaps public subnet 10.0.0.0/24",
        ),
        (
            {"public_cidrs": ["10.0.0.0/29", "10.0.16.0/20"]},
            "railyard_public_subnet_cidrs[0] is '10.0.0.0/29', but AWS takes",
        ),
    ],
)
def test_mistakes_are_told_with_what_to_write(options, says):
    with pytest.raises(AnsibleFilterError) as error:
        plan(**options)
    assert says in str(error.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(AnsibleFilterError) as error:
        plan("10.0.1.0/16", zone_count=9)
    assert "railyard_zone_count" in str(error.value) and "railyard_vpc_cidr" in str(error.value)
