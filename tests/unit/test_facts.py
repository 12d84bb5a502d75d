"""Whatever tags are given or skipped, a server's roles find its facts: the tasks that gather them run before them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TAGS = ("jump", "common", "nginx", "rbenv", "cloudwatch_agent", "app")
#: Every selection of tags, for --tags and for --skip-tags.
SELECTIONS = [*chain.from_iterable(combinations(TAGS, size) for size in range(len(TAGS) + 1))]
FACTS = "Gather which system it runs"

#: A play's name, and the name and tags of each of its tasks.
Plays = dict[str, list[tuple[str, set[str]]]]


@pytest.fixture(scope="module")
def plays() -> Plays:
    """The plays of servers, as `ansible-playbook --list-tasks` has them."""
    listed = subprocess.run(
        [
            *(Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "--list-tasks"),
            *("playbooks/servers.yml", "playbooks/app.yml"),
        ],
        cwd=PROJECT,
        env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: Plays = {}
    for line in listed.splitlines():
        name, _tab, tags = line.strip().partition("\tTAGS: ")
        if play := re.match(r"play #\d+ \((.*?)\): (.*)", name):
            tasks = found.setdefault(play[2], []) if play[1] != "localhost" else []
        elif tags and not name.startswith("play "):
            tasks.append((name, set(tags.strip("[]").split(", ")) - {""}))
    return found


def chosen(tags: set[str], only: tuple[str, ...], skip: tuple[str, ...]) -> bool:
    """Whether Ansible runs a task with ``tags``."""
    return (not only or "always" in tags or bool(tags & set(only))) and not tags & set(skip)


@pytest.mark.parametrize("option", ["--tags", "--skip-tags"])
def test_facts_are_gathered_before_any_role_runs(plays: Plays, option: str) -> None:
    judged = 0
    for selection in SELECTIONS:
        only, skip = (selection, ()) if option == "--tags" else ((), selection)
        for name, tasks in plays.items():
            # Those that follow another play of the same servers stand on its facts.
            if name.startswith(("Restart puma", "Wait until the application is healthy")):
                continue
            seen = [task for task, tags in tasks if chosen(tags, only, skip)]
            roles = [index for index, task in enumerate(seen) if task.startswith("railyard.aws.")]
            if roles:
                judged += 1
                gathered = [index for index, task in enumerate(seen) if task == FACTS]
                assert gathered and gathered[0] < roles[0], f"{name} with {option} {','.join(selection)}"
    assert judged > 100


def test_a_run_of_other_tags_asks_servers_nothing(plays: Plays) -> None:
    assert len(plays) == 6
    assert [task for tasks in plays.values() for task, tags in tasks if chosen(tags, ("vpc",), ())] == []
