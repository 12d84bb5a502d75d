# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a thing holds or is attached to, asked of AWS: of two of one name, the one that holds nothing may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Raw
from ansible_collections.railyard.aws.plugins.module_utils._stack.reading import read_all

Client = Callable[[str], Any]


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
IN_VPC: tuple[Inside, ...] = (
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
THROUGH_NAT = (Inside("route", "describe_route_tables", "RouteTables", "route.nat-gateway-id"),)


def _items(client: Any, call: Inside, holder: str) -> list[Raw]:
    return read_all(client, call.operation, call.key, **{call.argument: [{"Name": call.filter, "Values": [holder]}]})


def _counted(client: Any, calls: tuple[Inside, ...], holder: str) -> list[str]:
    counts: Counter[str] = Counter()
    for call in calls:
        counts[call.label] += sum(call.counts(item) for item in _items(client, call, holder))
    return [f"{number} {label}{'' if number == 1 else 's'}" for label, number in counts.items() if number]


@AWSRetry.jittered_backoff(retries=8)
def _zones_of(route53: Any, vpc_id: str, region: str) -> list[Raw]:
    return route53.list_hosted_zones_by_vpc(VPCId=vpc_id, VPCRegion=region)["HostedZoneSummaries"]


def _vpc(client: Client, entry: Entry, region: str) -> list[str]:
    zones = [f"zone {zone['Name'].rstrip('.')}" for zone in _zones_of(client("route53"), entry["id"], region)]
    return _counted(client("ec2"), IN_VPC, entry["id"]) + zones


def _internet_gateway(_client: Client, entry: Entry, _region: str) -> list[str]:
    return [f"attached to {entry['vpc_id']}"] if entry["vpc_id"] else []


def _address(client: Client, entry: Entry, _region: str) -> list[str]:
    """Its NAT gateway too, whose association is not shown while that is being made."""
    attached = [one for one in (entry["network_interface_id"] or entry["association_id"],) if one]
    gateways = read_all(client("ec2"), "describe_nat_gateways", "NatGateways")
    attached += [
        gateway["NatGatewayId"]
        for gateway in gateways
        if _stands(gateway) and entry["id"] in [one.get("AllocationId") for one in gateway.get("NatGatewayAddresses") or []]
    ]
    return [f"attached to {one}" for one in attached]


def _nat_gateway(client: Client, entry: Entry, _region: str) -> list[str]:
    return _counted(client("ec2"), THROUGH_NAT, entry["id"])


def _route_table(client: Client, entry: Entry, _region: str) -> list[str]:
    """Asked anew: that a table is its VPC's main one, or a gateway's, is no part of an entry."""
    answer = AWSRetry.jittered_backoff(retries=8)(client("ec2").describe_route_tables)(RouteTableIds=[entry["id"]])
    # One that AWS does not show holds nothing that is known; AWS itself deletes none that is in use.
    table = first(answer, "RouteTables") or {}
    links = [one.get("SubnetId") or one.get("GatewayId") or "VPC" for one in table.get("Associations") or []]
    endpoints = [route["gateway_id"] for route in entry["routes"] if str(route.get("gateway_id") or "").startswith("vpce-")]
    return [f"associated with {one}" for one in links + endpoints]


def _network_acl(_client: Client, entry: Entry, _region: str) -> list[str]:
    return [f"associated with {one}" for one in entry["subnet_ids"]]


def _endpoint(_client: Client, entry: Entry, _region: str) -> list[str]:
    if entry["type"] != "Gateway":
        return [f"of type {entry['type']}"]
    return [f"in {one}" for one in entry["route_table_ids"]]


def _zone(_client: Client, entry: Entry, _region: str) -> list[str]:
    own = sum(one["name"] == entry["name"] and one["type"] in ("NS", "SOA") for one in entry["records"])
    number = len(entry["records"]) - own
    return [f"{number} record{'' if number == 1 else 's'}"] if number else []


@dataclass(frozen=True)
class Removal:
    """How a thing of a kind is removed: the service, its operation, and the argument that takes the id."""

    service: str
    operation: str
    argument: str
    holds: Callable[[Client, Entry, str], list[str]]


#: Kinds that AWS makes twice under one name, and whose surplus can be told and removed.
REMOVABLE: dict[str, Removal] = {
    "vpc": Removal("ec2", "delete_vpc", "VpcId", _vpc),
    "internet_gateways": Removal("ec2", "delete_internet_gateway", "InternetGatewayId", _internet_gateway),
    "elastic_ips": Removal("ec2", "release_address", "AllocationId", _address),
    "nat_gateways": Removal("ec2", "delete_nat_gateway", "NatGatewayId", _nat_gateway),
    "route_tables": Removal("ec2", "delete_route_table", "RouteTableId", _route_table),
    "network_acls": Removal("ec2", "delete_network_acl", "NetworkAclId", _network_acl),
    "vpc_endpoints": Removal("ec2", "delete_vpc_endpoints", "VpcEndpointIds", _endpoint),
    "hosted_zones": Removal("route53", "delete_hosted_zone", "Id", _zone),
}

#: The command by which a person removes one, of every kind that AWS allows twice under one name.
COMMANDS: dict[str, str] = {
    "vpc": "aws ec2 delete-vpc --vpc-id {id}",
    "subnets": "aws ec2 delete-subnet --subnet-id {id}",
    "internet_gateways": "aws ec2 delete-internet-gateway --internet-gateway-id {id}",
    "elastic_ips": "aws ec2 release-address --allocation-id {id}",
    "nat_gateways": "aws ec2 delete-nat-gateway --nat-gateway-id {id}",
    "route_tables": "aws ec2 delete-route-table --route-table-id {id}",
    "network_acls": "aws ec2 delete-network-acl --network-acl-id {id}",
    "vpc_endpoints": "aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {id}",
    "hosted_zones": "aws route53 delete-hosted-zone --id {id}",
    "security_groups": "aws ec2 delete-security-group --group-id {id}",
    "instances": "aws ec2 terminate-instances --instance-ids {id}",
    "flow_logs": "aws ec2 delete-flow-logs --flow-log-ids {id}",
}
