"""A picture in a few words, for the status page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.picture import ListenerRule, LoadBalancer, Picture

#: (target group ARN, target id, port) → state of the target.
HealthOf = Callable[[str, str, int], str]


def summary(picture: Picture, health: HealthOf) -> dict:
    """``{"vpcs": [...], "hosts": [...], "load_balancers": [...], "caches": [...], "odd": [...]}`` with plain values."""
    return {
        "vpcs": [
            {
                "id": vpc.id,
                "cidr": vpc.cidr,
                "subnets": len(vpc.subnets),
                "nat_gateways": len(vpc.nat_gateways),
            }
            for vpc in picture.vpcs
        ],
        "hosts": [
            {
                "id": instance.id,
                "name": dict(instance.tags).get("Name", ""),
                "hostname": dict(instance.tags).get("Hostname", ""),
                "state": instance.state,
                "private_ip": instance.private_ip,
                "public_ip": instance.public_ip,
            }
            for instance in picture.instances
        ],
        "load_balancers": [_balancer(balancer, picture, health) for balancer in picture.load_balancers],
        "caches": [
            {
                "name": group.id,
                "endpoint": group.names[0][0] if group.names else "",
                "shards": len({node.shard for node in group.nodes}),
                "nodes": len(group.nodes),
                "tls": group.tls,
            }
            for group in picture.cache_groups
        ],
        "odd": list(picture.odd),
    }


def _balancer(balancer: LoadBalancer, picture: Picture, health: HealthOf) -> dict:
    groups = {arn for listener in balancer.listeners for arn in _forwarded_to(listener.rules)}
    return {
        "name": balancer.name,
        "address": balancer.public_ip or balancer.scheme,
        "listeners": [f"{listener.protocol}:{listener.port}" for listener in balancer.listeners],
        "targets": [
            f"{target.id}:{target.port} {health(group.arn, target.id, target.port)}"
            for group in picture.target_groups
            if group.arn in groups
            for target in group.targets
        ],
    }


def _forwarded_to(rules: Iterable[ListenerRule]) -> set[str]:
    """ARNs of the target groups to which the rules forward."""
    found = set()
    for rule in rules:
        for action in rule.actions:
            if action.get("TargetGroupArn"):
                found.add(action["TargetGroupArn"])
            for group in action.get("ForwardConfig", {}).get("TargetGroups", ()):
                found.add(group["TargetGroupArn"])
    return found
