# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kinds of resources a stack is made of, and what is said about each when one is missing."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Kind
from ansible_collections.railyard.aws.plugins.module_utils._stack.services import SERVICES

_FIRST: dict[str, Kind] = {
    "vpc": Kind("vpc", "VPC", "vpc", {"cidr_block": None, "state": None}),
    "subnets": Kind(
        "vpc",
        "Subnet",
        "subnet",
        {
            "cidr_block": None,
            "availability_zone": None,
            "vpc_id": None,
            "map_public_ip_on_launch": None,
            "state": None,
        },
    ),
    "internet_gateways": Kind("vpc", "Internet gateway", "igw", {"vpc_id": None, "state": None}),
    "nat_gateways": Kind(
        "vpc",
        "NAT gateway",
        "nat",
        {"state": None, "subnet_id": None, "vpc_id": None, "allocation_ids": [], "public_ips": [], "created": None},
        gone=frozenset({"deleted", "failed"}),
        leaving=frozenset({"deleting"}),
        coming=frozenset({"pending"}),
        usual_seconds=105,
    ),
    "elastic_ips": Kind("vpc", "Elastic IP", "eipalloc", {"public_ip": None, "association_id": None, "network_interface_id": None}, listed=False),
    "route_tables": Kind("vpc", "Route table", "rtb", {"vpc_id": None, "routes": [], "subnet_ids": []}),
    "network_acls": Kind("vpc", "Network ACL", "acl", {"vpc_id": None, "entries": [], "subnet_ids": []}),
    "network_interfaces": Kind("vpc", "Network interface", "eni", {"vpc_id": None, "subnet_id": None, "state": None, "description": None}, listed=False),
    "security_groups": Kind(
        "security",
        "Security group",
        "sg",
        {"vpc_id": None, "description": None, "ip_permissions": [], "ip_permissions_egress": []},
    ),
    "key_pairs": Kind("ec2", "Key pair", "key", {"fingerprint": None, "public_key": None}),
    "instances": Kind(
        "ec2",
        "Server",
        "i",
        {
            "state": None,
            "role": None,
            "hostname": None,
            "private_ip_address": None,
            "public_ip_address": None,
            "subnet_id": None,
            "vpc_id": None,
            "availability_zone": None,
            "image_id": None,
            "instance_type": None,
            "key_name": None,
            "instance_profile_arn": None,
            "security_group_ids": [],
            "created": None,
        },
        gone=frozenset({"terminated"}),
        leaving=frozenset({"shutting-down"}),
        coming=frozenset({"pending"}),
        usual_seconds=60,
    ),
    "volumes": Kind("ec2", "Volume", "vol", {"state": None, "encrypted": None, "instance_id": None}, listed=False),
    "load_balancers": Kind(
        "alb",
        "Load balancer",
        "app",
        {
            "arn": None,
            "dns_name": None,
            "state": None,
            "scheme": None,
            "vpc_id": None,
            "hosted_zone_id": None,
            "security_group_ids": [],
            "subnet_ids": [],
            "listeners": [],
        },
        planned_id="arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{index:016x}",
        coming=frozenset({"provisioning"}),
        usual_seconds=145,
        failed=frozenset({"failed"}),
    ),
    "target_groups": Kind(
        "alb",
        "Target group",
        "targetgroup",
        {
            "arn": None,
            "port": None,
            "protocol": None,
            "vpc_id": None,
            "load_balancer_arns": [],
            "targets": [],
        },
        planned_id="arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{index:016x}",
    ),
    "vpc_endpoints": Kind(
        "s3",
        "VPC endpoint",
        "vpce",
        {"service": None, "type": None, "vpc_id": None, "state": None, "route_table_ids": []},
        gone=frozenset({"deleted", "failed", "rejected", "expired"}),
        leaving=frozenset({"deleting"}),
    ),
    "buckets": Kind(
        "s3",
        "Bucket",
        "",
        {
            "empty": True,
            "encryption": None,
            "kms_key": None,
            "public_access": {},
            "policy": None,
            "versioning": False,
            "ownership": None,
            "lifecycle": [],
        },
        planned_id="{name}",
    ),
    "iam_roles": Kind(
        "iam",
        "IAM role",
        "role",
        {
            "arn": None,
            "path": None,
            "description": "",
            "trust_policy": {},
            "inline_policies": {},
            "policy_names": [],
            "attached_policies": [],
            "permissions_boundary": "",
        },
        planned_id="arn:aws:iam::{account}:role/{name}",
    ),
    "instance_profiles": Kind(
        "iam", "Instance profile", "instance-profile", {"arn": None, "path": None, "roles": []}, planned_id="arn:aws:iam::{account}:instance-profile/{name}"
    ),
    "iam_groups": Kind(
        "iam",
        "IAM group",
        "group",
        {"arn": None, "path": None, "users": [], "inline_policies": {}, "policy_names": [], "attached_policies": []},
        planned_id="arn:aws:iam::{account}:group/{name}",
    ),
    "iam_users": Kind(
        "iam", "IAM user", "user", {"arn": None, "path": None, "permissions_boundary": ""}, planned_id="arn:aws:iam::{account}:user/{name}"
    ),
    "iam_policies": Kind("iam", "IAM policy", "policy", {"arn": None, "path": None, "document": {}}, planned_id="arn:aws:iam::{account}:policy/{name}"),
}

#: Every kind, in the order in which they must be made.
KINDS: dict[str, Kind] = _FIRST | {name: kind for service in SERVICES for name, kind in service.kinds.items()}


def placeholder_id(kind: str, index: int, name: str, region: str, account_id: str | None) -> str:
    """Well-formed id for the ``index``-th thing of a kind that does not exist yet; an ARN where ids are ARNs."""
    form = KINDS[kind].planned_id or KINDS[kind].prefix + "-{index:017x}"
    return form.format(index=index, name=name, region=region, account=account_id or "0" * 12)
