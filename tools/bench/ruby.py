"""How much sooner a server has its Ruby when another one has compiled it.

The scenario rbenv-restore sets up two servers that lack the same Ruby: the first compiles it, optimised as on a server,
and the second restores it. Source and gems come from each server's own mirror, so no download is in either figure.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from datetime import datetime
from pathlib import Path

from tests.e2e.lab import PROJECT

SCENARIO = "rbenv-restore"
LOG = PROJECT / "build" / "bench-ruby.log"
#: The task that compiles, the first of those that restore, and the first after them, all of the role rbenv.
COMPILE = "Compile (several minutes)"
RESTORE = "Check for the compiled Ruby"
RESTORED = "Make the commands of the version known"
#: Seconds for a step of the scenario.
TIMEOUT = 3600

_TASK = re.compile(r"^(?P<time>\S+ \S+) .*TASK \[(?:railyard\.aws\.rbenv : )?(?P<name>.+?)\] \**$")


def molecule(step: str, log: Path) -> None:
    """One step of the scenario; ``AssertionError`` with what it said when it fails."""
    environment = os.environ | {"RAILYARD_RUBY_FULL": "1", "ANSIBLE_LOG_PATH": str(log)}
    done = subprocess.run(
        ["molecule", step, "--scenario-name", SCENARIO],
        cwd=PROJECT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def begun(log: str) -> dict[str, datetime]:
    """When each task began, by name, as Ansible's log has it."""
    found = (_TASK.match(line) for line in log.splitlines())
    return {task["name"]: datetime.strptime(task["time"], "%Y-%m-%d %H:%M:%S,%f") for task in found if task}


def seconds(log: str) -> tuple[float, float]:
    """Seconds that the compile took on one server, and the restore on the other."""
    times = begun(log)
    after = min(time for time in times.values() if time > times[COMPILE])
    return (after - times[COMPILE]).total_seconds(), (times[RESTORED] - times[RESTORE]).total_seconds()


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Compile once, restore once."""
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    try:
        for step in ("destroy", "create", "prepare", "converge"):
            molecule(step, LOG)
    finally:
        molecule("destroy", LOG)
    compiled, restored = seconds(LOG.read_text())
    return {
        "ruby_compile_seconds": round(compiled, 1),
        "ruby_restore_seconds": round(restored, 1),
        "ruby_restore_ratio": round(compiled / restored, 1),
    }
