"""The whole stack, in a sandbox with servers: one of the harness's own, or one that is kept for the next time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.hosts.engine import Engine
from tests.e2e import machine
from tests.e2e.lab import Lab, temporary
from tests.integration.sdk import Host
from tests.resilience.record import Record

#: A directory with a short name: the sandbox that lives there is used, made where it is not there, and kept.
KEPT = "RAILYARD_PROVE_STACK"
#: Seconds of a build at most.
BUILD = 2400


@contextlib.contextmanager
def standing(record: Record) -> Iterator[Lab]:
    """A stack that answers."""
    name = f"prove-{record.harness}"
    if kept := os.environ.get(KEPT):
        root = Path(kept)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lab = Lab(root, name, record.port)
        lab.logs = record.logs
        build(record, lab)
        yield lab
        record.show(f"    it is kept in {root}: RAILYARD_SANDBOX_NAME={name} RAILYARD_SANDBOX_HOME={lab.sandbox_home}")
        return
    with temporary(name, record.port) as lab:
        lab.logs = record.logs
        build(record, lab)
        yield lab


def build(record: Record, lab: Lab) -> None:
    """Bring up the sandbox and build in it what does not answer yet; what that takes is no harness's time."""
    began = record.clock()
    lab.up()
    if "railyard" not in {
        one["LoadBalancerName"] for one in lab.account().elbv2.describe_load_balancers()["LoadBalancers"]
    }:
        lab.playbook("build", "site.yml", timeout=BUILD)
    lab.page(timeout=30)
    took = record.clock() - began
    if record.budget is not None:
        # The choice is to be the same whether the stack stood or not.
        record.budget += took
    record.show(f"    the stack answers after {took:.0f} s")


def engine(lab: Lab) -> Engine:
    """The sandbox's containers."""
    return Engine(machine.settings(lab), cache=Path(lab.environment["RAILYARD_SANDBOX_CACHE"]))


def hosts(lab: Lab) -> dict[str, Host]:
    """The servers by their host names."""
    containers, region = engine(lab), lab.environment["AWS_REGION"]
    return {
        name: Host(containers, server["InstanceId"], region) for name, server in sorted(lab.account().servers().items())
    }
