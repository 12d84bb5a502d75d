"""The target group: what the load balancer asks its servers."""

from __future__ import annotations

from typing import Any

from tools.game.place import Place

WRONG = "/healthcheck"


def _targets(place: Place) -> dict[str, Any]:
    client = place.client("elbv2")
    found = [
        one
        for page in client.get_paginator("describe_target_groups").paginate()
        for one in page["TargetGroups"]
        if one["TargetGroupName"] == place.names.target_group_name
    ]
    one: dict[str, Any] = place.only(found, f"target group '{place.names.target_group_name}'", "alb")
    return one


def health_check(place: Place) -> dict[str, Any]:
    """Look at how servers are asked whether they are healthy."""
    found = _targets(place)
    asked = ("HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol", "HealthCheckEnabled", "Matcher")
    return {name: found.get(name) for name in asked}


def path_that_nobody_answers(place: Place) -> None:
    """Somebody wrote the path of another project."""
    place.client("elbv2").modify_target_group(TargetGroupArn=_targets(place)["TargetGroupArn"], HealthCheckPath=WRONG)
