"""What a stack loses for a while: each function takes one thing away and answers what has to follow.

On a stack with servers. Where the sandbox cannot lose a thing as Amazon does, ``unproved`` says what is not tried, and
a run shows it: nothing is left out in silence.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox.hosts.engine import INSTANCE_LABEL, Container, Engine
from sandbox.services.elasticache.node import LABEL as CACHE
from sandbox.services.elbv2.layer import LABEL as BALANCER
from tests.e2e import machine
from tests.e2e.account import OWN, STACK
from tests.e2e.lab import Lab, until
from tests.e2e.test_6_killed import MANY, SOON, kill, restart_database
from tests.resilience import full_disk, wrong_clock


def nothing() -> None:
    """Brings back what comes back by itself."""


@dataclass(frozen=True)
class Lost:
    """What has to follow of something that is gone."""

    #: Words with which ``verify`` names what is broken; empty where it is back by itself.
    verify: tuple[str, ...] = ()
    #: Whether the application serves meanwhile; where it does not, its answer has to say so.
    serves: bool = True
    #: Brings back what no run can.
    back: Callable[[], Any] = nothing


@dataclass(frozen=True)
class Loss:
    lose: Callable[[Lab, random.Random], Lost]
    #: Who mends it: ``itself``, ``hands`` as no run can, or ``run``.
    mends: str
    #: Requests that may fail altogether, None where the application may be gone for as long as the thing is.
    most: int | None
    #: Seconds that it takes with what follows, on two cores.
    seconds: float
    #: The alarm that watches it, below the stack's name, or none.
    alarm: str = ""
    #: What of it this sandbox cannot show.
    unproved: str = ""


LOSSES: dict[str, Loss] = {}


def loss(name: str, **known: Any) -> Callable[[Callable[[Lab, random.Random], Lost]], Any]:
    """Registers a function that takes something away."""

    def add(function: Callable[[Lab, random.Random], Lost]) -> Callable[[Lab, random.Random], Lost]:
        LOSSES[name] = Loss(lose=function, **known)
        return function

    return add


@dataclass
class Zone:
    """What of the stack stands in one zone."""

    name: str
    servers: list[str] = field(default_factory=list)
    database: bool = False
    subnets: list[str] = field(default_factory=list)


def zones(lab: Lab) -> list[Zone]:
    """The stack's zones, each with its private subnets."""
    account = lab.account()
    found: dict[str, Zone] = {}
    for subnet in account.ec2.describe_subnets(Filters=OWN)["Subnets"]:
        zone = found.setdefault(subnet["AvailabilityZone"], Zone(subnet["AvailabilityZone"]))
        tags = {tag["Key"]: tag["Value"] for tag in subnet["Tags"]}
        if "private" in tags["Name"]:
            zone.subnets.append(subnet["SubnetId"])
    for name, server in account.servers().items():
        found[server["Placement"]["AvailabilityZone"]].servers.append(name)
    found[account.database()["AvailabilityZone"]].database = True
    return sorted(found.values(), key=lambda zone: zone.name)


def stopped(lab: Lab, name: str) -> None:
    ec2, server = lab.account().ec2, lab.account().servers()[name]["InstanceId"]
    ec2.stop_instances(InstanceIds=[server])
    until(f"{name} is stopped", lambda: lab.account().servers()[name]["State"]["Name"] == "stopped", 60)


def cut_off(lab: Lab, subnets: list[str]) -> Callable[[], None]:
    """Let nothing in or out of subnets, as AWS's fault injection service does it: with a network ACL of its own."""
    ec2 = lab.account().ec2
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": subnets}])["NetworkAcls"]
    before = {
        one["SubnetId"]: (one["NetworkAclAssociationId"], acl["NetworkAclId"])
        for acl in acls
        for one in acl["Associations"]
        if one["SubnetId"] in subnets
    }
    assert sorted(before) == sorted(subnets), acls
    denies = ec2.create_network_acl(VpcId=acls[0]["VpcId"])["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        ec2.create_network_acl_entry(
            NetworkAclId=denies, RuleNumber=1, Protocol="-1", RuleAction="deny", Egress=egress, CidrBlock="0.0.0.0/0"
        )
    now = []
    for association, acl in before.values():
        made = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=denies)
        now.append((made["NewAssociationId"], acl))

    def back() -> None:
        for association, acl in now:
            ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
        ec2.delete_network_acl(NetworkAclId=denies)

    return back


