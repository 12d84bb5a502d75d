"""What Elastic Load Balancing says of the account."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sandbox.core.account import Account
from sandbox.services.elbv2 import parsers
from sandbox.services.elbv2.picture import LoadBalancer, TargetGroup


def load_balancers(account: Account, interfaces: list[dict[str, Any]]) -> tuple[LoadBalancer, ...]:
    """Application load balancers.

    :param interfaces: of EC2, among which theirs are
    """
    client, makes = account.client("elbv2"), {}
    for balancer in account.all("elbv2", "describe_load_balancers", "LoadBalancers"):
        if balancer["Type"] != "application":
            continue
        arn = balancer["LoadBalancerArn"]
        listeners = account.wholes(
            "listener",
            {
                listener["ListenerArn"]: partial(
                    parsers.listener_of,
                    listener,
                    client.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"],
                    account.take,
                )
                for listener in account.all("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
            },
        )
        if balancer["State"]["Code"] == "provisioning":
            listeners = ()  # until it is active it forwards nothing
        attributes = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        makes[arn] = partial(parsers.balancer_of, balancer, interfaces, listeners, attributes)
    return account.wholes("load balancer", makes)


def target_groups(account: Account) -> tuple[TargetGroup, ...]:
    client, makes = account.client("elbv2"), {}
    for group in account.all("elbv2", "describe_target_groups", "TargetGroups"):
        arn = group["TargetGroupArn"]
        health = client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        attributes = client.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        makes[arn] = partial(parsers.target_group_of, group, health, attributes, account.take)
    return account.wholes("target group", makes)


def certificate_arns(balancers: Iterable[LoadBalancer]) -> list[str]:
    """Certificates that listeners use."""
    listeners = [listener for balancer in balancers for listener in balancer.listeners]
    return sorted({arn for listener in listeners for arn in listener.certificate_arns})
