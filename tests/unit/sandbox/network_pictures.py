"""Hand-made pictures for the tests of network and hosts: the book's topology, small."""

from __future__ import annotations

from dataclasses import replace

from sandbox.services.ec2.picture import AclEntry, Instance, NatGateway, Route, Router, Rule, SecurityGroup, Subnet, Vpc
from sandbox.services.elbv2.picture import LoadBalancer
from sandbox.services.picture import Picture

ANYWHERE = "0.0.0.0/0"
LOCAL = Route("10.0.0.0/16", "local", "local")
TO_IGW = Route(ANYWHERE, "internet_gateway", "igw-1")
TO_NAT = Route(ANYWHERE, "nat_gateway", "nat-1")
TO_INSTANCE = Route(ANYWHERE, "instance", "eni-1")
OPEN_EGRESS = (Rule("-1", None, None, (ANYWHERE,)),)
DEFAULT_ACL = tuple(
    AclEntry(number, egress, allow, "-1", ANYWHERE, None, None)
    for egress in (False, True)
    for number, allow in ((100, True), (32767, False))
)

JUMP, WEB1, WEB2, NAT = "10.0.0.5", "10.0.64.5", "10.0.80.5", "10.0.0.7"
BALANCER_A, BALANCER_C = "10.0.0.9", "10.0.16.9"

SUBNETS = (
    Subnet("subnet-pub1", "10.0.0.0/20", "a", (LOCAL, TO_IGW), DEFAULT_ACL),
    Subnet("subnet-pub2", "10.0.16.0/20", "c", (LOCAL, TO_IGW), DEFAULT_ACL),
    Subnet("subnet-priv1", "10.0.64.0/20", "a", (LOCAL, TO_NAT), DEFAULT_ACL),
    Subnet("subnet-priv2", "10.0.80.0/20", "c", (LOCAL,), DEFAULT_ACL),
)

GROUPS = (
    SecurityGroup("sg-jump", "jump", (Rule("tcp", 22, 22, (ANYWHERE,)),), OPEN_EGRESS),
    SecurityGroup("sg-alb", "alb", (Rule("tcp", 80, 80, (ANYWHERE,)),), OPEN_EGRESS),
    SecurityGroup(
        "sg-web",
        "web",
        (Rule("tcp", 3000, 3000, (), ("sg-alb",)), Rule("tcp", 22, 22, (), ("sg-jump",))),
        OPEN_EGRESS,
    ),
)


def instance(instance_id: str, subnet: str, ip: str, group: str, **more: object) -> Instance:
    values = {
        "state": "running",
        "public_ip": None,
        "mac": "",
        "public_key": "ssh-ed25519 AAAA somebody",
        "user_data": None,
        **more,
    }
    return Instance(
        id=instance_id,
        vpc_id="vpc-1",
        subnet_id=subnet,
        private_ip=ip,
        group_ids=(group,),
        image_id="ami-1",
        instance_type="t3.micro",
        zone="a",
        key_name="key",
        profile_arn=None,
        **values,
    )


def picture(
    *,
    groups: dict[str, tuple[Rule, ...]] | None = None,
    egress: dict[str, tuple[Rule, ...]] | None = None,
    routes: dict[str, tuple[Route, ...]] | None = None,
    acls: dict[str, tuple[AclEntry, ...]] | None = None,
    nat_state: str = "available",
    igw: str | None = "igw-1",
) -> Picture:
    """The topology with some ingress or egress rules, routes or ACLs (by id) put in place of the usual ones."""
    vpc = Vpc(
        "vpc-1",
        "10.0.0.0/16",
        igw,
        tuple(
            replace(s, routes=(routes or {}).get(s.id, s.routes), acl=(acls or {}).get(s.id, s.acl)) for s in SUBNETS
        ),
        tuple(
            replace(g, ingress=(groups or {}).get(g.id, g.ingress), egress=(egress or {}).get(g.id, g.egress))
            for g in GROUPS
        ),
        (NatGateway("nat-1", "subnet-pub1", nat_state, "127.1.0.1"),),
    )
    balancer = LoadBalancer(
        "arn:aws:elasticloadbalancing:x:1:loadbalancer/app/railyard/abc1",
        "railyard",
        "vpc-1",
        "internet-facing",
        ("sg-alb",),
        (("subnet-pub1", BALANCER_A), ("subnet-pub2", BALANCER_C)),
        "127.1.0.9",
        (),
    )
    instances = (
        instance("i-jump", "subnet-pub1", JUMP, "sg-jump", public_ip="127.1.0.5", mac="02:00:00:00:00:05"),
        instance("i-web1", "subnet-priv1", WEB1, "sg-web"),
        instance("i-web2", "subnet-priv2", WEB2, "sg-web"),
    )
    return Picture((vpc,), instances, (balancer,))


def through_instance(
    instance_id: str = "i-nat1", *, ingress: tuple[Rule, ...] = (Rule("-1", None, None, ("10.0.64.0/20",)),)
) -> Picture:
    """The topology, whose first private subnet leaves through an instance."""
    usual = picture(routes={"subnet-priv1": (LOCAL, TO_INSTANCE)})
    group = SecurityGroup("sg-nat", "nat", ingress, OPEN_EGRESS)
    router = Router("eni-1", "subnet-pub1", instance_id, NAT, "127.1.0.7")
    (vpc,) = usual.vpcs
    vpc = replace(vpc, nat_gateways=(), groups=(*vpc.groups, group), routers=(router,))
    nat = instance(instance_id, "subnet-pub1", NAT, "sg-nat", public_ip="127.1.0.7", mac="02:00:00:00:00:07")
    return replace(usual, vpcs=(vpc,), instances=(*usual.instances, replace(nat, forwards=True)))
