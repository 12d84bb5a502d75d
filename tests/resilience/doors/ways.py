"""Ways: which TCP ports answer from each place to each other, and from outside, against what the groups say.

Nothing more answers than the groups let through, and nothing less: where they do and somebody listens, it answers.
"""

from __future__ import annotations

import re
import subprocess
from functools import partial
from typing import Any

from sandbox.core.settings import CONTROLLER_ADDRESS, Settings
from sandbox.network import netns
from sandbox.network.command import CommandError
from sandbox.network.topology import of_picture
from sandbox.publish.addresses import published
from sandbox.services.reader import Reader
from tests.e2e import machine
from tests.e2e.lab import Lab, side_by_side
from tests.resilience.doors import probe, rules
from tests.resilience.doors.rules import ANSWERS, NOTHING, Groups, Place
from tests.resilience.record import Record

#: Seconds of a choice of ports.
SECONDS = 60.0
#: What is often found open where nobody looked, and how many ports of chance are tried besides.
USUAL = (
    21,
    22,
    23,
    25,
    53,
    80,
    111,
    443,
    2375,
    3000,
    3306,
    5000,
    5432,
    6379,
    8080,
    9090,
    9100,
    9200,
    11211,
    16379,
    27017,
)
BY_CHANCE = 60
EVERY = range(1, 65536)
#: Seconds for what was expected to answer and did not at once.
ONCE_MORE = 4.0
#: Loopback address that is nobody's: what answers there is this machine's own, and answers at every other one, too.
NOBODYS = "127.99.88.77"
#: For whom a group's rule about everybody, or about the controller, is meant.
OUTSIDE = Place("outside", (CONTROLLER_ADDRESS,))


def places(lab: Lab, settings: Settings) -> list[Place]:
    """What has an address in the stack's VPC."""
    picture = Reader(settings).read()
    titles = {server["InstanceId"]: name for name, server in lab.account().servers().items()}
    titles |= {one.id: "load balancer" for one in picture.load_balancers}
    titles |= {one.id: "database" for one in picture.databases}
    titles |= {one.key: "cache" for one in picture.replication_groups}
    return [
        Place(
            titles[one.id],
            tuple(address.ip for address in one.addresses),
            frozenset(one.group_ids),
            settings.netns(one.id),
        )
        for topology in of_picture(picture)
        for one in topology.endpoints
        if one.id in titles
    ]


def groups_of(lab: Lab) -> Groups:
    """All security groups of the account."""
    return {one["GroupId"]: one for one in lab.account().ec2.describe_security_groups()["SecurityGroups"]}


def acls_are_open(lab: Lab) -> None:
    """Network ACLs are AWS's own, which let everything through: only groups are judged here."""
    for acl in lab.account().ec2.describe_network_acls()["NetworkAcls"]:
        for egress in (True, False):
            first = min((one for one in acl["Entries"] if one["Egress"] is egress), key=lambda one: one["RuleNumber"])
            said = (first["RuleAction"], first["Protocol"], first["CidrBlock"])
            assert said == ("allow", "-1", "0.0.0.0/0"), f"{acl['NetworkAclId']} begins with {first}"


def listening(namespace: str, address: str) -> set[int]:
    """Ports of TCP that somebody in a namespace listens on at an address, or at every one."""
    found = set()
    for line in netns.run(namespace, ["ss", "--no-header", "--listening", "--tcp", "--numeric"]).splitlines():
        where, _colon, port = line.split()[3].rpartition(":")
        if where.partition("%")[0] in (address, "0.0.0.0", "*", "[::]"):
            found.add(int(port))
    return found


def between(groups: Groups, source: Place, own: str, target: Place, address: str, ports: list[int]) -> dict[int, str]:
    """Try one way; what was seen where it is as the groups say, by port."""
    may = {port: rules.allowed(groups, source, own, target, address, port) for port in ports}
    seen = probe.sweep(source.namespace, own, address, ports)
    # On a busy machine an answer may be late.
    late = [port for port in ports if may[port] and seen[port] == NOTHING]
    if late:
        seen |= probe.sweep(source.namespace, own, address, late, ONCE_MORE)
    found = rules.wrong(may, listening(target.namespace, address), seen)
    assert not found, "; ".join(found)
    return seen


