"""Packets through a real router namespace: what pictures let through and what they do not.

No host is booted: a connection that arrives in an endpoint's namespace is answered by its kernel with a reset.
"""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import pytest
from network_pictures import (
    ANYWHERE,
    BALANCER_A,
    BALANCER_C,
    DEFAULT_ACL,
    JUMP,
    LOCAL,
    TO_IGW,
    WEB1,
    WEB2,
    picture,
)
from network_world import OUTSIDE, World, judge, made_in

from sandbox.core.settings import API_ADDRESS, CONTROLLER_ADDRESS, MAIL_ADDRESS, S3_ADDRESS
from sandbox.network import command, netns
from sandbox.network.layer import NetworkLayer
from sandbox.services.ec2.picture import AclEntry, Rule

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces take root")


@pytest.fixture
def world(tmp_path, monkeypatch):
    with made_in(tmp_path, monkeypatch) as made:
        yield made


def test_groups_of_the_book(world):
    judge(
        world,
        picture(),
        {
            ("jump", WEB1, 22): True,
            ("jump", WEB2, 22): True,
            ("jump", WEB1, 3000): False,
            ("web1", WEB2, 22): False,
            ("web1", WEB2, 3000): False,
            ("alb-a", WEB1, 3000): True,
            ("alb-c", WEB2, 3000): True,
            ("alb-a", WEB1, 22): False,
            ("controller", JUMP, 22): True,
            ("controller", JUMP, 3000): False,
            ("controller", BALANCER_C, 80): True,
            ("controller", WEB1, 22): False,
            ("jump", "198.51.100.1", 22): False,
            ("jump", "10.0.0.1", 22): False,
            ("jump", "169.254.169.254", 80): True,
            ("jump", "169.254.169.254", 22): False,
            ("web1", "10.0.0.2", 53): True,
        },
    )
    with pytest.raises(ConnectionRefusedError), socket.create_connection((WEB1, 22), 1):
        pass


def test_egress_of_the_source_counts_too(world):
    asked = picture(egress={"sg-jump": (Rule("tcp", 22, 22, ("10.0.64.0/20",)),)})
    judge(world, asked, {("jump", WEB1, 22): True, ("jump", WEB2, 22): False})


def test_revoked_rule_cuts(world):
    judge(world, picture(), {("controller", JUMP, 22): True})
    judge(world, picture(groups={"sg-jump": ()}), {("controller", JUMP, 22): False})


def test_hosts_of_one_subnet_are_judged_as_well(world):
    usual = picture()
    neighbour = replace(usual.instances[1], id="i-web3", private_ip="10.0.64.6", mac="")
    asked = replace(usual, instances=(*usual.instances, neighbour))
    judge(world, asked, {("web1", "10.0.64.6", 22): False})
    opened = picture(groups={"sg-web": (Rule("tcp", 22, 22, (), ("sg-web",)),)})
    asked = replace(opened, instances=(*opened.instances, neighbour))
    judge(world, asked, {("web1", "10.0.64.6", 22): True, ("jump", WEB1, 22): False})


def test_acl_denies_by_port_and_is_stateless(world):
    deny = AclEntry(50, False, False, "6", "10.0.0.0/20", 22, 22)
    no_answer = AclEntry(50, True, False, "6", "10.0.0.0/20", 1024, 65535)
    judge(
        world,
        picture(acls={"subnet-priv1": (deny, *DEFAULT_ACL)}),
        {("jump", WEB1, 22): False, ("alb-a", WEB1, 3000): True, ("jump", WEB2, 22): True},
    )
    judge(world, picture(acls={"subnet-priv1": (no_answer, *DEFAULT_ACL)}), {("alb-a", WEB1, 3000): False})
    from_outside = AclEntry(50, False, False, "6", f"{CONTROLLER_ADDRESS}/32", 22, 22)
    judge(world, picture(acls={"subnet-pub1": (from_outside, *DEFAULT_ACL)}), {("controller", JUMP, 22): False})


def test_ways_out(world):
    judge(
        world,
        picture(),
        {
            ("web1", OUTSIDE, 80): True,
            ("web1", OUTSIDE, 443): True,
            ("web1", OUTSIDE, 8080): False,
            ("web1", "172.16.0.1", 80): False,
            ("web1", "192.0.2.200", 80): True,
            ("web2", OUTSIDE, 80): False,
            ("jump", OUTSIDE, 80): True,
        },
    )
    judge(world, picture(nat_state="pending"), {("web1", OUTSIDE, 80): False, ("jump", OUTSIDE, 80): True})
    hidden = picture(egress={"sg-jump": (Rule("tcp", 22, 22, (ANYWHERE,)),)})
    judge(world, hidden, {("jump", OUTSIDE, 80): False})
    to_igw = picture(routes={"subnet-priv2": (LOCAL, TO_IGW)})
    judge(world, to_igw, {("web2", OUTSIDE, 80): False})


