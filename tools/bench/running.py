"""What a first and a second run of site.yml take on real hosts, and what people do with the stack every day."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from sandbox.network import netns
from tests.e2e import machine
from tests.e2e.lab import Lab
from tools.bench import every_day
from tools.bench.lab import lab


def proportional_memory(bench: Lab) -> dict[str, float]:
    """MiB that the sandbox takes, shared pages counted once: the daemon, and everything with its servers."""
    inside = {netns.identity(name) for name in machine.namespaces(bench)}
    outside = machine.processes(bench)
    daemon = json.loads(bench.sandbox("status", "--json"))["pid"]
    total = {"sandbox_daemon_memory_mib": 0.0, "sandbox_memory_mib": 0.0}
    for process in (entry for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            if int(process.name) not in outside and (process / "ns" / "net").stat().st_ino not in inside:
                continue
            lines = (process / "smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        size = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
        total["sandbox_memory_mib"] += size
        if int(process.name) == daemon:
            total["sandbox_daemon_memory_mib"] = size
    return {figure: round(size, 1) for figure, size in total.items()}


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Figures of a first and a second run, and of every day."""
    with lab() as bench:
        begin = time.monotonic()
        bench.up()
        up = time.monotonic() - begin
        first = bench.playbook("bench-first", "site.yml")
        before = sum(bench.calls().values())
        second = bench.playbook("bench-second", "site.yml")
        figures = {
            "sandbox_up_seconds": round(up, 1),
            "first_run_seconds": round(first.seconds, 1),
            "first_run_changed": first.changed,
            "second_run_seconds": round(second.seconds, 1),
            "second_run_tasks": second.total("ok"),
            "second_run_changed": second.changed,
            "second_run_api_calls": sum(bench.calls().values()) - before,
            "servers": len(bench.account().servers()),
        } | proportional_memory(bench)
        return figures | every_day.measure(bench)
