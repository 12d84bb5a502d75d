"""Load balancers with their listeners and rules, and target groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

from tools.export.resource import Clients, Export, Raw, Resource, picked, present, tags


def _pairs(attributes: list[Raw]) -> list[dict[str, str]]:
    return [{"Key": one["Key"], "Value": str(one["Value"])} for one in attributes if one.get("Value") not in (None, "")]


def _load_balancer(raw: Raw, clients: Clients) -> Iterator[Resource]:
    elb, arn, name = clients("elbv2"), raw["LoadBalancerArn"], raw["LoadBalancerName"]
    yield Resource(
        "ElasticLoadBalancingV2::LoadBalancer",
        name,
        present(
            Name=name,
            **picked(raw, "Scheme", "Type", "IpAddressType", "SecurityGroups"),
            Subnets=[zone["SubnetId"] for zone in raw.get("AvailabilityZones") or []],
            LoadBalancerAttributes=_pairs(elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]),
            Tags=tags(raw.get("Tags")),
        ),
        {"LoadBalancerArn": arn},
        {
            arn: "",
            # As records have it.
            raw["DNSName"].lower(): "DNSName",
            arn.partition(":loadbalancer/")[2]: "LoadBalancerFullName",
        },
    )
    for listener in raw.get("Listeners") or []:
        yield from _listener(name, listener, elb)


def _listener(balancer: str, raw: Raw, elb: Any) -> Iterator[Resource]:
    arn, name = raw["ListenerArn"], f"{balancer} {raw['Port']}"
    first = [picked(one, "CertificateArn") for one in raw.get("Certificates") or []][:1]
    yield Resource(
        "ElasticLoadBalancingV2::Listener",
        name,
        present(
            **picked(raw, "LoadBalancerArn", "Port", "Protocol", "AlpnPolicy"),
            SslPolicy=raw.get("SslPolicy") if raw["Protocol"] in ("HTTPS", "TLS") else None,
            Certificates=first,
            DefaultActions=[_action(one) for one in raw["DefaultActions"]],
        ),
        {"ListenerArn": arn},
        {arn: ""},
    )
    rules = read_all(elb, "describe_rules", "Rules", ListenerArn=arn)
    for rule in (one for one in rules if not one.get("IsDefault")):
        yield Resource(
            "ElasticLoadBalancingV2::ListenerRule",
            f"{name} {rule['Priority']}",
            {
                "ListenerArn": arn,
                "Priority": int(rule["Priority"]),
                "Conditions": [_condition(one) for one in rule["Conditions"]],
                "Actions": [_action(one) for one in rule["Actions"]],
            },
            {"RuleArn": rule["RuleArn"]},
        )
    if first:
        certificates = read_all(elb, "describe_listener_certificates", "Certificates", ListenerArn=arn)
        more = [one["CertificateArn"] for one in certificates if not one.get("IsDefault")]
        more = [one for one in more if {"CertificateArn": one} not in first]
        for certificate in more:
            yield Resource(
                "ElasticLoadBalancingV2::ListenerCertificate",
                f"{name} {certificate.rpartition('/')[2]}",
                {"ListenerArn": arn, "Certificates": [{"CertificateArn": certificate}]},
                {},
            )


def _action(raw: Raw) -> dict[str, Any]:
    """An action without what the API tells twice: a target group is also the only one of its forward."""
    groups = (raw.get("ForwardConfig") or {}).get("TargetGroups") or []
    alone = raw.get("TargetGroupArn") and len(groups) <= 1
    return present(
        **picked(raw, "Type", "Order", "RedirectConfig", "FixedResponseConfig"),
        TargetGroupArn=raw.get("TargetGroupArn") if alone else None,
        ForwardConfig=raw.get("ForwardConfig") if raw["Type"] == "forward" and not alone else None,
    )


def _condition(raw: Raw) -> dict[str, Any]:
    configured = {key: value for key, value in raw.items() if key.endswith("Config") and value}
    return {"Field": raw["Field"], **(configured or picked(raw, "Values"))}


def _target_group(raw: Raw, clients: Clients) -> Iterator[Resource]:
    arn, name = raw["TargetGroupArn"], raw["TargetGroupName"]
    attributes = clients("elbv2").describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    yield Resource(
        "ElasticLoadBalancingV2::TargetGroup",
        name,
        present(
            Name=name,
            **picked(raw, "Port", "Protocol", "ProtocolVersion", "VpcId", "TargetType", "Matcher", "IpAddressType"),
            **picked(raw, "HealthCheckEnabled", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol"),
            **picked(raw, "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds"),
            **picked(raw, "HealthyThresholdCount", "UnhealthyThresholdCount"),
            Targets=[picked(one["Target"], "Id", "Port") for one in raw.get("Targets") or []],
            TargetGroupAttributes=_pairs(attributes),
            Tags=tags(raw.get("Tags")),
        ),
        {"TargetGroupArn": arn},
        {arn: "", arn.rpartition(":")[2]: "TargetGroupFullName"},
    )


EXPORTS: dict[str, Export] = {"load_balancers": _load_balancer, "target_groups": _target_group}
