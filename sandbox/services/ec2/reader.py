"""What EC2 says of the account: its lists, each read whole, and what a picture takes from them."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.core.account import Account
from sandbox.services.ec2 import parsers
from sandbox.services.ec2.picture import Instance, Vpc

#: Kind → (operation, key of the answer), each read whole, in this order.
_LISTS = {
    "vpcs": ("describe_vpcs", "Vpcs"),
    "subnets": ("describe_subnets", "Subnets"),
    "route_tables": ("describe_route_tables", "RouteTables"),
    "network_acls": ("describe_network_acls", "NetworkAcls"),
    "security_groups": ("describe_security_groups", "SecurityGroups"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways"),
    "internet_gateways": ("describe_internet_gateways", "InternetGateways"),
    "vpc_endpoints": ("describe_vpc_endpoints", "VpcEndpoints"),
    # Before the interfaces: of an instance that is launched meanwhile, nobody would know what its interface may do.
    "reservations": ("describe_instances", "Reservations"),
    "interfaces": ("describe_network_interfaces", "NetworkInterfaces"),
}
_GONE = ("shutting-down", "terminated")

Answers = dict[str, list[dict[str, Any]]]


def answers(account: Account) -> Answers:
    """Lists of the API's answers by kind."""
    return {kind: account.all("ec2", *how) for kind, how in _LISTS.items()}


def vpcs(account: Account, answers: Answers, used: frozenset[str]) -> tuple[Vpc, ...]:
    """:param used: ids of VPCs in which something runs"""
    # Another question for each: of the others, among them every account's default VPC, nobody asks a name.
    asked = used & {vpc["VpcId"] for vpc in answers["vpcs"]}
    silent = frozenset(vpc_id for vpc_id in asked if not _dns_support(account, vpc_id))
    return parsers.vpcs_of(answers, used, account.take, silent)


def _dns_support(account: Account, vpc_id: str) -> bool:
    answer = account.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsSupport")
    return bool(answer["EnableDnsSupport"]["Value"])


def instances(account: Account, answers: Answers) -> tuple[Instance, ...]:
    """Instances that are not terminated, by id."""
    keys = account.client("ec2").describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
    public_keys = {key["KeyName"]: key["PublicKey"].strip() for key in keys if key.get("PublicKey")}
    primary = parsers.primary_interfaces(answers["interfaces"])
    makes = {
        instance["InstanceId"]: partial(
            parsers.instance_of,
            instance,
            primary.get(instance["InstanceId"]),
            public_keys,
            _user_data(account, instance["InstanceId"]),
            account.take,
        )
        for reservation in answers["reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in _GONE
    }
    return account.wholes("instance", dict(sorted(makes.items())))


def _user_data(account: Account, instance_id: str) -> str | None:
    answer = account.client("ec2").describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    return answer.get("UserData", {}).get("Value")
