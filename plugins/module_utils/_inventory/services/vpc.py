# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stack's network in Amazon VPC: the VPC and what stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, filters
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, moment, snake_list, tagged_entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Clients, Entry, Kind, ModuleSpec, Raw, Removal, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import all_in_vpcs, belongs_by_tag_or_name, by_tag, in_vpcs
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def _read_vpcs(ec2: Any, scope: Scope) -> list[Raw]:
    """All of the region's are listed: there are few, and one may have lost its tag."""
    return [vpc for vpc in read_all(ec2, "describe_vpcs", "Vpcs") if belongs_by_tag_or_name(vpc, scope.stack)]


def _vpc(raw: Raw) -> Entry:
    return tagged_entry(raw, "VpcId", cidr_block=raw["CidrBlock"], state=raw.get("State"))


def _subnet(raw: Raw) -> Entry:
    return tagged_entry(
        raw,
        "SubnetId",
        cidr_block=raw["CidrBlock"],
        availability_zone=raw["AvailabilityZone"],
        vpc_id=raw["VpcId"],
        map_public_ip_on_launch=raw.get("MapPublicIpOnLaunch", False),
        state=raw.get("State"),
    )


def _internet_gateway(raw: Raw) -> Entry:
    attachment = first(raw, "Attachments") or {}
    return tagged_entry(raw, "InternetGatewayId", vpc_id=attachment.get("VpcId"), state=attachment.get("State", "detached"))


def _nat_gateway(raw: Raw) -> Entry:
    addresses = raw.get("NatGatewayAddresses") or []
    return tagged_entry(
        raw,
        "NatGatewayId",
        state=raw["State"],
        subnet_id=raw["SubnetId"],
        vpc_id=raw.get("VpcId"),
        allocation_ids=[a["AllocationId"] for a in addresses if a.get("AllocationId")],
        public_ips=[a["PublicIp"] for a in addresses if a.get("PublicIp")],
        created=moment(raw.get("CreateTime")),
    )


def _elastic_ip(raw: Raw) -> Entry:
    return tagged_entry(
        raw,
        "AllocationId",
        public_ip=raw["PublicIp"],
        association_id=raw.get("AssociationId"),
        network_interface_id=raw.get("NetworkInterfaceId"),
    )


def _associated(raw: Raw) -> list[str]:
    return [one["SubnetId"] for one in raw.get("Associations") or [] if one.get("SubnetId")]


def _route_table(raw: Raw) -> Entry:
    return tagged_entry(raw, "RouteTableId", vpc_id=raw["VpcId"], routes=snake_list(raw.get("Routes")), subnet_ids=_associated(raw))


def _network_acl(raw: Raw) -> Entry:
    return tagged_entry(raw, "NetworkAclId", vpc_id=raw["VpcId"], entries=snake_list(raw.get("Entries")), subnet_ids=_associated(raw))


def _interface(raw: Raw, **more: Any) -> Entry:
    # Of interfaces alone they are called so.
    tags = boto3_tag_list_to_ansible_dict(raw.get("TagSet") or [])
    name = tags.get("Name") or raw["NetworkInterfaceId"]
    return entry_of(raw["NetworkInterfaceId"], name, tags, vpc_id=raw.get("VpcId"), subnet_id=raw.get("SubnetId"), state=raw.get("Status"), **more)


def _network_interface(raw: Raw) -> Entry:
    return _interface(raw, description=raw.get("Description"))


def _nat_interface(raw: Raw) -> Entry:
    association = raw.get("Association") or {}
    return _interface(
        raw,
        availability_zone=raw.get("AvailabilityZone"),
        source_dest_check=raw.get("SourceDestCheck"),
        instance_id=(raw.get("Attachment") or {}).get("InstanceId"),
        allocation_id=association.get("AllocationId"),
        public_ip=association.get("PublicIp"),
        security_group_ids=[group["GroupId"] for group in raw.get("Groups") or []],
    )


# What holds what: of two of one name, the one that holds nothing may go.


def _always(_raw: Raw) -> bool:
    return True


@dataclass(frozen=True)
class Inside:
    """Things that EC2 lists by a filter that names their holder; ``counts`` leaves out what goes with the holder."""

    label: str
    operation: str
    key: str
    filter: str
    counts: Callable[[Raw], bool] = _always
    #: Name of the argument that takes the filters.
    argument: str = "Filters"


def _not_main(table: Raw) -> bool:
    return not any(one.get("Main") for one in table.get("Associations") or [])


def _stands(raw: Raw) -> bool:
    state = raw.get("State") or raw.get("Status") or ""
    return (state.get("Code") if isinstance(state, dict) else state) not in ("deleted", "deleting", "failed", "rejected", "expired")


