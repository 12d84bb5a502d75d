"""Whose names an application expects in its environment is read from it, once for a release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.modules import app_contract

from tests.unit.plugins.role_variables import computed

PROJECT = Path(__file__).resolve().parents[3]
LOCK = "GEM\n  remote: https://rubygems.org/\n  specs:\n    {gem} (2.9.0)\n\nDEPENDENCIES\n  {gem}\n"


def application(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"Gemfile": 'source "https://rubygems.org"\n', **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "contract", "adapter"),
    [
        ({}, "rails", "mysql2"),
        ({"config/application.rb": 'Redis.new(url: ENV["REDIS_URL"])\n'}, "rails", "mysql2"),
        ({"config/database.yml": "p: <%= ENV['AWS_INTRO_SAMPLE_DATABASE_PASSWORD'] %>\n"}, "book", "mysql2"),
        ({"app/models/a.rb": 'ENV.fetch("AWS_INTRO_SAMPLE_HOST")\n'}, "book", "mysql2"),
        # What is no use of it: a comment, a test, documentation.
        ({"config/application.rb": "# AWS_INTRO_SAMPLE_HOST\n"}, "rails", "mysql2"),
        ({"test/a.rb": 'ENV["AWS_INTRO_SAMPLE_HOST"]\n', "README.md": "AWS_INTRO_SAMPLE_HOST\n"}, "rails", "mysql2"),
        ({"Gemfile": 'gem "trilogy"\n', "Gemfile.lock": LOCK.format(gem="trilogy")}, "rails", "trilogy"),
        ({"Gemfile": 'gem "mysql2"\n', "Gemfile.lock": LOCK.format(gem="mysql2")}, "rails", "mysql2"),
    ],
)
def test_it_is_read_where_an_application_reads_its_environment(
    run_module: Any, tmp_path: Path, files: dict[str, str], contract: str, adapter: str
) -> None:
    found = run_module(app_contract, path=str(application(tmp_path, files)))
    assert (found["changed"], found["contract"], found["adapter"]) == (False, contract, adapter)


@pytest.mark.parametrize(
    ("gem", "adapter"), [("pg", "postgresql"), ("activerecord-postgis-adapter", "postgis"), ("mysql2", "postgresql")]
)
def test_adapter_is_one_that_speaks_to_the_engine(run_module: Any, tmp_path: Path, gem: str, adapter: str) -> None:
    files = {"Gemfile": f'gem "{gem}"\n', "Gemfile.lock": LOCK.format(gem=gem)}
    assert run_module(app_contract, path=str(application(tmp_path, files)), engine="postgres")["adapter"] == adapter


def test_the_sample_has_the_book_s(run_module: Any) -> None:
    assert run_module(app_contract, path=str(PROJECT / "examples/sample-app"))["contract"] == "book"


def test_what_is_no_application_is_said(run_module: Any, tmp_path: Path) -> None:
    assert "has no Gemfile" in run_module(app_contract, path=str(tmp_path))["msg"]


OLD = {"name": "aaaa", "revision": "a" * 40, "source": "s", "kind": "git"}
RAILS = {**OLD, "name": "bbbb", "contract": "rails", "adapter": "trilogy"}
READ = {"contract": "rails", "adapter": "trilogy"}
#: What Ansible registers for the reading in a plan.
SKIPPED = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
#: Variables of the role, and whose names and adapter they come to.
IN_FORCE: list[tuple[dict[str, Any], str]] = [
    # The first release, and a new one, are read.
    ({"__app_expected": READ, "__app_refs": {"revision": "c" * 40}}, "rails trilogy"),
    (
        {"__app_expected": READ, "__app_refs": {"revision": "c" * 40}, "app_fresh": True, "__app_record": [OLD]},
        "rails trilogy",
    ),
    # What is current is as the record has it, and as it was before there was a choice.
    ({"__app_record": [RAILS, OLD]}, "rails trilogy"),
    ({"__app_record": [OLD, RAILS]}, "book mysql2"),
    (
        {"__app_record": [OLD], "app_fresh": True, "__app_refs": {"revision": "aaaa"}, "__app_expected": READ},
        "book mysql2",
    ),
    # A way back.
    (
        {
            "__app_record": [OLD, RAILS],
            "app_release": "bbbb",
            "__app_expected": {"contract": "book", "adapter": "mysql2"},
        },
        "rails trilogy",
    ),
    ({"__app_record": [RAILS, OLD], "app_release": "aaaa"}, "book mysql2"),
    # A plan reads nothing: as it is now.
    ({"__app_refs": {"revision": "c" * 40}, "app_fresh": True, "__app_record": [RAILS]}, "rails trilogy"),
    (
        {
            **{"__app_refs": {"revision": "c" * 40}, "app_fresh": True, "__app_record": [RAILS]},
            "__app_expected": SKIPPED,
        },
        "rails trilogy",
    ),
    # A person decides.
    ({"__app_record": [RAILS], "app_contract": "book", "app_database_adapter": "mysql2"}, "book mysql2"),
    ({"__app_record": [OLD], "app_contract": "rails"}, "rails mysql2"),
    # What the record remembers of a database of another engine speaks to none of this one.
    ({"__app_record": [RAILS], "app_database_engine": "postgres"}, "rails postgresql"),
    ({"__app_record": [{**RAILS, "adapter": "postgis"}], "app_database_engine": "postgres"}, "rails postgis"),
]


def test_the_record_decides_what_is_not_new_and_a_person_decides_everything(tmp_path: Path) -> None:
    tasks = []
    for number, (given, _wanted) in enumerate(IN_FORCE):
        history = given.get("__app_record", [])
        record = {"current": history[0], "history": history} if history else {}
        content = "{{ __app_contract }} {{ __app_adapter }}"
        copy = {"content": content, "dest": str(tmp_path / f"said{number}"), "mode": "0600"}
        tasks.append({"ansible.builtin.copy": copy, "vars": {"app_stack": "shop", **given, "__app_record": record}})
    files = [str(PROJECT / "roles/app" / name / "main.yml") for name in ("defaults", "vars")]
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "vars_files": files, "tasks": tasks}])
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local", tmp_path / "play.yml"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(tmp_path / f"said{number}").read_text() for number in range(len(IN_FORCE))] == [
        wanted for _given, wanted in IN_FORCE
    ]


def test_a_plan_that_reads_nothing_foretells_no_other_environment() -> None:
    new = {"app_stack": "shop", "app_fresh": True, "__app_refs": {"revision": "c" * 40}, "__app_current": RAILS}
    cases = [
        {**new, "__app_expected": expected} for expected in (SKIPPED, READ, {"contract": "book", "adapter": "mysql2"})
    ]
    found = computed("app", ["__app_expects_others"], cases)
    assert [one["__app_expects_others"] for one in found] == [False, False, True]
