"""Metrics of application load balancers, from what HAProxy counts and the health of targets.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sandbox.metrics.measurements import Measurement, dimensions
from sandbox.metrics.round import Round
from sandbox.services.elbv2.haproxy import config, runtime_api
from sandbox.services.elbv2.haproxy.rules import forwarded_groups, stand_in
from sandbox.services.elbv2.picture import LoadBalancer
from sandbox.services.elbv2.target_health import TargetHealth, registry

_NAMESPACE = "AWS/ApplicationELB"
_CLASSES = ("2", "3", "4", "5")
Row = Mapping[str, str]


def show_stat(home: Path, identifier: str) -> str:
    """What the proxy of a load balancer counted. Raises ``OSError`` when it does not answer."""
    return runtime_api.command(home / "balancers" / identifier / config.STATS_SOCKET, "show stat")


def gather(
    look: Round, ask: Callable[[Path, str], str] = show_stat, health: TargetHealth = registry
) -> Iterator[Measurement]:
    for balancer in look.picture.load_balancers:
        yield from _health(balancer, look, health)
        if not look.pid(balancer.id):
            continue
        try:
            text = ask(look.engine.settings.home, balancer.id)
        except OSError:
            # Between two of its processes, or just ended: the layer sees to it.
            continue
        yield from _traffic(balancer, list(csv.DictReader(text.lstrip("# \n").splitlines())), look)


def _groups(balancer: LoadBalancer) -> list[str]:
    return list(dict.fromkeys(arn for listener in balancer.listeners for arn in forwarded_groups(listener)))


def _name(balancer: LoadBalancer) -> str:
    """The end of its ARN, by which CloudWatch knows it: ``app/name/id``."""
    return balancer.arn.split(":loadbalancer/", 1)[-1]


def _group_name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _health(balancer: LoadBalancer, look: Round, health: TargetHealth) -> Iterator[Measurement]:
    groups = {group.arn: group for group in look.picture.target_groups}
    for arn in _groups(balancer):
        if arn not in groups:
            continue
        found = [health.get((arn, target.id, target.port)) for target in groups[arn].targets]
        its = dimensions(LoadBalancer=_name(balancer), TargetGroup=_group_name(arn))
        for metric, state in (("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")):
            count = sum(one is not None and one.state == state for one in found)
            yield Measurement(_NAMESPACE, metric, its, float(count), "Count")


def _traffic(balancer: LoadBalancer, rows: list[Row], look: Round) -> Iterator[Measurement]:
    whole = dimensions(LoadBalancer=_name(balancer))

    def grown(row: Row, column: str) -> float:
        key = (balancer.id, row["pxname"], row["svname"], column)
        # A row that is new was made with a reload, and counts from there.
        return look.counters.grown(key, float(row.get(column) or 0)) or 0.0

    to_clients = sum(grown(row, "hrsp_5xx") for row in rows if row["svname"] == "FRONTEND")
    from_targets = 0.0
    for arn in _groups(balancer):
        name = config.backend_name(arn)
        servers = [
            row
            for row in rows
            if row["pxname"] in (name, stand_in(name)) and row["svname"] not in ("FRONTEND", "BACKEND")
        ]
        both = (whole, dimensions(LoadBalancer=_name(balancer), TargetGroup=_group_name(arn)))
        counts = {kind: sum(grown(row, f"hrsp_{kind}xx") for row in servers) for kind in _CLASSES}
        from_targets += counts["5"]
        requests = 0.0
        for row in servers:
            answered = grown(row, "stot")
            requests += answered
            if answered and row.get("rtime"):
                for its in both:
                    yield Measurement(_NAMESPACE, "TargetResponseTime", its, float(row["rtime"]) / 1000, "Seconds")
        for its in both:
            if servers:
                yield Measurement(_NAMESPACE, "RequestCount", its, requests, "Count")
            for kind, count in counts.items():
                if count:
                    yield Measurement(_NAMESPACE, f"HTTPCode_Target_{kind}XX_Count", its, count, "Count")
    if to_clients > from_targets:
        yield Measurement(_NAMESPACE, "HTTPCode_ELB_5XX_Count", whole, to_clients - from_targets, "Count")
