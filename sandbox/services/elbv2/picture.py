"""What a picture holds of Elastic Load Balancing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.core.fields import Address, Arn, BalancerArn, Checked, Count, Identifier, Line, Port, TargetId, Word
from sandbox.services.elbv2.fields import Action, Attribute, CheckPort, Codes, Condition, PolicyName, Priority


@dataclass(frozen=True)
class Target(Checked):
    id: TargetId  # instance id or address
    port: Port


@dataclass(frozen=True)
class HealthCheck(Checked):
    protocol: Literal["HTTP", "HTTPS", "TCP"]
    port: CheckPort  # a number or "traffic-port"
    path: Line
    interval: Count  # seconds
    timeout: Count  # seconds
    healthy: Count  # successes in a row
    unhealthy: Count  # failures in a row
    codes: Codes  # matcher, for example "200" or "200-299"


@dataclass(frozen=True)
class TargetGroup(Checked):
    arn: BalancerArn
    name: Identifier
    protocol: Word
    port: Port
    check: HealthCheck
    targets: tuple[Target, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class ListenerRule(Checked):
    priority: Priority  # a number or "default"
    conditions: tuple[Condition, ...]  # (field, values)
    actions: tuple[Action, ...]  # as describe_rules returns them


@dataclass(frozen=True)
class Listener(Checked):
    arn: Arn
    protocol: Literal["HTTP", "HTTPS"]
    port: Port
    rules: tuple[ListenerRule, ...]
    certificate_arns: tuple[Arn, ...] = ()
    tls_policy: PolicyName = ""


@dataclass(frozen=True)
class LoadBalancer(Checked):
    arn: BalancerArn
    name: Identifier
    vpc_id: Identifier
    scheme: Literal["internet-facing", "internal"]
    group_ids: tuple[Identifier, ...]
    addresses: tuple[tuple[Identifier, Address], ...]  # (subnet id, private address) of each zone
    public_ip: Address | None  # loopback address at which an internet-facing one answers
    listeners: tuple[Listener, ...]
    attributes: tuple[Attribute, ...] = ()

    @property
    def id(self) -> str:
        """Short identifier, unique in the account: the last part of the ARN."""
        return "lb-" + self.arn.rsplit("/", 1)[-1]
