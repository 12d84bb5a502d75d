# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which kind of resource a module makes, and which of its arguments name the one that is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Maker:
    """``kind`` as in stack_info. The first of ``names`` that is given names the resource, unless its tag Name does.

    A ``part`` belongs to a resource that something else makes: changing it is a change of that one. One that ``tells``
    keeps several at a time, and its result lists the names: ``created``, ``mended`` and ``removed``. ``also`` is what the
    same call makes beside it.
    """

    kind: str
    names: tuple[str, ...] = ("name",)
    part: bool = False
    tells: bool = False
    also: Maker | None = None


#: Every module of a cloud role that makes, changes or removes something (tests/unit/test_tree.py holds it against the roles).
MAKERS: dict[str, Maker] = {
    "amazon.aws.cloudwatchlogs_log_group": Maker("log_groups", ("log_group_name",)),
    "amazon.aws.ec2_eip": Maker("elastic_ips"),
    "amazon.aws.ec2_instance": Maker("instances", ("name", "instance_ids")),
    "amazon.aws.ec2_key": Maker("key_pairs"),
    "amazon.aws.ec2_security_group": Maker("security_groups", ("name", "group_id")),
    "amazon.aws.ec2_tag": Maker("", ("resource",), part=True),
    "amazon.aws.ec2_vpc_endpoint": Maker("vpc_endpoints", ("vpc_endpoint_id",)),
    "amazon.aws.ec2_vpc_igw": Maker("internet_gateways", ("internet_gateway_id",)),
    "amazon.aws.ec2_vpc_nacl": Maker("network_acls", ("nacl_id", "name")),
    "amazon.aws.ec2_vpc_nat_gateway": Maker("nat_gateways", ("nat_gateway_id",)),
    "amazon.aws.ec2_vpc_net": Maker("vpc"),
    "amazon.aws.ec2_vpc_route_table": Maker("route_tables", ("route_table_id",)),
    "amazon.aws.ec2_vpc_subnet": Maker("subnets", ("cidr",)),
    "amazon.aws.elb_application_lb": Maker("load_balancers"),
    "amazon.aws.iam_group": Maker("iam_groups"),
    "amazon.aws.iam_instance_profile": Maker("instance_profiles"),
    "amazon.aws.iam_managed_policy": Maker("iam_policies"),
    "amazon.aws.iam_policy": Maker("", ("iam_name",), part=True),
    "amazon.aws.iam_role": Maker("iam_roles"),
    "amazon.aws.iam_user": Maker("iam_users"),
    "amazon.aws.rds_option_group": Maker("db_option_groups", ("option_group_name",)),
    "amazon.aws.rds_subnet_group": Maker("db_subnet_groups"),
    "amazon.aws.route53": Maker("hosted_zones", ("hosted_zone_id", "zone"), part=True),
    "amazon.aws.route53_zone": Maker("hosted_zones", ("zone",)),
    "amazon.aws.s3_bucket": Maker("buckets"),
    "community.aws.s3_lifecycle": Maker("buckets", part=True),
    "community.aws.secretsmanager_secret": Maker("secrets"),
    "community.aws.ses_rule_set": Maker("receipt_rule_sets"),
    "community.aws.sns_topic": Maker("topics"),
    "community.aws.ssm_parameter": Maker("parameters"),
    "railyard.aws.acm_dns_certificate": Maker("certificates", ("certificate_arn", "domain_name")),
    "railyard.aws.alb_target_group": Maker("target_groups"),
    "railyard.aws.cloudwatch_alarms": Maker("alarms", tells=True),
    "railyard.aws.cloudwatch_dashboard": Maker("dashboards"),
    "railyard.aws.cloudwatch_log_groups": Maker("log_groups", tells=True),
    "railyard.aws.ec2_vpc_flow_log": Maker("flow_logs", ("resource_id",)),
    "railyard.aws.elasticache_parameter_group": Maker("cache_parameter_groups"),
    "railyard.aws.elasticache_replication_group": Maker("cache_groups", ("replication_group_id",)),
    "railyard.aws.elasticache_subnet_group": Maker("cache_subnet_groups"),
    "railyard.aws.rds_instance": Maker("databases", ("db_instance_identifier",)),
    "railyard.aws.rds_parameter_group": Maker("db_parameter_groups"),
    "railyard.aws.release_record": Maker("parameters"),
    "railyard.aws.ses_domain_identity": Maker("mail_identities", ("domain",)),
    "railyard.aws.ses_email_identity": Maker("mail_identities", ("address",)),
    "railyard.aws.ses_receipt_rule": Maker("receipt_rule_sets", ("rule_set",), part=True),
    "railyard.aws.ses_smtp_credentials": Maker("iam_users", also=Maker("secrets", ("secret_name",))),
    # No resource of the stack: it outlives it.
    "railyard.aws.route53_domain": Maker("Domain", ("domain",)),
}

#: Kind of the parent of an inline policy, by the module's ``iam_type``.
POLICY_PARENTS = {"role": "iam_roles", "group": "iam_groups", "user": "iam_users"}


def meant(maker: Maker, arguments: dict[str, Any]) -> tuple[str, list[str]]:
    """Kind and names of what a call is about; a name may also be an id, for who knows ids to look up."""
    kind = maker.kind or POLICY_PARENTS.get(str(arguments.get("iam_type")), "")
    tags = arguments.get("tags") or arguments.get("resource_tags")
    if not maker.part and isinstance(tags, dict) and tags.get("Name"):
        return kind, [str(tags["Name"])]
    for name in maker.names:
        value = arguments.get(name)
        if value:
            return kind, [str(one) for one in (value if isinstance(value, list) else [value])]
    return kind, []
