"""How close a first build of the cloud's part comes to its longest branch."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tools.bench.lab import lab

#: Seconds that each resource takes on AWS, as the sandbox emulates them (RAILYARD_SANDBOX_TIMES).
MODEL = {"cache": 415, "database": 330, "load balancer": 145, "NAT gateway": 105, "certificate": 105, "server": 60}
#: What has to come one after the other. Nothing can be quicker than the longest of these branches.
BRANCHES = (("cache",), ("database",), ("certificate", "load balancer"), ("NAT gateway",), ("server",))
SEQUENTIAL = Path(__file__).with_name("sequential.yml")


def longest_branch() -> int:
    """Seconds of the longest branch of the model."""
    return max(sum(MODEL[resource] for resource in branch) for branch in BRANCHES)


def build(times: float, *playbooks: str) -> float:
    """Seconds that the playbooks take on an empty account."""
    with lab(RAILYARD_SANDBOX_TIMES=str(times)) as bench:
        bench.up("--api-only")
        begin = time.monotonic()
        for playbook in playbooks:
            bench.playbook(f"bench-{Path(playbook).stem}", playbook, timeout=3600)
        return time.monotonic() - begin


def measure(options: argparse.Namespace) -> dict[str, float]:
    """A first build in waves and one role after another, each as a multiple of the longest branch."""
    longest = longest_branch() * options.times
    waves = build(options.times, "playbooks/cloud.yml", "playbooks/await.yml")
    sequential = build(options.times, str(SEQUENTIAL))
    return {
        "build_longest_branch_seconds": round(longest, 1),
        "build_seconds": round(waves, 1),
        "build_ratio": round(waves / longest, 2),
        "build_sequential_seconds": round(sequential, 1),
        "build_sequential_ratio": round(sequential / longest, 2),
    }
