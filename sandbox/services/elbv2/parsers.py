"""Answers of Elastic Load Balancing → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sandbox.core.intake import Intake, Strict
from sandbox.services.elbv2.names import loopback_address
from sandbox.services.elbv2.picture import HealthCheck, Listener, ListenerRule, LoadBalancer, Target, TargetGroup

Answer = Mapping[str, Any]

_STRICT = Strict()


def addresses_of(balancer_arn: str, interfaces: Iterable[Answer]) -> tuple[tuple[str, str], ...]:
    """(subnet id, private address) of each zone of a load balancer, by subnet."""
    description = f"ELB {balancer_arn.split(':loadbalancer/', 1)[1]}"
    return tuple(
        sorted(
            (interface["SubnetId"], interface["PrivateIpAddress"])
            for interface in interfaces
            if interface.get("Description") == description
        )
    )


def listener_of(listener: Answer, rules: Iterable[Answer], take: Intake = _STRICT) -> Listener:
    """One listener; rules in the order in which they are judged, the default one last."""
    made = [take.whole("listener rule", rule.get("RuleArn"), partial(_rule_of, rule)) for rule in rules]
    found = [rule for rule in made if rule is not None]
    found.sort(key=lambda rule: float("inf") if rule.priority == "default" else int(rule.priority))
    return Listener(
        arn=listener["ListenerArn"],
        protocol=listener["Protocol"],
        port=int(listener["Port"]),
        rules=tuple(found),
        certificate_arns=tuple(entry["CertificateArn"] for entry in listener.get("Certificates", ())),
        tls_policy=listener.get("SslPolicy") or "",
    )


def _rule_of(rule: Answer) -> ListenerRule:
    return ListenerRule(
        priority=rule["Priority"],
        conditions=tuple(
            (condition["Field"], tuple(_condition_values(condition))) for condition in rule.get("Conditions", ())
        ),
        actions=tuple(rule["Actions"]),
    )


def _condition_values(condition: Answer) -> list[str]:
    if condition.get("Values"):
        return list(condition["Values"])
    for name, config in condition.items():
        if name.endswith("Config") and config:
            values = config.get("Values", ())
            prefix = f"{config['HttpHeaderName']}: " if config.get("HttpHeaderName") else ""
            return [
                f"{value.get('Key', '')}={value['Value']}" if isinstance(value, Mapping) else f"{prefix}{value}"
                for value in values
            ]
    return []


def balancer_of(
    balancer: Answer,
    interfaces: Iterable[Answer],
    listeners: Iterable[Listener],
    attributes: Iterable[Answer],
) -> LoadBalancer:
    arn = balancer["LoadBalancerArn"]
    internal = balancer["Scheme"] == "internal"
    return LoadBalancer(
        arn=arn,
        name=balancer["LoadBalancerName"],
        vpc_id=balancer["VpcId"],
        scheme=balancer["Scheme"],
        group_ids=tuple(sorted(balancer.get("SecurityGroups", ()))),
        addresses=addresses_of(arn, interfaces),
        public_ip=None if internal else loopback_address(arn),
        listeners=tuple(sorted(listeners, key=lambda listener: listener.port)),
        attributes=pairs_of(attributes),
    )


def target_group_of(
    group: Answer, health: Iterable[Answer], attributes: Iterable[Answer], take: Intake = _STRICT
) -> TargetGroup:
    """One target group. A target that is draining is registered no more."""

    def target(entry: Answer) -> Target:
        return Target(entry["Target"]["Id"], int(entry["Target"].get("Port") or group["Port"]))

    registered = [partial(target, entry) for entry in health if entry["TargetHealth"]["State"] != "draining"]
    targets = set(take.parts("target", group["TargetGroupName"], registered))
    return TargetGroup(
        arn=group["TargetGroupArn"],
        name=group["TargetGroupName"],
        protocol=group["Protocol"],
        port=int(group["Port"]),
        check=HealthCheck(
            protocol=group.get("HealthCheckProtocol") or group["Protocol"],
            port=str(group.get("HealthCheckPort") or "traffic-port"),
            path=group.get("HealthCheckPath") or "/",
            interval=int(group.get("HealthCheckIntervalSeconds") or 30),
            timeout=int(group.get("HealthCheckTimeoutSeconds") or 5),
            healthy=int(group.get("HealthyThresholdCount") or 5),
            unhealthy=int(group.get("UnhealthyThresholdCount") or 2),
            codes=str((group.get("Matcher") or {}).get("HttpCode") or "200"),
        ),
        targets=tuple(sorted(targets, key=lambda target: (target.id, target.port))),
        attributes=pairs_of(attributes),
    )


def pairs_of(attributes: Iterable[Answer]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((entry["Key"], str(entry["Value"])) for entry in attributes))
