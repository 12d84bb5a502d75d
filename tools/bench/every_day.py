"""What people do every day takes, on a stack that stands: a tag, a plan, releases and verbs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.e2e.lab import PROJECT, Lab

SAMPLE = PROJECT / "examples" / "sample-app"


def first_line(bench: Lab) -> float:
    """Seconds until a command on a server has printed its first line."""
    begun = time.monotonic()
    with subprocess.Popen(
        [*bench.make_command("run"), "ARGS=sh -c 'echo begun; sleep 1'"],
        cwd=PROJECT,
        env=bench.environment,
        text=True,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as running:
        assert running.stdout
        for line in running.stdout:
            if line.strip() == "begun":
                return time.monotonic() - begun
    raise AssertionError("the command printed nothing")


def measure(bench: Lab) -> dict[str, float]:
    """Figures of a stack that ``site.yml`` has built. Two releases more are there afterwards."""
    figures = {
        "plan_seconds": bench.make("plan", timeout=900).seconds,
        "tag_seconds": bench.playbook("bench-tag", "site.yml", "--tags", "alb").seconds,
        "run_first_line_seconds": first_line(bench),
    }
    with tempfile.TemporaryDirectory(prefix="railyard-bench-") as folder:
        copy = Path(folder) / "sample-app"
        shutil.copytree(SAMPLE, copy)
        mine = {"RAILYARD_APP_SOURCE": str(copy)}
        sheet = copy / "app" / "assets" / "stylesheets" / "application.css"
        sheet.write_text(sheet.read_text() + "\nbody { outline-width: 1px; }\n")
        figures["deployment_seconds"] = bench.make("deploy", environment=mine, timeout=900).seconds
        # Another bundle: its lock file is another one.
        gemfile = copy / "Gemfile"
        gemfile.write_text(gemfile.read_text() + "\n# another bundle\n")
        figures["deployment_new_bundle_seconds"] = bench.make("deploy", environment=mine, timeout=900).seconds
        figures["rollback_seconds"] = bench.make("rollback", environment=mine, timeout=900).seconds
        figures["restart_seconds"] = bench.make("restart", environment=mine, timeout=900).seconds
    return {figure: round(value, 1) for figure, value in figures.items()}