@loss(
    "a zone",
    mends="run",
    most=None,
    seconds=300,
    alarm="balancer/unhealthy",
    unproved="the load balancer is one proxy for all zones, so its node and the NAT gateway of the zone stay; cache "
    "nodes reach each other past the network, so no replica takes over; the database has no standby to fail over to",
)
def a_zone(lab: Lab, chance: random.Random) -> Lost:
    zone = chance.choice(zones(lab))
    back = cut_off(lab, zone.subnets)
    # It is in a public subnet, where the proxy of the load balancer is, too.
    jump = "jump01" in zone.servers
    if jump:
        try:
            stopped(lab, "jump01")
        except BaseException:
            back()
            raise
    (web,) = [name for name in zone.servers if name != "jump01"]
    named = ("Jump host jump01 is broken", "--tags ec2") if jump else (f"Server {web} is broken",)
    return Lost(named, serves=not zone.database, back=back)


@loss("the jump host", mends="run", most=0, seconds=240, alarm="jump01/liveness")
def the_jump_host(lab: Lab, _chance: random.Random) -> Lost:
    jump = lab.account().servers()["jump01"]["InstanceId"]
    lab.account().ec2.terminate_instances(InstanceIds=[jump])
    until("the jump host is gone", lambda: "jump01" not in lab.account().servers(), 60)
    return Lost(("Jump host is broken: there is none", "--tags ec2"))


@loss(
    "the database's server",
    mends="itself",
    most=MANY,
    seconds=75,
    unproved="a failover: the sandbox has no standby. No metric of RDS tells of a restart, so no alarm watches it",
)
def the_database(lab: Lab, _chance: random.Random) -> Lost:
    restart_database(lab)
    return Lost()


def engine(lab: Lab) -> Engine:
    return Engine(machine.settings(lab))


def killed(lab: Lab, label: str, chance: random.Random) -> None:
    """Kill one of the sandbox's services of a kind; another process of it has to come."""

    def running() -> dict[int, Container]:
        return {one.pid: one for one in engine(lab).containers(label) if one.running}

    before = running()
    pid = chance.choice(sorted(before, key=lambda pid: before[pid].name))
    os.kill(pid, signal.SIGKILL)

    def came() -> bool:
        now = running()
        return pid not in now and len(now) == len(before)

    until(f"another process of {before[pid].name}", came, SOON)


@loss(
    "a cache node",
    mends="itself",
    most=MANY,
    seconds=75,
    unproved="how long a replica takes to take over on ElastiCache: the node is back before. No metric tells of it",
)
def a_cache_node(lab: Lab, chance: random.Random) -> Lost:
    killed(lab, CACHE, chance)
    return Lost()


@loss(
    "the load balancer's proxy",
    mends="itself",
    most=MANY,
    seconds=75,
    unproved="Amazon's load balancer has nodes in each zone, so one that dies is noticed less than this one",
)
def the_proxy(lab: Lab, chance: random.Random) -> Lost:
    killed(lab, BALANCER, chance)
    return Lost()


@loss(
    "the sandbox's daemon",
    mends="itself",
    most=MANY,
    seconds=90,
    unproved="Amazon has no such thing: nothing reaches the site meanwhile, as visitors come through the daemon",
)
def the_daemon(lab: Lab, _chance: random.Random) -> Lost:
    before = machine.containers(lab)
    os.kill(lab.daemon_pid(), signal.SIGKILL)
    lab.up()
    assert (now := machine.containers(lab)) == before, f"what ran before: {before}, and now: {now}"
    return Lost()


