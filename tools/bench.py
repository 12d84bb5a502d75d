"""Build the stack twice in a sandbox of its own and measure. Prints ``figure: value`` and writes build/bench.json."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

from sandbox.network import netns
from tests.e2e import machine
from tests.e2e.lab import PROJECT, Lab

NAME = "bench"
PORT = 5191


def proportional_memory(lab: Lab) -> dict[str, float]:
    """MiB that the sandbox takes, shared pages counted once: the daemon, and everything with its servers."""
    inside = {netns.identity(name) for name in machine.namespaces(lab)}
    outside = machine.processes(lab)
    daemon = json.loads(lab.sandbox("status", "--json"))["pid"]
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


def measure(lab: Lab) -> dict[str, float]:
    """Figures of a first and a second run."""
    begin = time.monotonic()
    lab.up()
    figures: dict[str, float] = {"sandbox_up_seconds": round(time.monotonic() - begin, 1)}
    first = lab.playbook("bench-first", "site.yml")
    before = lab.calls()
    second = lab.playbook("bench-second", "site.yml")
    after = lab.calls()
    return (
        figures
        | {
            "first_run_seconds": round(first.seconds, 1),
            "first_run_changed": first.changed,
            "second_run_seconds": round(second.seconds, 1),
            "second_run_tasks": second.total("ok"),
            "second_run_changed": second.changed,
            "second_run_api_calls": sum(after.values()) - sum(before.values()),
            "servers": len(lab.account().servers()),
        }
        | proportional_memory(lab)
    )


def main() -> int:
    """Measure, print, write; the sandbox is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="rly-"))
    lab = Lab(root, NAME, PORT)
    try:
        figures = measure(lab)
    finally:
        lab.sandbox("down")
        shutil.rmtree(root)
    for figure, value in figures.items():
        print(f"{figure}: {value}")
    target = PROJECT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
