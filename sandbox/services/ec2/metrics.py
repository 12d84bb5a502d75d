"""Metrics of instances: those of ``AWS/EC2``, and memory and disk as the CloudWatch agent tells them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.metrics import usage
from sandbox.metrics.measurements import Measurement, dimensions
from sandbox.metrics.round import Round

_AWS, _AGENT = "AWS/EC2", "CWAgent"


def gather(look: Round) -> Iterator[Measurement]:
    total = usage.machine().total
    for instance in look.picture.instances:
        if instance.state != "running":
            # As on AWS, an instance that is stopped has no metrics.
            continue
        its, pid = dimensions(InstanceId=instance.id), look.pid(instance.id)
        failed = 0.0 if pid else 1.0
        yield Measurement(_AWS, "StatusCheckFailed", its, failed, "Count")
        yield Measurement(_AWS, "StatusCheckFailed_Instance", its, failed, "Count")
        yield Measurement(_AWS, "StatusCheckFailed_System", its, 0.0, "Count")
        if not pid:
            continue
        try:
            cpu, memory = usage.cpu_seconds(pid), usage.memory_bytes(pid)
            moved, disk = usage.traffic(pid), usage.disk_used_percent(pid)
        except OSError:
            # It ended this moment; the next round tells.
            continue
        if (percent := look.percent(instance.id, cpu)) is not None:
            yield Measurement(_AWS, "CPUUtilization", its, percent, "Percent")
        for name, value in (("NetworkIn", moved.received), ("NetworkOut", moved.sent)):
            if (grown := look.counters.grown((name, instance.id), value)) is not None:
                yield Measurement(_AWS, name, its, grown, "Bytes")
        yield Measurement(_AGENT, "mem_used_percent", its, 100.0 * memory / total, "Percent")
        root = dimensions(InstanceId=instance.id, path="/")
        yield Measurement(_AGENT, "disk_used_percent", root, disk, "Percent")
