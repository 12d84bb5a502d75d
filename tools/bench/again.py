"""What a second run of the cloud's part costs, against one module call for each of the same resources."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.e2e.lab import Lab
from tools.bench.lab import lab

PLAIN = Path(__file__).with_name("plain.yml")
CLOUD = ("playbooks/cloud.yml", "playbooks/await.yml")
#: Runs of each kind, of which the quickest counts: what else the machine does only ever makes one slower.
RUNS = 3
#: Tasks of the plain playbook whose module finds a change where there is none, and makes it.
RESTLESS = ("Ensure the alarms",)


def cost(bench: Lab, *playbooks: str, restless: tuple[str, ...] = ()) -> tuple[float, int]:
    """Seconds and API calls of the quickest of several runs, each of which must change nothing but what is restless.

    One command runs all playbooks, as it does in site.yml.
    """
    results = []
    for _number in range(RUNS):
        before = sum(bench.calls().values())
        run = bench.playbook(f"bench-again-{Path(playbooks[0]).stem}", *playbooks)
        changed = [task for task in run.changed_tasks() if not task.startswith(restless)]
        assert changed == [], changed
        results.append((run.seconds, sum(bench.calls().values()) - before))
    return min(results)


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Second runs on an account that has everything."""
    with lab() as bench:
        bench.up("--api-only")
        bench.playbook("bench-again-first", *CLOUD)
        ours, our_calls = cost(bench, *CLOUD)
        there = bench.resources()
        plain, plain_calls = cost(bench, str(PLAIN), restless=RESTLESS)
        # Both are about the same resources: the plain playbook finds each of them, and makes none of its own.
        assert bench.resources() == there, bench.resources() ^ there
    return {
        "again_seconds": round(ours, 1),
        "again_api_calls": our_calls,
        "again_plain_seconds": round(plain, 1),
        "again_plain_api_calls": plain_calls,
        "again_ratio": round(ours / plain, 2),
        "again_api_calls_ratio": round(our_calls / plain_calls, 2),
    }
