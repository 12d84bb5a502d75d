"""Of a failed server's rescue those that are well do not take the words.

Where one failure ends a play for all servers (``any_errors_fatal``), Ansible takes all through the rescue of the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
#: What stands in a message about the server itself.
OF_THE_SERVER = "inventory_hostname"
#: A task of a rescue that only those do that failed.
WHEN = "ansible_failed_result is defined"


def rescues(tasks: Any) -> Iterator[list[dict[str, Any]]]:
    """Rescues of a list of tasks or plays, however deep."""
    for task in tasks if isinstance(tasks, list) else []:
        if "rescue" in task:
            yield task["rescue"]
        for part in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
            yield from rescues(task.get(part))


def reports() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted([*PROJECT.glob("roles/*/tasks/*.yml"), *PROJECT.glob("playbooks/**/*.yml")]):
        for rescue in rescues(yaml.safe_load(path.read_text())):
            found += [
                (f"{path.relative_to(PROJECT)}: {task['name']}", task)
                for task in rescue
                if "ansible.builtin.fail" in task
            ]
    return found


@pytest.mark.parametrize(("where", "task"), reports(), ids=lambda given: given if isinstance(given, str) else "")
def test_what_a_rescue_says_of_a_server_is_said_of_those_that_failed(where: str, task: dict[str, Any]) -> None:
    if OF_THE_SERVER in str(task):
        conditions = task.get("when", [])
        assert WHEN in (conditions if isinstance(conditions, list) else [conditions]), where


def test_there_are_such_reports() -> None:
    assert sum(OF_THE_SERVER in str(task) for _where, task in reports()) > 5
