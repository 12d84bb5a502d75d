"""What the daemon's status tells of the services: a picture in a few words, and the same as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.core.show import table
from sandbox.services.elbv2.picture import ListenerRule, LoadBalancer
from sandbox.services.picture import Picture

#: (target group ARN, target id, port) → state of the target.
HealthOf = Callable[[str, str, int], str]


def summary(picture: Picture, health: HealthOf) -> dict[str, Any]:
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
            for group in picture.replication_groups
        ],
        "odd": list(picture.odd),
    }


def _balancer(balancer: LoadBalancer, picture: Picture, health: HealthOf) -> dict[str, Any]:
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


def tables(answer: Mapping[str, Any]) -> list[str]:
    """Lines for people, from the daemon's answer for ``status``."""
    world = answer["picture"]
    lines = []
    lines += table(
        "VPCs",
        ("ID", "CIDR", "SUBNETS", "NAT GATEWAYS"),
        [(v["id"], v["cidr"], v["subnets"], v["nat_gateways"]) for v in world["vpcs"]],
    )
    lines += table(
        "Hosts",
        ("ID", "NAME", "STATE", "PRIVATE ADDRESS", "PUBLIC ADDRESS"),
        [(h["id"], h["name"], h["state"], h["private_ip"], h["public_ip"]) for h in world["hosts"]],
    )
    lines += table(
        "Load balancers",
        ("NAME", "ADDRESS", "LISTENERS", "TARGETS"),
        [
            (b["name"], b["address"], ", ".join(b["listeners"]), ", ".join(b["targets"]) or "none")
            for b in world["load_balancers"]
        ],
    )
    lines += table(
        "AWS endpoints inside",
        ("VPC", "STATE", "DETAIL"),
        [(row["name"], row["state"], row["detail"]) for row in _rows(answer, "endpoints")],
    )
    lines += table(
        "Databases",
        ("NAME", "STATE", "DETAIL"),
        [(row["name"], row["state"], row["detail"]) for row in _rows(answer, "database")],
    )
    lines += table(
        "Caches",
        ("NAME", "ENDPOINT", "SHARDS", "NODES", "TLS"),
        [(c["name"], c["endpoint"], c["shards"], c["nodes"], "yes" if c["tls"] else "no") for c in world["caches"]],
    )
    lines += table(
        "Ports that others have",
        ("ADDRESS", "DETAIL"),
        [
            (row["name"], row["detail"])
            for layer in answer["layers"]
            if layer["name"] == "publish" and isinstance(layer["details"], list)
            for row in layer["details"]
            if row["state"] == "taken"
        ],
    )
    return lines


def _rows(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """What one layer tells of itself."""
    details = [layer["details"] for layer in answer["layers"] if layer["name"] == name]
    return [row for rows in details if isinstance(rows, list) for row in rows]
