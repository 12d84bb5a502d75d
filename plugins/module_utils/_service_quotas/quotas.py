# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an account has room for what a stack still needs: quotas, what is in use of them, and what is to come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: Families that share the quota of standard on-demand instances; the others have quotas of their own.
STANDARD = re.compile(r"(?:[acdhmrtz]|i(?!nf)[a-z]*)\d")
#: States in which an instance counts.
RUNNING = ("pending", "running")
WORKERS = 8

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Quota:
    """One quota of Service Quotas."""

    service: str
    code: str
    #: As the console calls it.
    title: str
    unit: str
    #: What asks for less.
    less: str


VCPUS = Quota("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "vCPUs", "railyard_web_count or smaller types")
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", "addresses", "vpc_nat_gateway_mode: single")
VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", "VPCs", "remove one that nobody needs")
GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", "internet gateways", "remove one that nobody needs")
NATS = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", "NAT gateways in a zone", "vpc_nat_gateway_mode: none")
BALANCERS = Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", "load balancers", "remove one that nobody needs")
DATABASES = Quota("rds", "L-7B6409FD", "DB instances", "databases", "remove one that nobody needs")
NODES = Quota("elasticache", "L-DFE45DF3", "Nodes per Region", "nodes", "railyard_cache_shards, railyard_cache_replicas")


@dataclass(frozen=True)
class Need:
    """How much of a quota is in use, and how much is still to come."""

    quota: Quota
    used: int
    needed: int


def _owner(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def _vcpus(ec2: Any, types: set[str]) -> dict[str, int]:
    found = read_all(ec2, "describe_instance_types", "InstanceTypes", InstanceTypes=sorted(types)) if types else []
    return {one["InstanceType"]: one["VCpuInfo"]["DefaultVCpus"] for one in found}


def _standing(instances: list[dict[str, Any]], stack: str) -> dict[str, str]:
    """Types of the stack's servers that run, by host name, or by the name of the Auto Scaling group that keeps one."""
    ours = [one for one in instances if _owner(one.get("Tags")).get("Stack") == stack and one["State"]["Name"] in RUNNING]
    tags = [(_owner(one.get("Tags")), one["InstanceType"]) for one in ours]
    return {of.get("Hostname") or of.get("aws:autoscaling:groupName", ""): kind for of, kind in tags}


def needs_of_servers(client: Client, stack: str, servers: dict[str, str]) -> list[Need]:
    """Of virtual processors: the servers that are wanted (types by host name), without those that run."""
    ec2 = client("ec2")
    reservations = read_all(ec2, "describe_instances", "Reservations", Filters=[{"Name": "instance-state-name", "Values": list(RUNNING)}])
    instances = [one for reservation in reservations for one in reservation["Instances"]]
    standing = _standing(instances, stack)
    missing = [kind for hostname, kind in servers.items() if hostname not in standing and STANDARD.match(kind)]
    if not missing:
        return []
    running = [one["InstanceType"] for one in instances if STANDARD.match(one["InstanceType"]) and one.get("InstanceLifecycle") != "spot"]
    size = _vcpus(ec2, {*missing, *running})
    return [Need(VCPUS, sum(size.get(kind, 0) for kind in running), sum(size.get(kind, 0) for kind in missing))]


def needs_of_network(client: Client, stack: str, vpc: str, nats: int, instances: int = 0) -> list[Need]:
    """Of the network: all of it where there is no VPC yet, else the NAT gateways and addresses that are missing.

    :param instances: how many NAT instances, each with an address
    """
    ec2 = client("ec2")
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        asked = {
            key: pool.submit(read_all, ec2, operation, key)
            for operation, key in (
                ("describe_vpcs", "Vpcs"),
                ("describe_addresses", "Addresses"),
                ("describe_internet_gateways", "InternetGateways"),
                ("describe_nat_gateways", "NatGateways"),
                ("describe_subnets", "Subnets"),
            )
        }
        found = {key: answer.result() for key, answer in asked.items()}

    def ours(key: str) -> int:
        return sum(_owner(one.get("Tags")).get("Stack") == stack for one in found[key] if one.get("State") not in ("deleted", "deleting", "failed"))

    live = [one for one in found["NatGateways"] if one.get("State") not in ("deleted", "deleting", "failed")]
    missing = max(0, nats - ours("NatGateways"))
    has_vpc = ours("Vpcs") or any(_owner(one.get("Tags")).get("Name") == vpc for one in found["Vpcs"])
    needs = [
        Need(ADDRESSES, len(found["Addresses"]), max(0, nats + instances - ours("Addresses"))),
        # One more in each zone: where the most of them are decides, when nobody knows which zones it will be.
        Need(NATS, _most_in_a_zone(live, found["Subnets"]), min(1, missing)),
        Need(GATEWAYS, len(found["InternetGateways"]), 0 if ours("InternetGateways") else 1),
        Need(VPCS, len(found["Vpcs"]), 0 if has_vpc else 1),
    ]
    return [need for need in needs if need.needed]


def _most_in_a_zone(gateways: list[dict[str, Any]], subnets: list[dict[str, Any]]) -> int:
    zone_of = {one["SubnetId"]: one["AvailabilityZone"] for one in subnets}
    return max(Counter(zone_of.get(one.get("SubnetId", "")) for one in gateways).values(), default=0)


def needs_of_data(client: Client, database: str, cache: str, nodes: int, balancer: str) -> list[Need]:
    """Of database, cache and load balancer, by their names; an empty one is not wanted."""
    databases = read_all(client("rds"), "describe_db_instances", "DBInstances")
    groups = read_all(client("elasticache"), "describe_cache_clusters", "CacheClusters")
    balancers = read_all(client("elbv2"), "describe_load_balancers", "LoadBalancers")
    needs = []
    if database and database not in {one["DBInstanceIdentifier"] for one in databases}:
        needs.append(Need(DATABASES, len(databases), 1))
    if cache and cache not in {one.get("ReplicationGroupId") for one in groups}:
        needs.append(Need(NODES, sum(one.get("NumCacheNodes", 1) for one in groups), nodes))
    if balancer and balancer not in {one["LoadBalancerName"] for one in balancers}:
        needs.append(Need(BALANCERS, sum(one.get("Type") == "application" for one in balancers), 1))
    return needs


def values(client: Any, quotas: list[Quota]) -> tuple[dict[str, float], dict[str, str]]:
    """Values by code, of the account or AWS's own; and reasons, by code, of those that nobody tells."""

    def ask(quota: Quota) -> float | str:
        which = {"ServiceCode": quota.service, "QuotaCode": quota.code}
        try:
            return client.get_service_quota(**which, aws_retry=True)["Quota"]["Value"]
        except (BotoCoreError, ClientError) as error:
            return str(error)

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        told = dict(zip((quota.code for quota in quotas), pool.map(ask, quotas), strict=True))
    return {code: one for code, one in told.items() if not isinstance(one, str)}, {code: one for code, one in told.items() if isinstance(one, str)}


def problems(needs: list[Need], quota_of: dict[str, float], region: str) -> list[str]:
    """What there is no room for, in sentences with the value seen and what mends it."""
    found = []
    for need in needs:
        quota, most = need.quota, quota_of.get(need.quota.code)
        if most is None or need.used + need.needed <= most:
            continue
        found.append(
            f"The quota '{quota.title}' ({quota.code}) of this account in {region} is {most:g} {quota.unit}; {need.used} are in use and the stack needs"
            f" {need.needed} more. Raise it: `aws service-quotas request-service-quota-increase --service-code {quota.service}"
            f" --quota-code {quota.code} --desired-value {need.used + need.needed} --region {region}` (AWS answers within minutes to days);"
            f" or ask for less: {quota.less}."
        )
    return found
