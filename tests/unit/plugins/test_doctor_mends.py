"""What the doctor proposes, given to it again: the application starts then, and nothing of it breaks any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.plugins.doctor_lab import PRODUCTION, STACK, WELL, Lab, gems

POSTGRESQL = "production:\n  adapter: postgresql\n  encoding: unicode\n  database: shop\n"
SQLITE = "production:\n  adapter: sqlite3\n  database: {}\n"
ATTACHING = {
    "app/models/item.rb": "class Item < ApplicationRecord\n  has_one_attached :photo\nend\n",
    "config/storage.yml": "local:\n  service: Disk\n  root: <%= Rails.root.join('storage') %>\n"
    "archive:\n  service: S3\n  bucket: <%= ENV['S3_BUCKET'] %>\n  region: <%= ENV['AWS_REGION'] %>\n",
}
ON_DISK = {PRODUCTION: WELL[PRODUCTION].replace("end\n", "  config.active_storage.service = :local\nend\n")}
BY_VARIABLE = {
    PRODUCTION: WELL[PRODUCTION].replace(
        "end\n", "  config.active_storage.service = ENV.fetch('STORE', 'local').to_sym\nend\n"
    )
}
#: What people write, and what stacks call the inputs of app_doctor.
INPUTS = {
    "app_shared": "shared",
    "railyard_app_databases": "databases",
    "railyard_database_engine": "engine",
    "railyard_web_count": "servers",
}


def sqlite(path: str) -> dict[str, str]:
    gem = gems("sqlite3 2.4.0", gemfile='gem "sqlite3"\n', without=("mysql2",))
    return {**gem, "config/database.yml": SQLITE.format(path)}


#: Application → the file of variables that it needs, whole but for packages of the system.
CASES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "PostgreSQL": (
        {**gems("pg 1.5.9", without=("mysql2",)), "config/database.yml": POSTGRESQL},
        {"railyard_database_engine": "postgres"},
    ),
    "SQLite in a directory of its own": (
        sqlite("storage/production.sqlite3"),
        {"railyard_app_database": "", "app_shared": ["log", "tmp/pids", "storage"], "railyard_web_count": 1},
    ),
    "SQLite further down": (
        sqlite("storage/db/production.sqlite3"),
        {"railyard_app_database": "", "app_shared": ["log", "tmp/pids", "storage/db"], "railyard_web_count": 1},
    ),
    # Shared, db would hide the migrations.
    "SQLite beside the migrations": (
        sqlite("db/production.sqlite3"),
        {
            "railyard_app_database": "",
            "app_environment": {"DATABASE_URL": "sqlite3:storage/production.sqlite3"},
            "app_shared": ["log", "tmp/pids", "storage"],
            "railyard_web_count": 1,
        },
    ),
    "attachments on disk": (
        {**ATTACHING, **ON_DISK},
        {"app_shared": ["log", "tmp/pids", "storage"], "railyard_web_count": 1},
    ),
    "attachments where a variable says": (
        {**gems("aws-sdk-s3 1.170.0"), **ATTACHING, **BY_VARIABLE},
        {"app_environment": {"STORE": "archive"}},
    ),
    "attachments where a variable says, without the gem of S3": (
        {**ATTACHING, **BY_VARIABLE},
        {"app_shared": ["log", "tmp/pids", "storage"], "railyard_web_count": 1},
    ),
}


def given_again(proposed: dict[str, Any]) -> dict[str, Any]:
    stack = {INPUTS[name]: value for name, value in proposed.items() if name in INPUTS}
    if proposed.get("railyard_database_engine") == "postgres":
        stack["database_adapter"] = "postgresql"
    if proposed.get("railyard_app_database") == "":
        stack["database_url"] = False
    packages = proposed.get("rbenv_build_packages_extra", [])
    return {**stack, "environment": list(proposed.get("app_environment", {})), "packages": packages}


@pytest.mark.parametrize("case", CASES)
def test_what_is_proposed_makes_it_start(tmp_path: Path, case: str) -> None:
    files, wanted = CASES[case]
    lab = Lab(tmp_path)
    before, file = lab.report(files)
    proposed = yaml.safe_load(file)
    assert {name: value for name, value in proposed.items() if name != "rbenv_build_packages_extra"} == wanted
    assert "to mend before it works" in before
    assert "Nothing of it breaks" in lab.report(files, **given_again(proposed))[0]


def test_an_application_of_mysql_on_a_stack_of_postgresql(tmp_path: Path) -> None:
    proposed = yaml.safe_load(Lab(tmp_path).report({}, engine="postgres", database_adapter="postgresql")[1])
    assert proposed == {"railyard_database_engine": "mysql"}


def test_no_directory_of_a_release_s_own_files_is_shared(tmp_path: Path) -> None:
    root = ATTACHING["config/storage.yml"].replace("'storage'", "'public'")
    found = Lab(tmp_path).findings({**ATTACHING, **ON_DISK, "config/storage.yml": root})["active-storage"]
    assert (found.weight, found.variables) == ("breaks", {})


def test_of_two_shared_directories_the_outer_one_is_enough(tmp_path: Path) -> None:
    files = {**sqlite("storage/db/production.sqlite3"), **ATTACHING, **ON_DISK}
    assert yaml.safe_load(Lab(tmp_path).report(files)[1])["app_shared"] == ["log", "storage", "tmp/pids"]


def test_one_server_stays_as_it_is(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings({**ATTACHING, **ON_DISK}, servers=1)["active-storage"]
    assert found.variables == {"app_shared": [*STACK["shared"], "storage"]}


def test_worker_servers_go_where_there_can_be_one_disk_only(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings({**ATTACHING, **ON_DISK}, servers=2, workers=1)["active-storage"]
    assert found.variables == {"app_shared": [*STACK["shared"], "storage"], "railyard_worker_count": 0}
