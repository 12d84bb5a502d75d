"""Prints variables of a role as Ansible computes them, as JSON: those named, once for each of the cases that are given.

    python role_variables.py ROLE '["__app_build_key"]' '[{"app_path": "/srv/shop"}]'

A process of its own: to compute them takes Ansible's loader of plugins, which changes how a process imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[3]


def computed(role: str, names: list[str], cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The variables ``names`` of a role, by its defaults and vars, with each of ``cases`` over them."""
    done = subprocess.run(
        [sys.executable, __file__, role, json.dumps(names), json.dumps(cases)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def main(role: str, names: list[str], cases: list[dict[str, Any]]) -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(PROJECT / "collections")])
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    loader, raw = DataLoader(), {}
    for folder in ("defaults", "vars"):
        raw |= loader.load_from_file(str(PROJECT / "roles" / role / folder / "main.yml"), trusted_as_template=True)
    templars = [Templar(loader=loader, variables=raw | case) for case in cases]
    json.dump([{name: templar.template(raw[name]) for name in names} for templar in templars], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]))
