"""Which databases lack migrations of a release, and what is done about it: a shell script of the role app."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TASKS = yaml.safe_load((PROJECT / "roles/app/tasks/migrate.yml").read_text("utf-8"))
(BLOCK,) = (task for task in TASKS if "block" in task)
(TASK,) = BLOCK["block"]
SCRIPT = (PROJECT / "roles/app/files/migrate.sh").read_text("utf-8")

#: As `rails new` of Rails 8 has it, and as people write paths otherwise.
CONFIGURATION = """
default: &default
  adapter: mysql2
  queue:
    migrations_paths: db/wrong
production:
  primary: &primary
    <<: *default
    database: shop
  queue:
    <<: *primary
    migrations_paths: db/queue_migrate # its own
  animals:
    <<: *primary
    migrations_paths: ["db/of_animals", 'db/of_more']
  cache:
    <<: *primary
    migrations_paths:
      - db/first_of_cache
      - db/second_of_cache
    pool: 5
  cable:
    <<: *primary
test:
  cable:
    migrations_paths: db/wrong
"""
FIRST = ["primary 0", "primary 1", "primary 20240101000000", "primary 20250101000000"]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release with migrations of its first database, and a bundle that says what it is asked for."""
    for name in ("001_create_shops.rb", "20240101000000_add_name.rb", "later/20250101000000_add_index.rb", "README.md"):
        write(tmp_path / "db/migrate" / name)
    write(tmp_path / "config/database.yml", CONFIGURATION)
    bundle = tmp_path / "bin/bundle"
    write(bundle, '#!/bin/sh\necho "bundle $1 $2 $5 of ${RAILYARD_DATABASE-}"\n')
    bundle.chmod(0o755)
    return tmp_path


def write(file: Path, text: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def run(folder: Path, versions: list[str], *beside: str, release: str = "recorded", status: int = 0) -> list[str]:
    command = ["bash", "-c", SCRIPT, "migrate", "echo == migrating", release, "production", " ".join(beside)]
    done = subprocess.run(
        command,
        input="\n".join(versions),
        cwd=folder,
        env={"PATH": f"{folder}/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("versions", "migrates"),
    [
        # A database that is new, or was restored from before the last migration, under the release that is recorded.
        ([], True),
        (FIRST[:-1], True),
        (FIRST, False),
        (["primary 001", *FIRST[2:]], False),
        # One that a later release has migrated has all of this one's.
        ([*FIRST, "primary 20260101000000"], False),
    ],
)
def test_what_the_database_lacks_is_migrated(release: Path, versions: list[str], migrates: bool) -> None:
    # Several times: which of two programs reads first would be decided anew each time.
    for _time in range(5):
        assert run(release, versions) == (["== migrating"] if migrates else [])


def test_a_new_release_is_migrated_whatever_there_is(release: Path) -> None:
    assert run(release, FIRST, release="new") == ["== migrating"]


def test_an_application_without_migrations_has_none_pending(tmp_path: Path) -> None:
    assert run(tmp_path, []) == []


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("queue", "db/queue_migrate"),
        ("animals", "db/of_animals"),
        ("animals", "db/of_more"),
        ("cache", "db/first_of_cache"),
        ("cache", "db/second_of_cache"),
        ("cable", "db/cable_migrate"),
    ],
)
def test_each_database_is_asked_for_its_own_migrations(release: Path, name: str, folder: str) -> None:
    write(release / folder / "20260101000000_add.rb")
    write(release / "db/wrong/20270101000000_add.rb")
    there = [*FIRST, f"{name} 0"]
    # Another database has one of that number.
    assert run(release, [*there, "primary 20260101000000"], name) == ["== migrating"]
    assert run(release, [*there, f"{name} 20260101000000"], name) == []
    assert run(release, there) == [], "of a database that the stack does not know nothing is asked"


def test_a_new_database_beside_the_first_gets_its_schema_before_its_migrations(release: Path) -> None:
    """Solid Queue brings a schema and no migrations: `rails db:migrate` alone would leave its database empty."""
    write(release / "db/queue_schema.rb")
    write(release / "db/cache_schema.rb")
    there = [*FIRST, "cache 0", "cache 1"]
    said, *done = run(release, there, "queue", "cache")
    assert "queue is new" in said and "migrat" in said
    assert done == ["bundle exec rake railyard:schema of queue", "== migrating"]
    assert run(release, [*there, "queue 0"], "queue", "cache") == []


