"""Rules as text: what a permission becomes, and that the kernel's own checker takes all of it."""

from __future__ import annotations

import os
import subprocess

import pytest
from network_pictures import ANYWHERE, DEFAULT_ACL, picture

from sandbox.network import rules, topology
from sandbox.services.ec2.picture import AclEntry, Rule, SecurityGroup, Vpc
from sandbox.services.picture import Picture

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="nft -c asks the kernel, which takes root")


def text(asked: Picture, **more: object) -> str:
    (found,) = topology.of_picture(asked)
    return rules.router(found, **more)


def chain(script: str, name: str) -> list[str]:
    """Lines of one chain or set."""
    lines = iter(script.splitlines())
    for line in lines:
        if line.strip() in (f"chain {name} {{", f"set {name} {{"):
            return [inner.strip() for inner in iter(lambda: next(lines), "\t}")]
    raise AssertionError(f"no {name} in\n{script}")


def check(script: str) -> None:
    done = subprocess.run(["nft", "-c", "-f", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (Rule("tcp", 22, 22, (ANYWHERE,)), ["tcp dport 22 accept"]),
        (Rule("6", 22, 22, (ANYWHERE,)), ["tcp dport 22 accept"]),
        (Rule("tcp", 8000, 8080, ("10.0.0.0/16",)), ["ip saddr { 10.0.0.0/16 } tcp dport 8000-8080 accept"]),
        (Rule("tcp", 0, 65535, (ANYWHERE,)), ["meta l4proto tcp accept"]),
        (Rule("udp", 53, 53, (ANYWHERE,)), ["udp dport 53 accept"]),
        (Rule("udp", None, None, (ANYWHERE,)), ["meta l4proto udp accept"]),
        (Rule("icmp", -1, -1, (ANYWHERE,)), ["ip protocol icmp accept"]),
        (Rule("icmp", 8, -1, (ANYWHERE,)), ["icmp type 8 accept"]),
        (Rule("icmp", 3, 4, (ANYWHERE,)), ["icmp type 3 icmp code 4 accept"]),
        (Rule("50", None, None, (ANYWHERE,)), ["meta l4proto 50 accept"]),
        (Rule("-1", None, None, (ANYWHERE,)), ["accept"]),
        (
            # nft refuses overlaps in a set.
            Rule("tcp", 80, 80, ("10.0.0.0/16", "10.0.1.0/24", "192.0.2.7/32")),
            ["ip saddr { 10.0.0.0/16, 192.0.2.7/32 } tcp dport 80 accept"],
        ),
        (Rule("tcp", 80, 80, (), ("sg-alb",)), ["ip saddr @members.sg-alb tcp dport 80 accept"]),
        (Rule("tcp", 80, 80, (), ("sg-of-another-vpc",)), []),
    ],
)
def test_permission_becomes_lines(rule, lines):
    script = text(picture(groups={"sg-web": (rule,)}))
    assert chain(script, "ingress.sg-web") == lines
    if os.geteuid() == 0:
        check(script)


def test_egress_goes_on_to_the_destination():
    script = text(picture(egress={"sg-web": (Rule("tcp", 3306, 3306, (), ("sg-alb",)),)}))
    assert chain(script, "egress.sg-web") == ["ip daddr @members.sg-alb tcp dport 3306 goto ingress"]


def test_group_without_rules_lets_nothing_pass():
    script = text(picture(groups={"sg-web": ()}))
    assert chain(script, "ingress.sg-web") == []
    assert chain(script, "ingress.i-web1") == ["jump ingress.sg-web", "drop"]


def test_group_reference_means_the_members_addresses():
    assert chain(text(picture()), "members.sg-web") == ["type ipv4_addr;", "elements = { 10.0.64.5, 10.0.80.5 }"]


def test_default_acl_costs_no_rule():
    assert "acl" not in text(picture())


def test_acl_entries_are_judged_in_order_of_their_numbers():
    entries = (
        *DEFAULT_ACL,
        AclEntry(90, False, True, "6", "10.0.0.0/20", 22, 22),
        AclEntry(20, False, False, "6", "10.0.0.5/32", 22, 22),
        AclEntry(30, False, False, "17", ANYWHERE, None, None),
    )
    script = text(picture(acls={"subnet-priv1": entries}))
    assert chain(script, "acl_in.subnet-priv1") == [
        "ip saddr 10.0.0.5/32 tcp dport 22 drop",
        "meta l4proto udp drop",
        "ip saddr 10.0.0.0/20 tcp dport 22 return",
        "return",
        "drop",
        "drop",
    ]
    # Hosts of one subnet talk past its ACL.
    assert chain(script, "acls") == [
        "ip saddr 10.0.64.0/20 ip daddr != 10.0.64.0/20 jump acl_out.subnet-priv1",
        "ip daddr 10.0.64.0/20 ip saddr != 10.0.64.0/20 jump acl_in.subnet-priv1",
    ]
    # Stateless: before connections are known.
    forward = chain(script, "forward")
    assert forward.index("jump acls") < forward.index("ct state established,related accept")


@needs_root
@pytest.mark.parametrize(
    "script",
    [
        text(picture()),
        text(picture(), forbidden=["192.0.2.2", "10.1.2.3"]),
        text(picture(acls={"subnet-priv1": DEFAULT_ACL[1:]})),
        text(Picture(vpcs=(Vpc("vpc-1", "10.0.0.0/16", None, (), (SecurityGroup("sg-1", "x", (), ()),), ()),))),
        rules.guard("rlyd_test", []),
        rules.guard("rlyd_test", ["10.0.0.0/16", "10.0.0.0/8", "172.30.0.0/16"]),
        rules.guard("rlyd_test", ["10.0.0.0/16"], replace=False),
    ],
    ids=["book", "forbidden", "acl", "empty", "guard-none", "guard-overlap", "guard-add"],
)
def test_kernel_takes_it(script):
    check(script)