@loss("puma of a server", mends="itself", most=MANY, seconds=75)
def puma(lab: Lab, chance: random.Random) -> Lost:
    kill(chance.choice(["web01", "web02"]), "puma")(lab)
    return Lost()


#: A worker that says of each job when it begins and when it is done.
WORKER = {"worker": "while :; do echo job begun; sleep 1; echo job done; done"}
UNIT = "railyard-worker@1"


def jobs(lab: Lab, server: str) -> tuple[int, int]:
    """Jobs that a server's worker has begun, and those of them that it did not end: the one that it is at, too."""
    said = lab.on(server, f"sudo journalctl --output cat --unit {UNIT}")
    begun = said.count("job begun")
    return begun, begun - said.count("job done")


@loss(
    "a worker in its job",
    mends="itself",
    most=0,
    seconds=75,
    unproved="whether the job is begun again: that is the queue's promise, and the sample application has none. "
    "Nobody tells CloudWatch of a worker, so no alarm watches it",
)
def a_worker(lab: Lab, chance: random.Random) -> Lost:
    server = chance.choice(["web01", "web02"])
    began, open_before = jobs(lab, server)
    assert began, f"{UNIT} of {server} has begun no job"
    kill(server, UNIT)(lab)
    until(f"{UNIT} of {server} works again", lambda: jobs(lab, server)[0] > began + 1, SOON)
    lost = jobs(lab, server)[1] - open_before
    assert lost <= 1, f"{lost} jobs were lost by one worker that was killed"
    return Lost()


@loss(
    "room on a server's disk",
    mends="hands",
    most=0,
    seconds=120,
    unproved="what puma does that starts meanwhile: the directory of the application has room. The alarm server_disk "
    "needs the agent, which is Amazon's",
)
def room(lab: Lab, chance: random.Random) -> Lost:
    server = chance.choice(["web01", "web02"])
    back = full_disk.fill(engine(lab), container(lab, server), server)
    return Lost((f"Server {server} is broken",), back=back)


def container(lab: Lab, server: str) -> Container:
    """The container that stands for a server."""
    instance = lab.account().servers()[server]["InstanceId"]
    (found,) = [one for one in engine(lab).containers(INSTANCE_LABEL) if one.labels[INSTANCE_LABEL] == instance]
    return found


@loss(
    "the right time",
    mends="hands",
    most=MANY,
    seconds=150,
    unproved="the kernel's clock: a container has no right to set it, so puma's Ruby believes in another time. On "
    "Amazon the image's chrony follows 169.254.169.123, no run sets a clock, and no alarm watches one",
)
def the_right_time(lab: Lab, _chance: random.Random) -> Lost:
    servers = ("web01", "web02")
    for server in servers:
        wrong_clock.nobody_sets_the_kernels(lab, server)
    for server in servers:
        wrong_clock.begin(lab, server)
    return Lost(("Uploads is broken",), back=lambda: [wrong_clock.end(lab, server) for server in servers])


@loss(
    "the resolver of the VPC",
    mends="run",
    most=MANY,
    seconds=240,
    unproved="a resolver that is there and slow. No metric tells of it, so no alarm watches it",
)
def the_resolver(lab: Lab, _chance: random.Random) -> Lost:
    ec2 = lab.account().ec2
    (vpc,) = ec2.describe_vpcs(Filters=[*OWN, {"Name": "tag:Name", "Values": [STACK]}])["Vpcs"]
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsSupport={"Value": False})
    until("no name is found any more", partial(finds_nothing, lab), 30)
    return Lost(("DNS of the VPC is broken", "--tags vpc"))


def finds_nothing(lab: Lab) -> bool:
    return "found-nothing" in lab.on("web01", "getent ahostsv4 db.home || echo found-nothing")
