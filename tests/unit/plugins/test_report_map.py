"""The map of the report: everything has a place of its own, and arrows go as the rules and routes say."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._report.flows import flows, port_label
from ansible_collections.railyard.aws.plugins.module_utils._report.layout import picture_of
from ansible_collections.railyard.aws.plugins.module_utils._report.shapes import Box, shortened
from report_lab import sample, with_nat_instance, with_servers

KINDS = (
    "instances",
    "nat_gateways",
    "nat_interfaces",
    "load_balancers",
    "databases",
    "replication_groups",
    "vpc_endpoints",
)


def multi_az() -> dict[str, Any]:
    stack = sample()
    stack["databases"]["railyard"]["multi_az"] = True
    return stack


def twice_each() -> dict[str, Any]:
    """Two load balancers, databases and caches, as after somebody made some by hand."""
    stack = sample()
    for kind in ("load_balancers", "databases", "replication_groups"):
        one = stack[kind]["railyard"]
        stack[kind]["other"] = one | {"id": f"{one['id']}-2", "name": "other"}
    return stack


def open_to_many() -> dict[str, Any]:
    stack = sample()
    for index, group in enumerate(("jump", "web", "database", "cache")):
        rule = {"ip_protocol": "tcp", "from_port": 1, "to_port": 9, "ip_ranges": [{"cidr_ip": f"192.0.2.{index}/32"}]}
        stack["security_groups"][f"railyard-{group}"]["ip_permissions"].append(rule)
    return stack


STACKS = {
    "as made": sample,
    "one zone": lambda: with_servers(2, zones=1),
    "three zones": lambda: with_servers(3, zones=3),
    "six zones": lambda: with_servers(6, zones=6),
    "twenty servers": lambda: with_servers(20),
    "database in two zones": multi_az,
    "two of each": twice_each,
    "open to many": open_to_many,
    "a NAT instance": with_nat_instance,
}


def box(one: dict[str, Any]) -> Box:
    return Box(**one)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> dict[str, Any]:
    return STACKS[request.param]()


def test_no_box_lies_on_another(stack: dict[str, Any]) -> None:
    boxes = [box(one) for one in picture_of(stack)["boxes"]]
    assert len(boxes) >= 10
    assert [(one.title, other.title) for one, other in combinations(boxes, 2) if one.overlaps(other)] == []


def test_everything_has_a_place(stack: dict[str, Any]) -> None:
    picture = picture_of(stack)
    drawn = [one["id"] for one in (*picture["boxes"], *picture["frames"])]
    standing = [one["id"] for kind in (*KINDS, "subnets") for one in stack.get(kind, {}).values()]
    assert sorted(standing) == sorted(one for one in drawn if one in standing)


def test_everything_is_inside_the_picture(stack: dict[str, Any]) -> None:
    picture = picture_of(stack)
    shapes = [box(one) for one in (*picture["boxes"], *picture["frames"])]
    outside = [
        one
        for one in shapes
        if one.x < 0 or one.y < 0 or one.right > picture["width"] or one.bottom > picture["height"]
    ]
    assert outside == []


def test_a_server_stands_in_the_frames_of_its_subnet_and_zone(stack: dict[str, Any]) -> None:
    picture = picture_of(stack)
    frames = {one["id"]: box(one) for one in picture["frames"]}
    boxes = {one["id"]: box(one) for one in picture["boxes"]}
    for server in stack["instances"].values():
        inner = boxes[server["id"]]
        for name in (server["subnet_id"], server["availability_zone"], "vpc"):
            frame = frames[name]
            assert frame.x <= inner.x and inner.right <= frame.right, (server["name"], name)
            assert frame.y <= inner.y and inner.bottom <= frame.bottom, (server["name"], name)


def arrows(stack: dict[str, Any], *kinds: str) -> set[tuple[str, str, str]]:
    """(from, to, ports) by what boxes are called in the sample."""
    named = {one["id"]: name for kind in (*KINDS, "subnets") for name, one in stack.get(kind, {}).items()}
    names = named | {
        stack["databases"]["railyard"]["id"]: "database",
        stack["replication_groups"]["railyard"]["id"]: "cache",
    }
    names[stack["load_balancers"]["railyard"]["id"]] = "balancer"
    lines = [one for one in picture_of(stack)["lines"] if one["kind"] in kinds]
    return {
        (names.get(one["source"], one["source"]), names.get(one["target"], one["target"]), one["label"])
        for one in lines
    }


def test_arrows_are_what_the_security_groups_let_through() -> None:
    assert arrows(sample(), "request", "login", "data") == {
        ("0.0.0.0/0", "balancer", "80, 443"),
        ("198.51.100.7/32", "railyard-jump01", "22"),
        ("balancer", "railyard-web01", "3000"),
        ("balancer", "railyard-web02", "3000"),
        ("railyard-jump01", "railyard-web01", "22"),
        ("railyard-jump01", "railyard-web02", "22"),
        ("railyard-web01", "database", "3306"),
        ("railyard-web02", "database", "3306"),
        ("railyard-web01", "cache", "6379"),
        ("railyard-web02", "cache", "6379"),
    }


def test_routes_lead_where_the_tables_say() -> None:
    assert arrows(sample(), "route") == {
        ("railyard-nat-1", "gateway", ""),
        ("railyard-nat-2", "gateway", ""),
        ("railyard-private-1", "railyard-nat-1", ""),
        ("railyard-private-2", "railyard-nat-2", ""),
        ("railyard-private-1", "railyard-s3", ""),
        ("railyard-private-2", "railyard-s3", ""),
    }


def test_a_nat_instance_is_where_both_zones_leave_by() -> None:
    assert arrows(with_nat_instance(), "route") >= {
        ("railyard-nat-instance", "gateway", ""),
        ("railyard-private-1", "railyard-nat-instance", ""),
        ("railyard-private-2", "railyard-nat-instance", ""),
    }


def test_one_gateway_for_both_zones_is_what_both_lead_to() -> None:
    stack = sample()
    gone = stack["nat_gateways"].pop("railyard-nat-2")
    for route in stack["route_tables"]["railyard-private-2"]["routes"]:
        if route.get("nat_gateway_id") == gone["id"]:
            route["nat_gateway_id"] = stack["nat_gateways"]["railyard-nat-1"]["id"]
    assert ("railyard-private-2", "railyard-nat-1", "") in arrows(stack, "route")


def test_a_database_that_is_open_to_everybody_is_an_arrow_of_its_own() -> None:
    stack = sample()
    rule = {"ip_protocol": "tcp", "from_port": 3306, "to_port": 3306, "ip_ranges": [{"cidr_ip": "0.0.0.0/0"}]}
    stack["security_groups"]["railyard-database"]["ip_permissions"].append(rule)
    assert arrows(stack, "open") == {("0.0.0.0/0", "database", "3306")}


def test_a_subnet_without_a_way_out_is_private_and_names_none() -> None:
    stack = sample()
    stack["route_tables"] = {}
    frames = picture_of(stack)["frames"]
    assert {one["kind"] for one in frames} == {"vpc", "zone", "subnet-private"}
    assert all(len(one["lines"]) == 1 for one in frames if one["kind"] == "subnet-private")


def test_without_a_vpc_there_is_no_map() -> None:
    assert picture_of({}) is None
    assert picture_of({"vpc": {"railyard": {"id": "vpc-0", "name": "railyard", "exists": False, "tags": {}}}}) is None


def test_a_vpc_alone_is_a_map() -> None:
    picture = picture_of({"vpc": sample()["vpc"]})
    assert [one["kind"] for one in picture["frames"]] == ["vpc"]
    assert picture["lines"] == []


@pytest.mark.parametrize(
    ("permission", "label"),
    [
        ({"ip_protocol": "tcp", "from_port": 443, "to_port": 443}, "443"),
        ({"ip_protocol": "tcp", "from_port": 1024, "to_port": 65535}, "1024-65535"),
        ({"ip_protocol": "udp", "from_port": 53, "to_port": 53}, "53/udp"),
        ({"ip_protocol": "icmp", "from_port": -1, "to_port": -1}, "icmp"),
        ({"ip_protocol": "-1"}, "all"),
    ],
)
def test_what_a_rule_opens_is_written_for_people(permission: dict[str, Any], label: str) -> None:
    assert port_label(permission) == label


def test_addresses_of_version_six_and_lists_of_prefixes_count() -> None:
    stack = sample()
    stack["security_groups"]["railyard-web"]["ip_permissions"] = [
        {
            "ip_protocol": "tcp",
            "from_port": 22,
            "to_port": 22,
            "ipv6_ranges": [{"cidr_ipv6": "::/0"}],
            "prefix_list_ids": [{"prefix_list_id": "pl-1"}],
        }
    ]
    found = {(one.peer, one.risky) for one in flows(stack) if one.direction == "in" and one.port_list == "22"}
    assert {("::/0", True), ("pl-1", False)} <= found


def test_what_does_not_fit_is_cut() -> None:
    assert shortened("railyard", 8) == "railyard"
    assert shortened("railyard-production", 9) == "railyard…"
    assert len(shortened("가나다라마바사아", 8)) == 4
