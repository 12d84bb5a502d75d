"""Renders the templates of host roles as Ansible does, with the roles' real defaults and a scenario's variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """One role on one system in one scenario; ``host`` is the server of inventory.yml it is rendered for."""

    role: str
    system: str  # a file of the role's vars/, or "" where the role has one for all
    scenario: str

    @property
    def host(self) -> str:
        return "web01"

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.role, self.system, self.scenario)))

    def variable_files(self) -> list[str]:
        """In rising precedence: the scenario comes last."""
        role = PROJECT / "roles" / self.role
        system = [role / "vars" / f"{self.system}.yml"] if self.system else []
        files = [role / "defaults/main.yml", role / "vars/main.yml", *system]
        return [str(file) for file in [*files, HERE / "scenarios" / self.role / f"{self.scenario}.yml"]]


def render(cases: Sequence[Case], into: Path) -> None:
    """Write ``into/<case name>/<output>`` for every template of every case, in one run of Ansible."""
    playbook = into / "playbook.yml"
    playbook.write_text(yaml.safe_dump([_play(case, into) for case in cases], allow_unicode=True))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", HERE / "inventory.yml", playbook],
        env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _play(case: Case, into: Path) -> dict:
    folder = into / case.name
    folder.mkdir()
    return {
        "name": case.name,
        "hosts": case.host,
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "vars_files": case.variable_files(),
        "tasks": [
            {
                "name": output,
                "ansible.builtin.template": {
                    "src": str(PROJECT / "roles" / case.role / "templates" / template),
                    "dest": str(folder / output),
                    "mode": "0644",
                },
                "vars": variables,
            }
            for template, output, variables in _templates(case)
        ],
    }


def _templates(case: Case) -> list[tuple[str, str, dict]]:
    """(template, file to write, variables that the role's own loop would set)."""
    folder = PROJECT / "roles" / case.role / "templates"
    pages = [
        ("page.html.j2", f"{kind}.html", {"__nginx_page": f"{{{{ __nginx_pages[{index}] }}}}"})
        for index, kind in enumerate(("welcome", "maintenance"))
    ]
    rest = [
        (file.name, file.name.removesuffix(".j2"), {})
        for file in sorted(folder.iterdir())
        if file.name != "page.html.j2"
    ]
    return (pages if case.role == "nginx" else []) + rest
