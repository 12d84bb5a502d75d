"""The network: VPC, subnets, gateways, routes and network ACLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.export.resource import (
    Clients,
    Export,
    Left,
    Named,
    Raw,
    Resource,
    Zone,
    named_by_tag,
    nothing,
    picked,
    present,
    tags,
)

#: Where a route goes, as the API and CloudFormation both call it.
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId",
)
_DESTINATIONS = {
    "DestinationCidrBlock": "DestinationCidrBlock",
    "DestinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "DestinationPrefixListId": "DestinationPrefixListId",
}
#: Number of the rule that every ACL ends with, which nobody makes.
_LAST = 32767


def _vpc(raw: Raw, clients: Clients) -> Iterator[Resource]:
    def attribute(name: str) -> bool:
        answer = clients("ec2").describe_vpc_attribute(VpcId=raw["VpcId"], Attribute=name)
        return answer[name[0].upper() + name[1:]]["Value"]

    yield Resource(
        "EC2::VPC",
        named_by_tag(raw, "VpcId"),
        present(
            CidrBlock=raw["CidrBlock"],
            InstanceTenancy=raw.get("InstanceTenancy"),
            EnableDnsHostnames=attribute("enableDnsHostnames"),
            EnableDnsSupport=attribute("enableDnsSupport"),
            Tags=tags(raw.get("Tags")),
        ),
        {"VpcId": raw["VpcId"]},
        {raw["VpcId"]: ""},
    )


def _subnet(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "EC2::Subnet",
        named_by_tag(raw, "SubnetId"),
        present(
            VpcId=raw["VpcId"],
            CidrBlock=raw["CidrBlock"],
            AvailabilityZone=Zone(raw["AvailabilityZone"]),
            MapPublicIpOnLaunch=raw.get("MapPublicIpOnLaunch", False),
            Tags=tags(raw.get("Tags")),
        ),
        {"SubnetId": raw["SubnetId"]},
        {raw["SubnetId"]: ""},
    )


def _internet_gateway(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name, gateway = named_by_tag(raw, "InternetGatewayId"), raw["InternetGatewayId"]
    yield Resource(
        "EC2::InternetGateway",
        name,
        present(Tags=tags(raw.get("Tags"))),
        {"InternetGatewayId": gateway},
        {gateway: ""},
    )
    for attachment in raw.get("Attachments") or []:
        yield Resource(
            "EC2::VPCGatewayAttachment",
            # Routes name it so, which only work once it is there.
            gateway,
            {"VpcId": attachment["VpcId"], "InternetGatewayId": gateway},
            {"AttachmentType": "IGW", "VpcId": attachment["VpcId"]},
        )


def _nat_gateway(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    addresses = [one["AllocationId"] for one in raw.get("NatGatewayAddresses") or [] if one.get("AllocationId")]
    yield Resource(
        "EC2::NatGateway",
        named_by_tag(raw, "NatGatewayId"),
        present(
            SubnetId=raw["SubnetId"],
            AllocationId=addresses[0] if addresses else None,
            ConnectivityType=raw.get("ConnectivityType"),
            Tags=tags(raw.get("Tags")),
        ),
        {"NatGatewayId": raw["NatGatewayId"]},
        {raw["NatGatewayId"]: ""},
    )


def _is_of_a_nat_instance(raw: Raw, clients: Clients) -> bool:
    """Whether an address is an interface's, which stays while instances come and go behind it."""
    interface = raw.get("NetworkInterfaceId")
    if not interface or not raw.get("InstanceId"):
        return False
    (found,) = clients("ec2").describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    return any(tag["Key"] == "Stack" for tag in found.get("TagSet") or [])


def _elastic_ip(raw: Raw, clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "EC2::EIP",
        named_by_tag(raw, "AllocationId"),
        present(
            Domain=raw.get("Domain") or "vpc",
            # That of a NAT gateway is said there, and that of a NAT instance's interface as well.
            InstanceId=None if _is_of_a_nat_instance(raw, clients) else raw.get("InstanceId"),
            Tags=tags(raw.get("Tags")),
        ),
        {"PublicIp": raw["PublicIp"], "AllocationId": raw["AllocationId"]},
        {raw["AllocationId"]: "AllocationId", raw["PublicIp"]: ""},
    )


