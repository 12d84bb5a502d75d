"""What the sandbox measured is among the metrics that the API lists and of which it gives statistics."""

from __future__ import annotations

from moto.cloudwatch.models import CloudWatchBackend, MetricDatum

from sandbox.core.settings import Settings
from sandbox.metrics.measurements import Measured, registry


def _datum(one: Measured) -> MetricDatum:
    its = one.measurement
    pairs = [{"Name": name, "Value": value} for name, value in its.dimensions]
    return MetricDatum(its.namespace, its.name, its.value, pairs, one.at, its.unit)


def apply(settings: Settings) -> None:
    every = CloudWatchBackend.get_all_metrics

    def get_all_metrics(self):
        measured = map(_datum, registry.every()) if self.region_name == settings.region else ()
        return [*every(self), *measured]

    CloudWatchBackend.get_all_metrics = get_all_metrics