def test_ways_to_aws(world):
    """Judged as a destination on the internet, except that a gateway endpoint is a way to S3."""
    usual = picture()
    judge(
        world,
        usual,
        {
            **{("web1", address, 443): True for address in (S3_ADDRESS, API_ADDRESS)},
            **{("jump", address, 443): True for address in (S3_ADDRESS, API_ADDRESS)},
            **{("web2", address, 443): False for address in (S3_ADDRESS, API_ADDRESS)},
            ("web1", S3_ADDRESS, 80): True,
            ("web1", API_ADDRESS, 80): False,
            ("web1", S3_ADDRESS, 22): False,
        },
    )
    vpc = usual.vpcs[0]
    subnets = tuple(
        replace(s, gateway_services=("s3",), routes=(LOCAL,)) if s.id == "subnet-priv2" else s for s in vpc.subnets
    )
    judge(
        world,
        replace(usual, vpcs=(replace(vpc, subnets=subnets),)),
        {("web2", S3_ADDRESS, 443): True, ("web2", API_ADDRESS, 443): False, ("web1", API_ADDRESS, 443): True},
    )
    judge(world, picture(nat_state="pending"), {("web1", S3_ADDRESS, 443): False, ("jump", S3_ADDRESS, 443): True})
    ssh_only = picture(egress={"sg-web": (Rule("tcp", 22, 22, (ANYWHERE,)),)})
    judge(world, ssh_only, {("web1", S3_ADDRESS, 443): False, ("web1", API_ADDRESS, 443): False})
    denied = AclEntry(50, True, False, "6", f"{S3_ADDRESS}/32", 443, 443)
    acls = picture(acls={"subnet-priv1": (denied, *DEFAULT_ACL)})
    judge(world, acls, {("web1", S3_ADDRESS, 443): False, ("web1", API_ADDRESS, 443): True})


def test_smtp_service_is_reached_like_the_internet(world):
    """Its ports are no ports of the NAT's: the way out and the source's group decide, and nobody gets in from there."""
    service = MAIL_ADDRESS
    judge(
        world,
        picture(),
        {
            ("web1", service, 465): True,
            ("web1", service, 587): True,
            ("jump", service, 465): True,
            ("web1", service, 25): False,
            ("web1", service, 443): False,
            ("web2", service, 465): False,  # its subnet has no way out
        },
    )
    narrow = picture(egress={"sg-web": (Rule("tcp", 465, 465, (ANYWHERE,)), Rule("tcp", 443, 443, (ANYWHERE,)))})
    judge(world, narrow, {("web1", service, 465): True, ("web1", service, 587): False})
    judge(world, picture(nat_state="pending"), {("web1", service, 465): False})
    closed = AclEntry(50, True, False, "6", ANYWHERE, 465, 465)
    judge(
        world,
        picture(acls={"subnet-priv1": (closed, *DEFAULT_ACL)}),
        {("web1", service, 465): False, ("web1", service, 587): True},
    )


def test_public_host_without_route_to_the_gateway_is_not_reached(world):
    judge(world, picture(routes={"subnet-pub1": (LOCAL,)}), {("controller", JUMP, 22): False})


def test_source_address_of_another_is_dropped(world):
    world.layer.converge(picture())
    web2 = world.settings.netns("i-web2")
    command.run(["ip", "-n", web2, "address", "add", f"{BALANCER_A}/32", "dev", "lo"])
    with netns.socket_in(web2) as probe:
        probe.settimeout(0.25)
        probe.bind((BALANCER_A, 0))
        with pytest.raises(TimeoutError):
            probe.connect((WEB1, 3000))


def test_second_converge_runs_almost_nothing(world, monkeypatch):
    world.layer.converge(picture())
    ran = []
    for module in ("layer", "plumbing", "netns"):
        name = "run_command" if module == "netns" else "run"
        monkeypatch.setattr(
            f"sandbox.network.{module}.{name}",
            lambda argv, **more: ran.append(argv) or command.run(argv, **more),
        )
    world.layer.converge(picture())
    assert len(ran) <= 2, ran


def break_link(world: World) -> None:
    command.run(["ip", "-n", world.settings.netns("i-web1"), "link", "delete", "eth0"])


def renew_namespace(world: World) -> None:
    netns.delete(world.settings.netns("i-web1"))
    netns.create(world.settings.netns("i-web1"))


def lose_router(world: World) -> None:
    netns.delete(world.settings.netns("vpc-1"))


def restart_half_made(world: World) -> None:
    command.run(["ip", "-n", world.settings.netns("i-web1"), "address", "flush", "dev", "eth0"])
    command.run(["ip", "-n", world.settings.netns("vpc-1"), "route", "delete", WEB1])
    world.layer = NetworkLayer(world.settings)


@pytest.mark.parametrize("harm", [break_link, renew_namespace, lose_router, restart_half_made])
def test_harm_is_mended(world, harm):
    world.layer.converge(picture())
    harm(world)
    expected = {("jump", WEB1, 22): True, ("controller", JUMP, 22): True, ("web1", OUTSIDE, 80): True}
    judge(world, picture(), expected)


def test_what_left_the_picture_is_removed_by_another_process_too(world):
    world.layer.converge(picture())
    usual = picture()
    world.layer = NetworkLayer(world.settings)
    world.layer.converge(replace(usual, instances=usual.instances[:1], load_balancers=()))
    assert netns.names(f"{world.settings.prefix}-i-") == [world.settings.netns("i-jump")]
    rows = {(row["kind"], row["id"]) for row in world.layer.status()}
    assert rows == {("guard", world.settings.guard_table), ("router", "vpc-1"), ("nat", "vpc-1"), ("link", "i-jump")}
    NetworkLayer(world.settings).destroy()
    assert world.layer.status() == []