def _route(table: str, name: str, route: Raw) -> Resource | Left | None:
    destination = {ours: route[key] for key, ours in _DESTINATIONS.items() if route.get(key)}
    where = next(iter(destination.values()), "")
    target = {key: route[key] for key in _TARGETS if route.get(key)}
    gateway = target.get("GatewayId", "")
    # What the VPC itself and its endpoints put there is theirs.
    if gateway == "local" or gateway.startswith("vpce-") or route.get("Origin") == "EnableVgwRoutePropagation":
        return None
    if not destination or not target:
        return Left(
            f"{name}, route to {where or 'an unknown place'}", "it goes to a kind of target that is not known here"
        )
    after = (Named("EC2::VPCGatewayAttachment", gateway),) if gateway.startswith("igw-") else ()
    properties: dict[str, Any] = {"RouteTableId": table, **destination, **target}
    return Resource(
        "EC2::Route", f"{name} {where}", properties, {"RouteTableId": table, "CidrBlock": where}, depends_on=after
    )


def _route_table(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    name, table = named_by_tag(raw, "RouteTableId"), raw["RouteTableId"]
    yield Resource(
        "EC2::RouteTable",
        name,
        present(VpcId=raw["VpcId"], Tags=tags(raw.get("Tags"))),
        {"RouteTableId": table},
        {table: ""},
    )
    for one in raw.get("Routes") or []:
        route = _route(table, name, one)
        if route:
            yield route
    for one in raw.get("Associations") or []:
        if one.get("SubnetId"):
            yield Resource(
                "EC2::SubnetRouteTableAssociation",
                f"{name} {one['SubnetId']}",
                {"RouteTableId": table, "SubnetId": one["SubnetId"]},
                {"Id": one["RouteTableAssociationId"]},
            )


def _acl_entry(acl: str, name: str, entry: Raw) -> Resource:
    icmp = entry.get("IcmpTypeCode") or {}
    way = "out" if entry["Egress"] else "in"
    return Resource(
        "EC2::NetworkAclEntry",
        f"{name} {way} {entry['RuleNumber']}",
        present(
            NetworkAclId=acl,
            Egress=entry["Egress"],
            RuleNumber=entry["RuleNumber"],
            RuleAction=entry["RuleAction"],
            Protocol=int(entry["Protocol"]),
            CidrBlock=entry.get("CidrBlock"),
            Ipv6CidrBlock=entry.get("Ipv6CidrBlock"),
            PortRange=picked(entry.get("PortRange") or {}, "From", "To"),
            Icmp=picked(icmp, "Code", "Type"),
        ),
        {},
    )


def _network_acl(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name, acl = named_by_tag(raw, "NetworkAclId"), raw["NetworkAclId"]
    yield Resource(
        "EC2::NetworkAcl",
        name,
        present(VpcId=raw["VpcId"], Tags=tags(raw.get("Tags"))),
        {"Id": acl},
        {acl: ""},
    )
    for entry in raw.get("Entries") or []:
        if entry["RuleNumber"] < _LAST:
            yield _acl_entry(acl, name, entry)
    for one in raw.get("Associations") or []:
        if one.get("SubnetId"):
            yield Resource(
                "EC2::SubnetNetworkAclAssociation",
                f"{name} {one['SubnetId']}",
                {"NetworkAclId": acl, "SubnetId": one["SubnetId"]},
                {"AssociationId": one["NetworkAclAssociationId"]},
            )


def _nat_interface(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name = next((tag["Value"] for tag in raw.get("TagSet") or [] if tag["Key"] == "Name"), raw["NetworkInterfaceId"])
    yield Resource(
        "EC2::NetworkInterface",
        name,
        present(
            SubnetId=raw["SubnetId"],
            Description=raw.get("Description"),
            SourceDestCheck=raw.get("SourceDestCheck"),
            GroupSet=[group["GroupId"] for group in raw.get("Groups") or []],
            Tags=tags(raw.get("TagSet")),
        ),
        {"Id": raw["NetworkInterfaceId"]},
        {raw["NetworkInterfaceId"]: ""},
    )
    association = raw.get("Association") or {}
    if association.get("AllocationId"):
        yield Resource(
            "EC2::EIPAssociation",
            name,
            {"AllocationId": association["AllocationId"], "NetworkInterfaceId": raw["NetworkInterfaceId"]},
            {"Id": association.get("AssociationId", "")},
        )


EXPORTS: dict[str, Export] = {
    "vpc": _vpc,
    "subnets": _subnet,
    "internet_gateways": _internet_gateway,
    "nat_gateways": _nat_gateway,
    "elastic_ips": _elastic_ip,
    "route_tables": _route_table,
    "network_acls": _network_acl,
    "nat_interfaces": _nat_interface,
    "network_interfaces": nothing(
        "comes and goes with the server, gateway or balancer that it is of", lambda raw: raw["NetworkInterfaceId"]
    ),
}
