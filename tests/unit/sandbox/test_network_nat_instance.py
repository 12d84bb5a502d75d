"""Packets of a private subnet whose default route leads to an instance: through its host, by its groups and filter.

The filter is that of the user data that the role vpc gives a NAT instance.
"""

from __future__ import annotations

import os
from dataclasses import replace

import jinja2
import pytest
from network_pictures import NAT, WEB1, WEB2, through_instance
from network_world import OUTSIDE, World, judge, made_in

from sandbox.core.settings import API_ADDRESS, PROJECT, S3_ADDRESS
from sandbox.network import command, netns
from sandbox.services.ec2.picture import Rule

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces take root")

USER_DATA = PROJECT / "roles/vpc/templates/nat_instance.sh.j2"
OUT = ("web1", OUTSIDE, 443)


@pytest.fixture
def world(tmp_path, monkeypatch):
    with made_in(tmp_path, monkeypatch) as made:
        yield made


def packet_filter() -> str:
    """What the user data has nftables load."""
    inputs = {"__vpc_private_cidrs": ["10.0.64.0/20", "10.0.80.0/20"], "vpc_cidr": "10.0.0.0/16"}
    script = jinja2.Template(USER_DATA.read_text("utf-8")).render(inputs)
    return script.split("cat > \"$rules\" <<'END'\n")[1].split("END\n")[0]


def boot(world: World, instance_id: str = "i-nat1") -> str:
    """Do what the user data of an instance does, and return its namespace."""
    namespace = world.settings.netns(instance_id)
    netns.run(namespace, ["nft", "-f", "-"], input=packet_filter())
    return namespace


def forwarded(namespace: str) -> int:
    """How many connections from the private subnets the instance has in its table."""
    return netns.run(namespace, ["cat", "/proc/net/nf_conntrack"]).count(f"src={WEB1}")


def test_it_leads_out_once_the_instance_translates_and_not_before(world):
    judge(world, through_instance(), {OUT: False, ("web1", API_ADDRESS, 443): True, ("web1", S3_ADDRESS, 443): True})
    namespace = boot(world)
    judge(world, through_instance(), {OUT: True, ("web1", OUTSIDE, 8080): False, ("web2", OUTSIDE, 443): False})
    judge(
        world, through_instance(), {("jump", OUTSIDE, 443): True, ("jump", WEB1, 22): True, ("web1", WEB2, 22): False}
    )
    assert forwarded(namespace) > 0
    assert netns.run(namespace, ["cat", "/proc/sys/net/ipv4/ip_forward"]).strip() == "1"
    assert netns.run(world.settings.netns("i-web1"), ["cat", "/proc/sys/net/ipv4/ip_forward"]).strip() == "0"


@pytest.mark.parametrize(
    "ingress", [(), (Rule("tcp", 80, 80, ("10.0.64.0/20",)),), (Rule("-1", None, None, ("10.0.80.0/20",)),)], ids=str
)
def test_the_groups_of_the_instance_judge_what_it_is_to_carry(world, ingress):
    world.layer.converge(through_instance())
    boot(world)
    judge(world, through_instance(ingress=ingress), {OUT: False})


def test_nobody_reaches_the_instance_itself(world):
    world.layer.converge(through_instance())
    boot(world)
    refused = {("web1", NAT, 22): False, ("jump", NAT, 22): False, ("controller", NAT, 22): False}
    judge(world, through_instance(), refused)


def test_the_next_instance_has_the_same_address_and_carries_on(world):
    world.layer.converge(through_instance())
    boot(world)
    judge(world, through_instance(), {OUT: True})
    ended = through_instance()
    (vpc,) = ended.vpcs
    gone = [one for one in ended.instances if one.id != "i-nat1"]
    judge(world, replace(ended, vpcs=(replace(vpc, routers=()),), instances=tuple(gone)), {OUT: False})
    judge(world, through_instance("i-nat2"), {OUT: False})
    boot(world, "i-nat2")
    judge(world, through_instance("i-nat2"), {OUT: True})


def test_where_its_link_is_lost_nothing_passes_it_by(world):
    world.layer.converge(through_instance())
    boot(world)
    command.run(["ip", "-n", world.settings.netns("i-nat1"), "link", "delete", "eth0"])
    assert not world.reaches(*OUT)
    judge(world, through_instance(), {OUT: True})
