"""Which servers run what runs beside puma: what the inventory has decides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
#: A process of its own: Ansible's loader of plugins changes how a process imports.
ASK = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

init_plugin_loader([])
raw = DataLoader().load_from_file(sys.argv[1], trusted_as_template=True)
names = ("processes_servers", "processes_single")
cases = [Templar(loader=None, variables=raw | case) for case in json.loads(sys.argv[2])]
print(json.dumps([[case.template(raw[name]) for name in names] for case in cases]))
"""
WEB = ["web02", "web01"]
CASES: dict[tuple[str, tuple[str, ...]], tuple[list[str], bool]] = {
    ("web01", ()): (["all", "web"], True),
    ("web02", ()): (["all", "web"], False),
    ("web01", ("worker02", "worker01")): (["web"], False),
    ("web02", ("worker02", "worker01")): (["web"], False),
    ("worker01", ("worker02", "worker01")): (["all", "worker"], True),
    ("worker02", ("worker02", "worker01")): (["all", "worker"], False),
    # The first one is gone.
    ("worker02", ("worker02",)): (["all", "worker"], True),
}


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, tuple[str, ...]], tuple[list[str], bool]]:
    cases = [
        {"inventory_hostname": host, "groups": {"web": WEB, "worker": list(workers)}, "railyard_artifacts_bucket": "b"}
        for host, workers in CASES
    ]
    wiring = PROJECT / "group_vars" / "all" / "_roles" / "processes.yml"
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(wiring), json.dumps(cases)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {case: (servers, single) for case, (servers, single) in zip(CASES, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} beside {' '.join(case[1]) or 'none'}")
def test_processes_run_on_worker_servers_where_there_are_any(case: tuple[str, tuple[str, ...]], answers) -> None:
    assert answers[case] == CASES[case]
