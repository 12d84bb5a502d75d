"""Whether a security group is as it should be, as the role security compares it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.filter.grants_exactly import grants_exactly

#: What AWS says of a group that lets two networks and a group in.
GIVEN = [
    {
        "ip_protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "ip_ranges": [
            {"cidr_ip": "192.0.2.0/24", "description": "ssh"},
            {"cidr_ip": "198.51.100.7/32", "description": "ssh"},
        ],
        "ipv6_ranges": [],
        "prefix_list_ids": [],
        "user_id_group_pairs": [],
    },
    {
        "ip_protocol": "tcp",
        "from_port": 3000,
        "to_port": 3000,
        "ip_ranges": [],
        "user_id_group_pairs": [{"group_id": "sg-alb", "user_id": "123456789012", "description": "requests"}],
    },
]
SSH = {"proto": "tcp", "ports": ["22"], "cidr_ip": ["198.51.100.7/32", "192.0.2.0/24"], "rule_desc": "ssh"}
REQUESTS = {"proto": "tcp", "ports": ["3000"], "group_id": "sg-alb", "rule_desc": "requests"}


def test_the_same_in_another_order():
    assert grants_exactly(GIVEN, [REQUESTS, SSH])


def test_the_same_spread_over_rules():
    alone = [{**SSH, "cidr_ip": network} for network in SSH["cidr_ip"]]
    assert grants_exactly(GIVEN, [*alone, REQUESTS])


def test_nothing_asked_and_nothing_given():
    assert grants_exactly([], [])


def test_range_of_ports():
    network = {"cidr_ipv6": "2001:db8::/32"}
    given = {"ip_protocol": "udp", "from_port": 5000, "to_port": 5010, "ipv6_ranges": [network]}
    assert grants_exactly([given], [{"proto": "udp", "ports": "5000-5010", "cidr_ipv6": "2001:db8::/32"}])


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([SSH], id="a rule too many"),
        pytest.param([], id="all too many"),
        pytest.param([SSH, REQUESTS, {**REQUESTS, "ports": ["3001"]}], id="a rule missing"),
        pytest.param([SSH, {**REQUESTS, "group_id": "sg-web"}], id="another group"),
        pytest.param([SSH, {**REQUESTS, "rule_desc": "health checks"}], id="another description"),
        pytest.param([{**SSH, "cidr_ip": ["192.0.2.0/24"]}, REQUESTS], id="a network too many"),
        pytest.param([SSH, {**REQUESTS, "proto": "udp"}], id="another protocol"),
    ],
)
def test_what_differs(rules: list[dict[str, Any]]):
    assert not grants_exactly(GIVEN, rules)


@pytest.mark.parametrize("more", [{"group_name": "shop-alb"}, {"ip_prefix": "pl-1"}, {"rule_vpc": "vpc-1"}])
def test_a_rule_that_says_more_is_left_to_the_module(more: dict[str, str]):
    assert not grants_exactly(GIVEN, [SSH, {**REQUESTS, **more}])


def test_a_permission_through_a_prefix_list_is_seen():
    through = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "prefix_list_ids": [{"prefix_list_id": "pl-1"}]}
    assert not grants_exactly([*GIVEN, through], [SSH, REQUESTS])
