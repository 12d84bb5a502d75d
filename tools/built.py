"""Print the table of what the stack has, and as the last line where it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any


def report() -> dict[str, dict[str, Any]]:
    """Results of playbooks/report.yml by task name; ``SystemExit`` with what it said when it fails."""
    environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    done = subprocess.run(
        ["ansible-playbook", "playbooks/report.yml"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"playbooks/report.yml failed:\n{done.stdout}{done.stderr}")
    # Other callbacks write before and after the one JSON document.
    text = "\n" + done.stdout
    document, _end = json.JSONDecoder().raw_decode(text[text.index("\n{") + 1 :])
    tasks = [task for play in document["plays"] for task in play["tasks"]]
    return {task["task"]["name"]: task["hosts"]["localhost"] for task in tasks}


def main() -> int:
    """Table, empty line, address."""
    results = report()
    written = results["Write down where the site is"]
    url = Path(written.get("dest") or written["path"]).read_text("utf-8").strip()
    print(f"\n{results['Show the stack']['msg']}\n\nRailyard is up: {url}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
