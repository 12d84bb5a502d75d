"""A VPC as its router sees it: who is public, where routes lead, which range the NAT's link takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from network_pictures import (
    BALANCER_A,
    BALANCER_C,
    JUMP,
    LOCAL,
    NAT,
    TO_IGW,
    TO_INSTANCE,
    TO_NAT,
    picture,
    through_instance,
)

from sandbox.network import topology
from sandbox.services.ec2.picture import Route, Vpc
from sandbox.services.picture import Picture


def only(asked: Picture) -> topology.Topology:
    (found,) = topology.of_picture(asked)
    return found


def test_router_answers_as_gateway_resolver_metadata_and_controller():
    assert set(only(picture()).router_addresses) == {
        *("10.0.0.1", "10.0.16.1", "10.0.64.1", "10.0.80.1"),
        *("10.0.0.2", "169.254.169.253", "169.254.169.254", "198.51.100.1"),
        *("198.51.100.10", "198.51.100.11", "198.51.100.25"),
    }


def test_balancer_is_one_endpoint_with_an_address_per_zone():
    balancer = next(e for e in only(picture()).endpoints if e.id == "lb-abc1")
    assert [a.interface for a in balancer.addresses] == [f"{BALANCER_A}/20", f"{BALANCER_C}/20"]
    assert balancer.gateway == "10.0.0.1"


@pytest.mark.parametrize("state", ["stopping", "stopped", "shutting-down", "terminated"])
def test_instance_that_is_not_live_has_no_link(state):
    usual = picture()
    jump = replace(usual.instances[0], state=state)
    found = only(replace(usual, instances=(jump, *usual.instances[1:])))
    assert "i-jump" not in {endpoint.id for endpoint in found.endpoints}


def test_addresses_without_a_mac_get_a_stable_local_one():
    first, second = (next(e.mac for e in only(picture()).endpoints if e.id == "i-web1") for _unused in range(2))
    assert first == second
    assert int(first.split(":")[0], 16) & 0b11 == 0b10, "locally administered, unicast"


@pytest.mark.parametrize(
    ("changes", "public"),
    [
        ({}, {JUMP, BALANCER_A, BALANCER_C}),
        ({"igw": None}, set()),
        ({"igw": "igw-other"}, set()),
        ({"routes": {"subnet-pub1": (LOCAL,)}}, {BALANCER_C}),
        ({"routes": {"subnet-pub1": (LOCAL, TO_NAT)}}, {BALANCER_C}),
    ],
)
def test_public_addresses_need_a_route_to_the_attached_gateway(changes, public):
    assert set(only(picture(**changes)).public_addresses()) == public


@pytest.mark.parametrize(
    ("changes", "leads"),
    [
        ({}, True),
        ({"nat_state": "pending"}, False),
        ({"nat_state": "deleted"}, False),
        ({"igw": None}, False),
        ({"routes": {"subnet-pub1": (LOCAL,)}}, False),
        ({"routes": {"subnet-pub1": (LOCAL, TO_NAT)}}, False),
        ({"routes": {"subnet-pub2": (LOCAL,)}}, True),
    ],
)
def test_nat_gateway_leads_out_when_available_in_a_public_subnet(changes, leads):
    assert topology.leads_out(only(picture(**changes)).vpc, TO_NAT) is leads


def test_route_to_an_unknown_nat_gateway_leads_nowhere():
    assert not topology.leads_out(only(picture()).vpc, Route("0.0.0.0/0", "nat_gateway", "nat-gone"))


@pytest.mark.parametrize(
    ("router", "public", "leads"),
    [
        ({}, (LOCAL, TO_IGW), True),
        ({"public_ip": None}, (LOCAL, TO_IGW), False),
        ({"id": "eni-other"}, (LOCAL, TO_IGW), False),
        ({}, (LOCAL,), False),
        ({}, (LOCAL, TO_INSTANCE), False),
    ],
)
def test_an_instance_leads_out_with_a_public_address_in_a_public_subnet(router, public, leads):
    (vpc,) = through_instance().vpcs
    subnets = tuple(replace(s, routes=public) if s.id == "subnet-pub1" else s for s in vpc.subnets)
    vpc = replace(vpc, subnets=subnets, routers=(replace(vpc.routers[0], **router),))
    assert topology.leads_out(vpc, TO_INSTANCE) is leads


def test_a_subnet_with_a_way_through_an_instance_has_all_its_ways_looked_up_in_order():
    narrow = Route("192.0.2.0/24", "internet_gateway", "igw-1")
    asked = through_instance()
    (vpc,) = asked.vpcs
    routes = (LOCAL, TO_INSTANCE, narrow)
    subnets = tuple(replace(s, routes=routes) if s.id == "subnet-priv1" else s for s in vpc.subnets)
    found = only(replace(asked, vpcs=(replace(vpc, subnets=subnets),))).detours
    assert [(d.source, d.destination, d.instance and d.instance.private_ip) for d in found] == [
        ("10.0.64.0/20", "192.0.2.0/24", None),
        ("10.0.64.0/20", "0.0.0.0/0", NAT),
    ]
    assert only(picture()).detours == ()


def test_uplink_only_with_a_way_out():
    no_way = {subnet.id: (LOCAL,) for subnet in picture().vpcs[0].subnets}
    assert only(picture()).needs_uplink
    assert not only(picture(routes=no_way)).needs_uplink
    assert only(picture(routes={**no_way, "subnet-pub2": (LOCAL, TO_IGW)})).needs_uplink


@pytest.mark.parametrize(("cidr", "expected"), [("10.0.0.0/16", "172.31.255.0/24"), ("172.31.0.0/16", "10.0.2.0/24")])
def test_uplink_range_does_not_overlap_the_vpc(cidr, expected):
    vpc = Vpc("vpc-1", cidr, None, (), (), ())
    assert only(Picture(vpcs=(vpc,))).uplink_range == expected