#: All that can stand in a VPC. Whose it is does not matter.
_IN_VPC: tuple[Inside, ...] = (
    Inside("subnet", "describe_subnets", "Subnets", "vpc-id"),
    Inside("network interface", "describe_network_interfaces", "NetworkInterfaces", "vpc-id"),
    Inside("internet gateway", "describe_internet_gateways", "InternetGateways", "attachment.vpc-id"),
    Inside("virtual private gateway", "describe_vpn_gateways", "VpnGateways", "attachment.vpc-id"),
    Inside("security group", "describe_security_groups", "SecurityGroups", "vpc-id", lambda group: group["GroupName"] != "default"),
    Inside("route table", "describe_route_tables", "RouteTables", "vpc-id", _not_main),
    Inside("network ACL", "describe_network_acls", "NetworkAcls", "vpc-id", lambda acl: not acl.get("IsDefault")),
    Inside("VPC endpoint", "describe_vpc_endpoints", "VpcEndpoints", "vpc-id", _stands),
    Inside("peering", "describe_vpc_peering_connections", "VpcPeeringConnections", "requester-vpc-info.vpc-id", _stands),
    Inside("peering", "describe_vpc_peering_connections", "VpcPeeringConnections", "accepter-vpc-info.vpc-id", _stands),
    Inside("flow log", "describe_flow_logs", "FlowLogs", "resource-id", argument="Filter"),
)
_THROUGH_NAT = (Inside("route", "describe_route_tables", "RouteTables", "route.nat-gateway-id"),)


def _counted(ec2: Any, calls: tuple[Inside, ...], holder: str) -> list[str]:
    counts: Counter[str] = Counter()
    for call in calls:
        found = read_all(ec2, call.operation, call.key, **{call.argument: filters(**{call.filter: [holder]})})
        counts[call.label] += sum(call.counts(item) for item in found)
    return [f"{number} {label}{'' if number == 1 else 's'}" for label, number in counts.items() if number]


def _vpc_holds(client: Clients, entry: Entry, region: str) -> list[str]:
    zones = ask(client("route53"), "list_hosted_zones_by_vpc", VPCId=entry["id"], VPCRegion=region)["HostedZoneSummaries"]
    return _counted(client("ec2"), _IN_VPC, entry["id"]) + [f"zone {zone['Name'].rstrip('.')}" for zone in zones]


def _internet_gateway_holds(_client: Clients, entry: Entry, _region: str) -> list[str]:
    return [f"attached to {entry['vpc_id']}"] if entry["vpc_id"] else []


def _elastic_ip_holds(client: Clients, entry: Entry, _region: str) -> list[str]:
    """Its NAT gateway too, whose association is not shown while that is being made."""
    attached = [one for one in (entry["network_interface_id"] or entry["association_id"],) if one]
    gateways = read_all(client("ec2"), "describe_nat_gateways", "NatGateways")
    attached += [
        gateway["NatGatewayId"]
        for gateway in gateways
        if _stands(gateway) and entry["id"] in [one.get("AllocationId") for one in gateway.get("NatGatewayAddresses") or []]
    ]
    return [f"attached to {one}" for one in attached]


def _nat_gateway_holds(client: Clients, entry: Entry, _region: str) -> list[str]:
    return _counted(client("ec2"), _THROUGH_NAT, entry["id"])


def _route_table_holds(client: Clients, entry: Entry, _region: str) -> list[str]:
    """Asked anew: that a table is its VPC's main one, or a gateway's, is no part of an entry."""
    answer = ask(client("ec2"), "describe_route_tables", RouteTableIds=[entry["id"]])
    # One that AWS does not show holds nothing that is known; AWS itself deletes none that is in use.
    table = first(answer, "RouteTables") or {}
    links = [one.get("SubnetId") or one.get("GatewayId") or "VPC" for one in table.get("Associations") or []]
    endpoints = [route["gateway_id"] for route in entry["routes"] if str(route.get("gateway_id") or "").startswith("vpce-")]
    return [f"associated with {one}" for one in links + endpoints]


def _network_acl_holds(_client: Clients, entry: Entry, _region: str) -> list[str]:
    return [f"associated with {one}" for one in entry["subnet_ids"]]


