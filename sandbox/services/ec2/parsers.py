"""Answers of EC2 → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sandbox.core.fields import Line, PublicKey, check
from sandbox.core.intake import Intake, Strict
from sandbox.services.ec2 import debian_images
from sandbox.services.ec2.picture import (
    AclEntry,
    Instance,
    MetadataOptions,
    NatGateway,
    Route,
    RouteKind,
    Router,
    Rule,
    SecurityGroup,
    Subnet,
    System,
    Vpc,
)

Answer = Mapping[str, Any]
T = TypeVar("T")

_STRICT = Strict()

_DEAD_NAT_GATEWAY = ("deleting", "deleted", "failed")


def routes_of(table: Answer, dead: frozenset[str], take: Intake = _STRICT) -> tuple[Route, ...]:
    """Routes to IPv4 destinations of one route table.

    :param dead: ids of gateways and interfaces that carry no packets, or no longer
    """

    def read(route: Answer) -> Route:
        gateway, nat = route.get("GatewayId"), route.get("NatGatewayId")
        interface = route.get("NetworkInterfaceId")
        kind: RouteKind
        target: str
        if gateway == "local":
            kind, target = "local", "local"
        elif gateway and gateway.startswith("igw-"):
            kind, target = "internet_gateway", gateway
        elif nat:
            kind, target = "nat_gateway", nat
        elif interface:
            kind, target = "instance", interface
        else:
            kind, target = "blackhole", gateway or ""
        if route.get("State") == "blackhole" or target in dead:
            kind = "blackhole"
        return Route(route["DestinationCidrBlock"], kind, target)

    routes = [route for route in table["Routes"] if route.get("DestinationCidrBlock")]
    return take.parts("route", table.get("RouteTableId"), [partial(read, route) for route in routes])


def table_of(subnet_id: str, vpc_id: str, tables: Iterable[Answer]) -> Answer:
    """The route table in effect: the associated one, else the main one of the VPC."""
    main = None
    for table in tables:
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main") and table["VpcId"] == vpc_id:
                main = table
    return main or {"Routes": []}


def gateway_services_of(table: Answer, endpoints: Iterable[Answer]) -> tuple[str, ...]:
    """Short names of the services to which gateway endpoints on a route table lead."""
    return tuple(
        sorted(
            endpoint["ServiceName"].rsplit(".", 1)[-1]
            for endpoint in endpoints
            if table.get("RouteTableId") in endpoint.get("RouteTableIds", ())
            and endpoint.get("State", "available").lower() == "available"
        )
    )


def acl_of(subnet_id: str, vpc_id: str, acls: Iterable[Answer], take: Intake = _STRICT) -> tuple[AclEntry, ...]:
    """IPv4 entries of the network ACL in effect, ingress before egress, each by number.

    Of an odd entry nobody knows whom it means: one that allows is left out, one that denies denies everything.
    """
    chosen: Answer = {"Entries": []}
    for acl in acls:
        if any(association.get("SubnetId") == subnet_id for association in acl.get("Associations", ())):
            chosen = acl
            break
        if acl.get("IsDefault") and acl["VpcId"] == vpc_id:
            chosen = acl
    found = []
    for entry in chosen["Entries"]:
        if not entry.get("CidrBlock"):
            continue
        read = take.part("entry of the network ACL", chosen.get("NetworkAclId"), partial(_acl_entry_of, entry))
        if read is None and entry.get("RuleAction") != "allow":
            read = AclEntry(int(entry["RuleNumber"]), bool(entry["Egress"]), False, "-1", "0.0.0.0/0", None, None)
        if read is not None:
            found.append(read)
    return tuple(sorted(found, key=lambda entry: (entry.egress, entry.number)))


def _acl_entry_of(entry: Answer) -> AclEntry:
    return AclEntry(
        number=entry["RuleNumber"],
        egress=entry["Egress"],
        allow=entry["RuleAction"] == "allow",
        protocol=str(entry["Protocol"]),
        cidr=entry["CidrBlock"],
        from_port=entry.get("PortRange", {}).get("From"),
        to_port=entry.get("PortRange", {}).get("To"),
    )


def rule_of(permission: Answer) -> Rule | None:
    """One permission, or None when it names no IPv4 range and no group."""
    protocol = permission["IpProtocol"]
    cidrs = tuple(sorted({entry["CidrIp"] for entry in permission.get("IpRanges", ())}))
    groups = tuple(sorted({pair["GroupId"] for pair in permission.get("UserIdGroupPairs", ())}))
    if not cidrs and not groups:
        return None
    ports = (None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))
    return Rule(protocol, *ports, cidrs=cidrs, group_ids=groups)


def group_of(group: Answer, take: Intake = _STRICT) -> SecurityGroup:
    """One group. A rule only ever allows, so without an odd one less is let through."""

    def rules(permissions: Iterable[Answer]) -> tuple[Rule, ...]:
        makes = [partial(rule_of, permission) for permission in permissions]
        return take.parts("rule of the security group", group["GroupId"], makes)

    return SecurityGroup(
        id=group["GroupId"],
        name=group["GroupName"],
        ingress=rules(group["IpPermissions"]),
        egress=rules(group["IpPermissionsEgress"]),
    )


def nat_gateway_of(gateway: Answer) -> NatGateway:
    addresses = gateway.get("NatGatewayAddresses") or [{}]
    return NatGateway(
        id=gateway["NatGatewayId"],
        subnet_id=gateway["SubnetId"],
        state=gateway["State"],
        public_ip=addresses[0].get("PublicIp"),
    )


def is_router(interface: Answer) -> bool:
    """Whether an interface may carry packets of others, and an instance is behind it."""
    return interface.get("SourceDestCheck") is False and bool((interface.get("Attachment") or {}).get("InstanceId"))


def router_of(interface: Answer) -> Router:
    return Router(
        id=interface["NetworkInterfaceId"],
        subnet_id=interface["SubnetId"],
        instance_id=interface["Attachment"]["InstanceId"],
        private_ip=interface["PrivateIpAddress"],
        public_ip=(interface.get("Association") or {}).get("PublicIp"),
    )


def vpcs_of(
    ec2: Mapping[str, Sequence[Answer]],
    used: frozenset[str],
    take: Intake = _STRICT,
    silent: frozenset[str] = frozenset(),
) -> tuple[Vpc, ...]:
    """VPCs with what is in them.

    :param ec2: lists of answers by kind: vpcs, subnets, route_tables, network_acls, security_groups,
        nat_gateways, internet_gateways, vpc_endpoints, interfaces
    :param used: ids of VPCs in which something runs; a default VPC that is not among them is left out,
        since every account has one
    :param silent: ids of VPCs whose DNS support is off
    """
    gateways = {
        attachment["VpcId"]: gateway["InternetGatewayId"]
        for gateway in ec2["internet_gateways"]
        for attachment in gateway.get("Attachments", ())
    }
    live_nat = [gateway for gateway in ec2["nat_gateways"] if gateway["State"] not in _DEAD_NAT_GATEWAY]
    routers = [interface for interface in ec2.get("interfaces", ()) if is_router(interface)]
    existing = {gateway["NatGatewayId"] for gateway in live_nat} | set(gateways.values())
    existing |= {interface["NetworkInterfaceId"] for interface in routers}
    named = {
        target
        for table in ec2["route_tables"]
        for route in table["Routes"]
        for target in (route.get("NatGatewayId"), route.get("GatewayId"), route.get("NetworkInterfaceId"))
        if target and target != "local"
    }
    dead = frozenset(named - existing)

    def read(vpc: Answer) -> Vpc:
        vpc_id = vpc["VpcId"]
        return Vpc(
            id=vpc_id,
            cidr=vpc["CidrBlock"],
            internet_gateway_id=gateways.get(vpc_id),
            subnets=wholes("subnet", "SubnetId", ec2["subnets"], vpc_id, partial(_subnet_of, ec2, dead, take)),
            groups=wholes("security group", "GroupId", ec2["security_groups"], vpc_id, partial(group_of, take=take)),
            nat_gateways=wholes("NAT gateway", "NatGatewayId", live_nat, vpc_id, nat_gateway_of),
            dns_support=vpc_id not in silent,
            routers=wholes("interface", "NetworkInterfaceId", routers, vpc_id, router_of),
        )

    def wholes(
        kind: str, key: str, answers: Sequence[Answer], vpc_id: str, make: Callable[[Answer], T]
    ) -> tuple[T, ...]:
        inside = sorted(_by(answers, "VpcId", vpc_id), key=lambda answer: answer[key])
        made = (take.whole(kind, answer[key], partial(make, answer)) for answer in inside)
        return tuple(each for each in made if each is not None)

    vpcs = [vpc for vpc in ec2["vpcs"] if not vpc.get("IsDefault") or vpc["VpcId"] in used]
    made = (take.whole("VPC", vpc["VpcId"], partial(read, vpc)) for vpc in vpcs)
    return tuple(vpc for vpc in made if vpc is not None)


def _subnet_of(ec2: Mapping[str, Sequence[Answer]], dead: frozenset[str], take: Intake, subnet: Answer) -> Subnet:
    subnet_id, vpc_id = subnet["SubnetId"], subnet["VpcId"]
    table = table_of(subnet_id, vpc_id, ec2["route_tables"])
    return Subnet(
        id=subnet_id,
        cidr=subnet["CidrBlock"],
        zone=subnet["AvailabilityZone"],
        routes=routes_of(table, dead, take),
        acl=acl_of(subnet_id, vpc_id, ec2["network_acls"], take),
        gateway_services=gateway_services_of(table, ec2["vpc_endpoints"]),
    )


def instance_of(
    instance: Answer,
    interface: Answer | None,
    public_keys: Mapping[str, str],
    user_data: str | None,
    take: Intake = _STRICT,
) -> Instance:
    """One instance that is not terminated.

    :param interface: its primary interface as ``describe_network_interfaces`` gives it: its groups are the
        true ones
    :param public_keys: OpenSSH lines by name of the key pair
    :param user_data: base64, as the API gives it
    """
    options = instance.get("MetadataOptions") or {}
    groups = (interface or {}).get("Groups") or instance.get("SecurityGroups", ())
    key_name = instance.get("KeyName")
    return Instance(
        id=instance["InstanceId"],
        vpc_id=instance["VpcId"],
        subnet_id=instance["SubnetId"],
        state=instance["State"]["Name"],
        private_ip=instance["PrivateIpAddress"],
        public_ip=instance.get("PublicIpAddress") or None,
        group_ids=tuple(sorted(group["GroupId"] for group in groups)),
        mac=(interface or {}).get("MacAddress") or instance["NetworkInterfaces"][0]["MacAddress"],
        image_id=instance["ImageId"],
        system=_system(instance),
        instance_type=instance["InstanceType"],
        zone=instance["Placement"]["AvailabilityZone"],
        public_key=take.part("key pair", key_name, lambda: _public_key(public_keys.get(key_name or ""))),
        key_name=key_name,
        user_data=base64.b64decode(user_data).decode("utf-8", "replace") if user_data else None,
        profile_arn=(instance.get("IamInstanceProfile") or {}).get("Arn"),
        metadata=MetadataOptions(
            enabled=options.get("HttpEndpoint", "enabled") == "enabled",
            tokens_required=options.get("HttpTokens", "optional") == "required",
            hop_limit=int(options.get("HttpPutResponseHopLimit", 1)),
            tags=options.get("InstanceMetadataTags", "disabled") == "enabled",
        ),
        forwards=(interface or {}).get("SourceDestCheck") is False,
        tags=take.parts(
            "tag",
            instance["InstanceId"],
            [partial(_tag, tag) for tag in sorted(instance.get("Tags", ()), key=lambda tag: tag["Key"])],
        ),
    )


def _system(instance: Answer) -> System:
    """Images of Amazon's, and ones made of servers, boot the release that the sandbox has for them."""
    region = instance["Placement"]["AvailabilityZone"][:-1]
    debian = debian_images.find(region, instance["ImageId"])
    return System(debian.codename, debian.user) if debian else System()


def _tag(tag: Answer) -> tuple[str, str]:
    return check(Line, tag["Key"], "Key"), check(Line, tag["Value"], "Value")


def _public_key(text: str | None) -> str | None:
    return check(PublicKey, text.strip(), "PublicKey") if text else None


def primary_interfaces(interfaces: Iterable[Answer]) -> dict[str, Answer]:
    """Primary interfaces by id of the instance."""
    return {
        interface["Attachment"]["InstanceId"]: interface
        for interface in interfaces
        if (interface.get("Attachment") or {}).get("InstanceId") and interface["Attachment"].get("DeviceIndex") == 0
    }


def _by(answers: Iterable[Answer], key: str, value: str) -> list[Answer]:
    sorted_by: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        sorted_by[answer.get(key) or ""].append(answer)
    return sorted_by[value]
