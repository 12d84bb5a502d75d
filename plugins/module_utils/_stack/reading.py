# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking AWS for everything that is the stack's: paginated, retried, side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._stack import identity, storage
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.services import SERVICES
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import in_chunks, still_there

#: Below botocore's ten pooled connections per client.
WORKERS = 8
#: How many ARNs elasticloadbalancing:DescribeTags takes at once.
TAGS_AT_ONCE = 20

Raw = dict[str, Any]

#: kind: (operation, key of the list in the answer). Found by the tag Stack wherever they are.
TAGGED_CALLS: dict[str, tuple[str, str]] = {
    "internet_gateways": ("describe_internet_gateways", "InternetGateways"),
    "elastic_ips": ("describe_addresses", "Addresses"),
    "key_pairs": ("describe_key_pairs", "KeyPairs"),
    "instances": ("describe_instances", "Reservations"),
    "volumes": ("describe_volumes", "Volumes"),
}
#: kind: (operation, key of the list in the answer). Found inside the stack's VPC.
VPC_CALLS: dict[str, tuple[str, str]] = {
    "subnets": ("describe_subnets", "Subnets"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways"),
    "route_tables": ("describe_route_tables", "RouteTables"),
    "network_acls": ("describe_network_acls", "NetworkAcls"),
    "network_interfaces": ("describe_network_interfaces", "NetworkInterfaces"),
    "security_groups": ("describe_security_groups", "SecurityGroups"),
    "vpc_endpoints": ("describe_vpc_endpoints", "VpcEndpoints"),
}
ELB_CALLS: dict[str, tuple[str, str, str]] = {
    "load_balancers": ("describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    "target_groups": ("describe_target_groups", "TargetGroups", "TargetGroupArn"),
}


@AWSRetry.jittered_backoff(retries=8)
def read_all(client: Any, operation: str, key: str, **arguments: Any) -> list[Raw]:
    """Every item of a describe operation over all of its pages; raises botocore's errors once retries are used up."""
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(key) or []]
    return list(getattr(client, operation)(**arguments).get(key) or [])


def _filters(**values: list[str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": value} for name, value in values.items()]


def _belongs(raw: Raw, stack: str) -> bool:
    """Whether a thing is the stack's: by its tag Stack or, where somebody took that away, by its name.

    So the role that made it finds it again and puts the tag back, where it would else make a second one.
    """
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags") or []}
    if "Stack" in tags:
        return tags["Stack"] == stack
    name = raw.get("GroupName") or tags.get("Name") or ""
    return name == stack or name.startswith(f"{stack}-")


def read_vpcs(ec2: Any, stack: str) -> list[Raw]:
    """The stack's VPCs. All of the region's are listed: there are few, and one may have lost its tag."""
    return [vpc for vpc in read_all(ec2, "describe_vpcs", "Vpcs") if _belongs(vpc, stack)]


def read_tagged(ec2: Any, kind: str, stack: str) -> list[Raw]:
    """Resources of one kind with the tag ``Stack=<stack>``."""
    operation, key = TAGGED_CALLS[kind]
    # Fingerprints are computed differently for each kind of key; the public key itself can be compared.
    more = {"IncludePublicKey": True} if kind == "key_pairs" else {}
    found = read_all(ec2, operation, key, Filters=_filters(**{"tag:Stack": [stack]}), **more)
    if kind == "instances":
        return [instance for reservation in found for instance in reservation["Instances"]]
    return found


def read_in_vpcs(ec2: Any, kind: str, stack: str, vpc_ids: list[str]) -> list[Raw]:
    """The stack's resources of one kind inside its VPCs.

    Network interfaces all count: AWS tags none of those it makes for gateways and balancers.
    """
    if not vpc_ids:
        return []
    operation, key = VPC_CALLS[kind]
    found = read_all(ec2, operation, key, Filters=_filters(**{"vpc-id": vpc_ids}))
    return found if kind == "network_interfaces" else [item for item in found if _belongs(item, stack)]


def read_zones(ec2: Any) -> list[str]:
    """Names of the region's availability zones that are open to this account, sorted."""
    filters = _filters(**{"state": ["available"], "zone-type": ["availability-zone"]})
    return sorted(zone["ZoneName"] for zone in read_all(ec2, "describe_availability_zones", "AvailabilityZones", Filters=filters))


def read_elb(elb: Any, kind: str, stack: str) -> list[Raw]:
    """Load balancers (with ``Listeners``) or target groups (with ``Targets``) of the stack, each with ``Tags``.

    Their describe operations know no tag filter, so all of the region's are listed and their tags asked.
    """
    operation, key, arn_key = ELB_CALLS[kind]
    everything = {item[arn_key]: item for item in read_all(elb, operation, key)}
    described = in_chunks(lambda arns: read_all(elb, "describe_tags", "TagDescriptions", ResourceArns=arns), list(everything), TAGS_AT_ONCE)
    ours = []
    for description in described:
        tags = description.get("Tags") or []
        if {"Key": "Stack", "Value": stack} in tags:
            ours.append({**everything[description["ResourceArn"]], "Tags": tags})

    def with_parts(item: Raw) -> Raw:
        if kind == "load_balancers":
            return {
                **item,
                "Listeners": read_all(elb, "describe_listeners", "Listeners", LoadBalancerArn=item[arn_key]),
            }
        health = read_all(elb, "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=item[arn_key])
        return {**item, "Targets": health}

    return still_there(with_parts, ours)


def read_service(service: Service, client: Any, kind: str, stack: str, region: str, names: list[str]) -> list[Raw]:
    """The stack's resources of one kind of a service, those of ``names`` included that its list does not have yet."""
    found = service.read(client, kind, stack, region)
    if service.find is None:
        return found
    listed = {service.entry_of[kind](raw)["name"] for raw in found}
    return found + service.find(client, kind, [name for name in names if name not in listed], stack)


def read_stack(
    client: Callable[[str], Any], stack: str, kinds: list[str], region: str, named: dict[str, list[str]] | None = None
) -> tuple[dict[str, list[Raw]], list[str]]:
    """Raw resources by kind, and the region's zones. ``named`` are names by kind that are known beforehand.

    ``client`` makes a client of a service. Each service has one, made here in the calling thread (making clients
    is neither cheap nor safe in threads) and shared by all threads (using them is).
    """
    ec2 = client("ec2")
    elb = client("elbv2") if set(kinds) & set(ELB_CALLS) else None
    iam = client("iam") if set(kinds) & set(identity.CALLS) else None
    s3 = client("s3") if "buckets" in kinds else None
    # A client takes as long to make as a call.
    made = {"ec2": ec2, "elbv2": elb, "iam": iam, "s3": s3}
    others = [(service, made.get(service.client) or client(service.client)) for service in SERVICES if set(kinds) & set(service.kinds)]
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        # The balancers' chains of calls are the longest, so they start first.
        reads = {kind: pool.submit(read_elb, elb, kind, stack) for kind in kinds if kind in ELB_CALLS}
        reads |= {kind: pool.submit(identity.read_identities, iam, kind, stack, region) for kind in kinds if kind in identity.CALLS}
        for service, asked in others:
            for kind in [kind for kind in kinds if kind in service.kinds]:
                reads[kind] = pool.submit(read_service, service, asked, kind, stack, region, (named or {}).get(kind, []))
        if s3 is not None:
            reads["buckets"] = pool.submit(storage.read_buckets, s3, stack, region)
        if "vpc" in kinds or set(kinds) & set(VPC_CALLS):
            reads["vpc"] = pool.submit(read_vpcs, ec2, stack)
        reads |= {kind: pool.submit(read_tagged, ec2, kind, stack) for kind in kinds if kind in TAGGED_CALLS}
        zones = pool.submit(read_zones, ec2)
        inside = [kind for kind in kinds if kind in VPC_CALLS]
        if inside:
            vpc_ids = [vpc["VpcId"] for vpc in reads["vpc"].result()]
            reads |= {kind: pool.submit(read_in_vpcs, ec2, kind, stack, vpc_ids) for kind in inside}
        return {kind: reads[kind].result() for kind in kinds}, zones.result()
