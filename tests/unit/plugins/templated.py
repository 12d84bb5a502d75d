"""Prints the variables of group_vars/all as Ansible computes them, with those of the first argument over them, as JSON.

A process of its own: to compute them takes Ansible's loader of plugins, which changes how a process imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

PROJECT = Path(__file__).resolve().parents[3]


def main() -> None:
    init_plugin_loader([str(PROJECT / "collections")])
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    loader, raw = DataLoader(), {}
    for path in sorted((PROJECT / "group_vars/all").glob("*.yml")):
        raw |= loader.load_from_file(str(path), trusted_as_template=True)
    raw |= json.loads(sys.argv[1])
    templar = Templar(loader=loader, variables=raw)
    json.dump({name: templar.template(value) for name, value in raw.items()}, sys.stdout)


if __name__ == "__main__":
    main()
