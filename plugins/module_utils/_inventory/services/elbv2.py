# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers of a stack, and the target groups that they send requests to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import in_chunks, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, moment, snake_list, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import belongs_to_stack
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: How many ARNs elasticloadbalancing:DescribeTags takes at once.
TAGS_AT_ONCE = 20


def _read(operation: str, key: str, arn_key: str, complete: Callable[[Any, Raw], Raw]) -> Callable[[Any, Scope], list[Raw]]:
    """Reads the stack's, each with ``Tags``: no operation filters by tags, so all of the region's are listed and theirs asked."""

    def read(elb: Any, scope: Scope) -> list[Raw]:
        everything = {item[arn_key]: item for item in read_all(elb, operation, key)}
        described = in_chunks(lambda arns: read_all(elb, "describe_tags", "TagDescriptions", ResourceArns=arns), list(everything), TAGS_AT_ONCE)
        ours = [{**everything[of["ResourceArn"]], "Tags": of["Tags"]} for of in described if belongs_to_stack(of.get("Tags"), scope.stack)]
        return still_there(lambda item: complete(elb, item), ours)

    return read


def _with_listeners(elb: Any, item: Raw) -> Raw:
    return {**item, "Listeners": read_all(elb, "describe_listeners", "Listeners", LoadBalancerArn=item["LoadBalancerArn"])}


def _with_targets(elb: Any, item: Raw) -> Raw:
    health = read_all(elb, "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=item["TargetGroupArn"])
    return {**item, "Targets": health}


def _load_balancer(raw: Raw) -> Entry:
    return entry_of(
        raw["LoadBalancerArn"],
        raw["LoadBalancerName"],
        tags_of(raw),
        arn=raw["LoadBalancerArn"],
        dns_name=raw.get("DNSName"),
        state=(raw.get("State") or {}).get("Code"),
        scheme=raw.get("Scheme"),
        vpc_id=raw.get("VpcId"),
        hosted_zone_id=raw.get("CanonicalHostedZoneId"),
        security_group_ids=raw.get("SecurityGroups") or [],
        subnet_ids=[zone["SubnetId"] for zone in raw.get("AvailabilityZones") or []],
        listeners=snake_list(raw.get("Listeners")),
        created=moment(raw.get("CreatedTime")),
    )


def _target(raw: Raw) -> dict[str, Any]:
    health = raw.get("TargetHealth") or {}
    return {"id": raw["Target"]["Id"], "port": raw["Target"].get("Port"), "state": health.get("State"), "reason": health.get("Reason")}


def _target_group(raw: Raw) -> Entry:
    return entry_of(
        raw["TargetGroupArn"],
        raw["TargetGroupName"],
        tags_of(raw),
        arn=raw["TargetGroupArn"],
        port=raw.get("Port"),
        protocol=raw.get("Protocol"),
        vpc_id=raw.get("VpcId"),
        load_balancer_arns=raw.get("LoadBalancerArns") or [],
        targets=[_target(one) for one in raw.get("Targets") or []],
    )


KINDS: dict[str, Kind] = {
    "load_balancers": Kind(
        label="Load balancer",
        role="alb",
        made_by={"amazon.aws.elb_application_lb": ModuleSpec()},
        client="elbv2",
        read=_read("describe_load_balancers", "LoadBalancers", "LoadBalancerArn", _with_listeners),
        entry=_load_balancer,
        fields=dict.fromkeys(("arn", "dns_name", "state", "scheme", "vpc_id", "hosted_zone_id", "created"))
        | {"security_group_ids": [], "subnet_ids": [], "listeners": []},
        planned_id="arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{index:016x}",
        pending=frozenset({"provisioning"}),
        usual_seconds=145,
        failed=frozenset({"failed"}),
    ),
    "target_groups": Kind(
        label="Target group",
        role="alb",
        made_by={"railyard.aws.alb_target_group": ModuleSpec()},
        client="elbv2",
        read=_read("describe_target_groups", "TargetGroups", "TargetGroupArn", _with_targets),
        entry=_target_group,
        fields=dict.fromkeys(("arn", "port", "protocol", "vpc_id")) | {"load_balancer_arns": [], "targets": []},
        planned_id="arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{index:016x}",
        about="Targets have `id`, `port`, `state` and `reason`.",
    ),
}
