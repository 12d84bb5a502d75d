"""Parts of the harness "doors" on what stands without servers: the sandbox's API, and packets through a real router."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from network_pictures import JUMP, WEB1, WEB2, picture
from test_network_verdicts import world  # noqa: F401 - a fixture

from sandbox.core import client
from sandbox.network import netns
from tests.resilience.doors import local_user, ways, web_page
from tests.resilience.doors.rules import Place
from tests.unit.resilience.planted import record


@pytest.fixture
def lab(api):
    """As ``tests.e2e.lab.Lab`` of a sandbox that has nothing but its API."""
    keys = client.environment_of(api.settings)
    account = SimpleNamespace(ec2=api.client("ec2"), s3=api.client("s3"))
    environment = {
        **keys,
        "RAILYARD_SANDBOX_NAME": api.settings.name,
        "RAILYARD_SANDBOX_HOME": str(api.settings.home),
        "RAILYARD_SANDBOX_PORT": str(api.settings.api_port),
    }
    return SimpleNamespace(environment=environment, account=lambda: account)


def test_web_pages_get_nothing_of_the_api(lab) -> None:
    found = record()
    web_page.prove(found, lab)
    assert [(one.what, one.why[:300]) for one in found.trials if one.why] == []
    assert len(found.trials) > 35


@pytest.mark.skipif(os.geteuid() != 0, reason="to become somebody else takes root")
def test_another_user_gets_nothing_of_the_api(lab) -> None:
    local_user.api(lab, 65534)


def groups() -> dict:
    """The groups of the picture in AWS's words."""
    everybody = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    found = {}
    for group in picture().vpcs[0].groups:
        ways_in = [
            {
                "IpProtocol": rule.protocol,
                "FromPort": rule.from_port,
                "ToPort": rule.to_port,
                "IpRanges": [{"CidrIp": cidr} for cidr in rule.cidrs],
                "UserIdGroupPairs": [{"GroupId": one} for one in rule.group_ids],
            }
            for rule in group.ingress
        ]
        found[group.id] = {"IpPermissions": ways_in, "IpPermissionsEgress": [everybody]}
    return found


PORTS = [21, 22, 80, 443, 3000, 3306, 40000]


def test_ways_are_as_the_groups_say_and_a_hole_is_found(world) -> None:  # noqa: F811 - the fixture
    world.layer.converge(picture())
    members = {one.private_ip: one.group_ids for one in picture().instances}
    jump, web1, web2 = (
        Place(address, (address,), frozenset(members[address]), world.settings.netns(name))
        for name, address in (("i-jump", JUMP), ("i-web1", WEB1), ("i-web2", WEB2))
    )
    said = groups()
    for source in (jump, web1, web2):
        for target in {jump, web1, web2} - {source}:
            ways.between(said, source, source.addresses[0], target, target.addresses[0], PORTS)
    router = world.settings.netns("vpc-1")
    ways.hole(said, router, web1, web2, 22)
    assert "accept" in netns.run(router, ["nft", "list", "chain", "inet", "vpc", "forward"])
    ways.between(said, web1, WEB1, web2, WEB2, [22])
    narrow = {**said, **{group: {**said[group], "IpPermissions": []} for group in web1.groups}}
    with pytest.raises(AssertionError, match="port 22 closed, and no group lets it through"):
        ways.between(narrow, jump, JUMP, web1, WEB1, PORTS)