def relayed(settings: Settings, address: str) -> set[int]:
    """Ports at which the sandbox itself takes what it leads inside: the same ways under other numbers."""
    said = subprocess.run(
        ["nft", "list", "table", "ip", f"{settings.guard_table}_publish"], check=True, capture_output=True, text=True
    ).stdout
    return {int(port) for port in re.findall(rf"dnat (?:ip )?to {re.escape(address)}:(\d+)", said)}


def from_outside(groups: Groups, settings: Settings, target: Place, address: str, ports: list[int]) -> list[int]:
    """Try what answers at a public address; the ports that do, where they are what the groups let in."""
    own = {port for port, what in probe.sweep("", "", NOBODYS, ports).items() if what == ANSWERS}
    asked = sorted(set(ports) - own - relayed(settings, address))
    may = {port for port in asked if rules.lets_in(groups, CONTROLLER_ADDRESS, OUTSIDE.groups, target, port)}
    heard = {port for inside in target.addresses for port in listening(target.namespace, inside)}
    taken = [port for port, what in probe.sweep("", "", address, asked).items() if what == ANSWERS]
    answers = {port for port in taken if probe.says(address, port, 12)}
    assert answers == may & heard, f"{sorted(answers)} answer, {sorted(may & heard)} are let in and listened on"
    return sorted(answers)


def hole(groups: Groups, router: str, source: Place, target: Place, port: int) -> None:
    """A hole that somebody tears into the VPC's router is found."""
    own, address = source.addresses[0], target.addresses[0]
    assert not rules.allowed(groups, source, own, target, address, port), "that is no hole"
    rule = ["ip", "saddr", own, "ip", "daddr", address, "tcp", "dport", str(port), "accept"]
    for _attempt in range(3):
        said = netns.run(router, ["nft", "--echo", "--handle", "insert", "rule", "inet", "vpc", "forward", *rule])
        try:
            between(groups, source, own, target, address, [port])
        except AssertionError as error:
            assert "no group lets it through" in str(error), error
            return
        finally:
            # Where the sandbox wrote its rules anew meanwhile, it is gone already.
            handle = re.findall(r"# handle (\d+)", said)[-1]
            try:
                netns.run(router, ["nft", "delete", "rule", "inet", "vpc", "forward", "handle", handle])
            except CommandError as error:
                if "No such file" not in str(error):
                    raise
    raise AssertionError("the hole was not found")


def prove(record: Record, lab: Lab) -> None:
    settings, groups = machine.settings(lab), groups_of(lab)
    found = places(lab, settings)
    record.attempt("ways: network ACLs let everything through", partial(acls_are_open, lab))
    ports = sorted(EVERY) if record.everything else chosen(record, groups, found)
    record.show(f"    {len(ports)} ports of each of {len(found)} places")
    jobs: list[tuple[str, Any]] = [
        (
            f"ways: {source.name} to {target.name} {address}",
            partial(between, groups, source, own, target, address, ports),
        )
        for source in found
        for own in ([record.random.choice(source.addresses)] if not record.everything else source.addresses)
        for target in found
        if target is not source
        for address in target.addresses
    ]
    # Tried side by side, as most of it is waiting; a trial's time is then its own.
    side_by_side([partial(record.attempt, what, job, shown=False) for what, job in jobs], at_once=6)
    by_address = {address: place for place in found for address in place.addresses}
    public = {(one.address, one.targets[0]) for one in published(Reader(settings).read())}
    assert public, "nothing is published"
    for address, inside in sorted(public):
        target = by_address[inside]
        job = partial(from_outside, groups, settings, target, address, ports)
        answers = record.attempt(f"ways: outside to {target.name} at {address}", job)
        record.show(f"    {answers} answer")
    one, other = (next(place for place in found if place.name == name) for name in ("web01", "web02"))
    router = settings.netns(lab.account().servers()["web01"]["VpcId"])
    record.attempt("ways: a planted hole is found", partial(hole, groups, router, one, other, 22))


def chosen(record: Record, groups: Groups, found: list[Place]) -> list[int]:
    """What rules name, what somebody listens on, what is often open, and some ports of chance."""
    heard = {port for place in found for address in place.addresses for port in listening(place.namespace, address)}
    by_chance = record.random.sample(range(1024, 65536), BY_CHANCE)
    return sorted({*rules.ports_of(groups), *heard, *USUAL, *by_chance})
