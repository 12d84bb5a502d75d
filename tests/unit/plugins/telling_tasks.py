"""A play's tasks that tell of themselves: what two ways to run modules are compared by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: What differs from run to run.
CHANCE = {"start", "end", "delta", "atime", "ctime", "mtime", "inode", "diff", "src", "invocation", "uid", "gid"}

Task = dict[str, Any]


def telling(tasks: list[Task], file: Path) -> list[Task]:
    """The tasks, each of which may fail, and one more that writes their results into a file of the controller's."""
    names = [f"result_{number}" for number in range(len(tasks))]
    asked = [{**task, "register": name, "ignore_errors": True} for name, task in zip(names, tasks, strict=True)]
    kept = {"content": "{{ told | to_json }}", "dest": str(file), "mode": "0600"}
    told = {"told": [f"{{{{ {name} }}}}" for name in names]}
    return [*asked, {"ansible.builtin.copy": kept, "vars": told, "delegate_to": "localhost"}]


def told(file: Path, place: Path) -> list[Task]:
    """Their results without what is chance, wherever they worked."""
    found: list[Task] = json.loads(file.read_text().replace(str(place), "PLACE"))
    for one in found:
        for part in (one, one.get("stat")):
            for key in CHANCE & part.keys() if isinstance(part, dict) else ():
                del part[key]
    return found
