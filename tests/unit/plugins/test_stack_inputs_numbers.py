"""Numbers of a file of variables that YAML reads as others than were written: versions, tags, ports."""

from __future__ import annotations

from pathlib import Path

from ansible.parsing.dataloader import DataLoader
from ansible_collections.railyard.aws.plugins.module_utils._settings.numbers import number_problems

from tests.unit.plugins import inputs_lab as lab

WRITTEN = """
railyard_bundler_version: 2.10
railyard_tags: {Version: 1.10, Mode: 0755, Cost: 4711, Rate: 1.5, At: "7:30"}
railyard_app_schedule: {digest: {command: x, calendar: 7:30}}
railyard_database_engine_version: 8.4
railyard_web_count: 010
railyard_database_storage: 1_000
railyard_alarm_thresholds: {server_cpu: 90.50}
"""


def read(path: Path) -> dict:
    """As Ansible reads a file of variables, which notes where each value stood."""
    path.write_text(WRITTEN, encoding="utf-8")
    return DataLoader().load_from_file(str(path))


def test_what_yaml_has_eaten_is_named_as_it_was_written(tmp_path: Path) -> None:
    found = number_problems(read(tmp_path / "vars.yml"), lab.options())
    assert [problem.split(": YAML")[0] for problem in found] == [
        "railyard_bundler_version is 2.1, which was written as 2.10",
        "railyard_tags.Version is 1.1, which was written as 1.10",
        "railyard_tags.Mode is 493, which was written as 0755",
        "railyard_app_schedule.digest.calendar is 450, which was written as 7:30",
        "railyard_web_count is 8, which was written as 010",
    ]
    assert all(problem.endswith("write it in quotes.") for problem in found)


def test_the_action_says_it(tmp_path: Path) -> None:
    given = read(tmp_path / "vars.yml")
    (problem,) = lab.problems(railyard_bundler_version=given["railyard_bundler_version"])
    assert problem.startswith("railyard_bundler_version is 2.1, which was written as 2.10")