KINDS: dict[str, Kind] = {
    "vpc": Kind(
        label="VPC",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_net": ModuleSpec()},
        client="ec2",
        read=_read_vpcs,
        entry=_vpc,
        fields=dict.fromkeys(("cidr_block", "state")),
        planned_id="vpc-{index:017x}",
        delete_command="aws ec2 delete-vpc --vpc-id {id}",
        removal=Removal("delete_vpc", "VpcId", _vpc_holds),
        named_by="tag Name",
    ),
    "subnets": Kind(
        label="Subnet",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_subnet": ModuleSpec(("cidr",))},
        client="ec2",
        read=in_vpcs("describe_subnets", "Subnets"),
        in_vpc=True,
        entry=_subnet,
        fields=dict.fromkeys(("cidr_block", "availability_zone", "vpc_id", "map_public_ip_on_launch", "state")),
        planned_id="subnet-{index:017x}",
        delete_command="aws ec2 delete-subnet --subnet-id {id}",
        named_by="tag Name",
    ),
    "internet_gateways": Kind(
        label="Internet gateway",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_igw": ModuleSpec(("internet_gateway_id",))},
        client="ec2",
        read=by_tag("describe_internet_gateways", "InternetGateways"),
        entry=_internet_gateway,
        fields=dict.fromkeys(("vpc_id", "state")),
        planned_id="igw-{index:017x}",
        delete_command="aws ec2 delete-internet-gateway --internet-gateway-id {id}",
        removal=Removal("delete_internet_gateway", "InternetGatewayId", _internet_gateway_holds),
        named_by="tag Name",
    ),
    "nat_gateways": Kind(
        label="NAT gateway",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_nat_gateway": ModuleSpec(("nat_gateway_id",))},
        client="ec2",
        read=in_vpcs("describe_nat_gateways", "NatGateways"),
        in_vpc=True,
        entry=_nat_gateway,
        fields=dict.fromkeys(("state", "subnet_id", "vpc_id", "created")) | {"allocation_ids": [], "public_ips": []},
        planned_id="nat-{index:017x}",
        deleted=frozenset({"deleted", "failed"}),
        deleting=frozenset({"deleting"}),
        pending=frozenset({"pending"}),
        usual_seconds=105,
        delete_command="aws ec2 delete-nat-gateway --nat-gateway-id {id}",
        removal=Removal("delete_nat_gateway", "NatGatewayId", _nat_gateway_holds),
        named_by="tag Name",
    ),
    "elastic_ips": Kind(
        label="Elastic IP",
        role="vpc",
        made_by={"amazon.aws.ec2_eip": ModuleSpec()},
        client="ec2",
        read=by_tag("describe_addresses", "Addresses"),
        entry=_elastic_ip,
        fields=dict.fromkeys(("public_ip", "association_id", "network_interface_id")),
        planned_id="eipalloc-{index:017x}",
        listed=False,
        delete_command="aws ec2 release-address --allocation-id {id}",
        removal=Removal("release_address", "AllocationId", _elastic_ip_holds),
        named_by="tag Name",
    ),
    "route_tables": Kind(
        label="Route table",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_route_table": ModuleSpec(("route_table_id",))},
        client="ec2",
        read=in_vpcs("describe_route_tables", "RouteTables"),
        in_vpc=True,
        entry=_route_table,
        fields={"vpc_id": None, "routes": [], "subnet_ids": []},
        planned_id="rtb-{index:017x}",
        delete_command="aws ec2 delete-route-table --route-table-id {id}",
        removal=Removal("delete_route_table", "RouteTableId", _route_table_holds),
        named_by="tag Name",
    ),
    "network_acls": Kind(
        label="Network ACL",
        role="vpc",
        made_by={"amazon.aws.ec2_vpc_nacl": ModuleSpec(("nacl_id", "name"))},
        client="ec2",
        read=in_vpcs("describe_network_acls", "NetworkAcls"),
        in_vpc=True,
        entry=_network_acl,
        fields={"vpc_id": None, "entries": [], "subnet_ids": []},
        planned_id="acl-{index:017x}",
        delete_command="aws ec2 delete-network-acl --network-acl-id {id}",
        removal=Removal("delete_network_acl", "NetworkAclId", _network_acl_holds),
        named_by="tag Name",
    ),
    "network_interfaces": Kind(
        label="Network interface",
        role="vpc",
        client="ec2",
        # All count: AWS tags none of those it makes for gateways and balancers.
        read=all_in_vpcs("describe_network_interfaces", "NetworkInterfaces"),
        in_vpc=True,
        entry=_network_interface,
        fields=dict.fromkeys(("vpc_id", "subnet_id", "state", "description")),
        planned_id="eni-{index:017x}",
        keyed_by_id=True,
        listed=False,
        about="Left-overs, for teardown.",
    ),
    "nat_interfaces": Kind(
        label="Interface of a NAT instance",
        role="vpc",
        made_by={"amazon.aws.ec2_eni": ModuleSpec(("name", "eni_id"))},
        client="ec2",
        # Those that the stack made itself: AWS gives the tag Stack to none that it makes for gateways and servers.
        read=by_tag("describe_network_interfaces", "NetworkInterfaces"),
        entry=_nat_interface,
        fields=dict.fromkeys(("vpc_id", "subnet_id", "availability_zone", "state", "source_dest_check", "instance_id", "allocation_id", "public_ip"))
        | {"security_group_ids": []},
        planned_id="eni-{index:017x}",
        listed=False,
        delete_command="aws ec2 delete-network-interface --network-interface-id {id}",
        named_by="tag Name",
        about="It stays while Auto Scaling replaces the instance behind it.",
    ),
}
