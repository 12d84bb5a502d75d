# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of resource that a stack is made of, in the order in which they must be made."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Kind
from ansible_collections.railyard.aws.plugins.module_utils._inventory.services import (
    acm,
    autoscaling,
    budgets,
    cloudwatch,
    ec2,
    elasticache,
    elbv2,
    flow_logs,
    iam,
    logs,
    rds,
    route53,
    s3,
    secretsmanager,
    ses,
    sns,
    ssm,
    vpc,
    vpc_endpoints,
)

#: A file of a service is named here, as modules get those files only that are imported by name.
SERVICES = (
    vpc,
    ec2,
    autoscaling,
    elbv2,
    vpc_endpoints,
    s3,
    iam,
    route53,
    acm,
    secretsmanager,
    rds,
    elasticache,
    sns,
    logs,
    ssm,
    flow_logs,
    cloudwatch,
    budgets,
    ses,
)

KINDS: dict[str, Kind] = {name: kind for service in SERVICES for name, kind in service.KINDS.items()}


def placeholder_id(kind: str, index: int, name: str, region: str, account_id: str | None) -> str:
    """Well-formed id for the ``index``-th thing of a kind that does not exist yet; an ARN where ids are ARNs."""
    return KINDS[kind].planned_id.format(index=index, name=name, region=region, account=account_id or "0" * 12)