@pytest.mark.parametrize("lock", ["Gemfile.lock", None])
def test_a_new_database_without_a_schema_gets_its_migrations(release: Path, lock: str | None) -> None:
    if lock:
        # Rails 6.0 loads the schemas of all databases or of none.
        write(release / "db/queue_schema.rb")
        write(release / lock, "GEM\n  specs:\n    activerecord (6.0.6)\n")
    assert run(release, FIRST, "queue") == ["== migrating"]


def test_a_schema_is_loaded_by_a_connection_to_its_own_database() -> None:
    """Rails 7.1 and later write it to whatever they are connected to, which is the first database."""
    connected, loaded = SCRIPT.index("establish_connection(one)"), SCRIPT.index("load_schema(one)")
    assert connected < loaded and "db:schema:load:$" not in SCRIPT


def test_a_schema_that_cannot_be_loaded_ends_it(release: Path) -> None:
    write(release / "db/queue_schema.rb")
    (release / "bin/bundle").write_text("#!/bin/sh\nexit 7\n")
    assert len(run(release, FIRST, "queue", release="new", status=7)) == 1


def templated(folder: Path, value: str, *cases: dict[str, Any]) -> list[Any]:
    """What an expression of a task is in each of the cases, with the role's defaults and vars."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(PROJECT / "roles/app" / name / "main.yml") for name in ("defaults", "vars")],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ found | to_json }}",
                    "dest": f"{folder}/{index}",
                    "mode": "0600",
                },
                "vars": {**variables, "found": value},
            }
            for index, variables in enumerate(cases)
        ],
    }
    (folder / "play.yml").write_text(json.dumps([play]))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    command = [playbook, "-i", "localhost,", "-c", "local", folder / "play.yml"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads((folder / str(index)).read_text()) for index, _case in enumerate(cases)]


def test_mysql_is_asked_once_for_the_migrations_of_all_databases(tmp_path: Path) -> None:
    tasks = yaml.safe_load((PROJECT / "roles/app/tasks/database_mysql.yml").read_text("utf-8"))
    (task,) = (one for one in tasks if "__app_question" in one.get("vars", {}))
    given = {"app_database": "shop", "app_databases": {"queue": "", "animals": "of-animals"}}
    given["__app_question"] = task["vars"]["__app_question"]
    ((rights, there, *asked),) = templated(tmp_path, task["community.mysql.mysql_query"]["query"], given)
    assert rights == "SHOW GRANTS" and "schemata" in there
    assert [one.split()[0] for one in asked] == ["SET", "PREPARE", "EXECUTE"] * 3
    databases = {"animals": "of-animals", "primary": "shop", "queue": "shop_queue"}
    for (name, database), one in zip(databases.items(), asked[::3], strict=True):
        assert f"table_schema = '{database}'" in one
        assert (
            f"'SELECT ''{name} 0'' AS version UNION ALL SELECT CONCAT(''{name} '', version) FROM `{database}`." in one
        )


def test_versions_are_taken_from_the_answers_of_either_engine(tmp_path: Path) -> None:
    mysql = {"query_result": [[{"Grants": "x"}], [{"made": "shop"}], [], [], [{"version": "primary 0"}]]}
    # Of PostgreSQL each database is asked, and one that is not there answers nothing.
    there = {"query_all_results": [[{"owner": "shop"}], [{"version": "queue 7"}]]}
    answers = [mysql, {"results": [there, {"msg": "none"}]}, {"failed": True}, {"results": [{"skipped": True}]}]
    cases = [{**TASK["vars"], "__app_grants": one} for one in answers]
    assert templated(tmp_path, TASK["vars"]["__app_versions"], *cases) == [["primary 0"], ["queue 7"], [], []]


def test_the_recorded_release_is_asked_too_and_a_way_back_is_not() -> None:
    assert "__app_is_new or __app_has_database" in BLOCK["when"]
    assert "not app_release" in BLOCK["when"]
