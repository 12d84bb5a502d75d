"""Inputs of the database, as a table: what is wrong and what to write instead."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.database import (
    database_problems,
    engine_problems,
)

GOOD = {
    "railyard_database_name": "railyard",
    "railyard_database_port": 3306,
    "railyard_database_engine_version": "8.4",
    "railyard_database_allow_ended_version": False,
    "railyard_database_instance_class": "db.t4g.micro",
    "railyard_database_storage": 20,
    "railyard_database_max_storage": 100,
    "railyard_database_backup_days": 7,
}
KNOWN = {
    "versions": ["5.7.44", "8.0.43", "8.4.6", "8.4.7"],
    "standard_support_ends": {"5.7": "2024-02-29", "8.0": "2026-07-31", "8.4": "2029-07-31"},
}
TODAY = "2026-11-24"
VERSION = "railyard_database_engine_version"
OFFER = "write one of 8.4, 8.4.6, 8.4.7"


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"railyard_database_engine_version": 8.4, "railyard_database_storage": "20"},
        {"railyard_database_max_storage": 0, "railyard_database_backup_days": 0},
        {"railyard_database_instance_class": "db.m7g.2xlarge"},
        {"railyard_database_instance_class": "db.r5b.8xlarge.tpc2.mem3x"},
    ],
)
def test_these_are_fine(inputs):
    assert database_problems({**GOOD, **inputs}) == []


def test_what_is_not_given_is_not_judged():
    assert database_problems({}) == engine_problems({}, KNOWN, TODAY) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("railyard_database_name", "Rail_yard", "small letters, digits and single hyphens"),
        ("railyard_database_port", 80, "a port from 1150 to 65535, such as 3306"),
        ("railyard_database_engine_version", "latest", "a version of MySQL such as 8.4, in quotes, or 8.4.7"),
        ("railyard_database_engine_version", 8, "a version of MySQL such as 8.4"),
        ("railyard_database_instance_class", "t4g.micro", "a class of instances such as db.t4g.micro"),
        ("railyard_database_instance_class", "cache.t4g.micro", "such as db.t4g.micro"),
        ("railyard_database_storage", 5, "a number of GiB from 20 to 65536, such as 20"),
        ("railyard_database_max_storage", 20, "railyard_database_storage (22, as AWS wants a tenth more), up to 65536"),
        ("railyard_database_max_storage", "much", "above railyard_database_storage"),
        ("railyard_database_max_storage", 70000, "up to 65536"),
        ("railyard_database_backup_days", 36, "a number of days from 0 to 35, such as 7"),
        ("railyard_database_backup_days", -1, "from 0 to 35"),
    ],
)
def test_each_mistake_names_value_and_remedy(name, value, words):
    (problem,) = database_problems({**GOOD, name: value})
    assert problem.startswith(f"{name} is '{value}'; write ") and words in problem


@pytest.mark.parametrize("version", ["8.4", "8.4.6", 8.4])
def test_versions_with_support_are_fine(version):
    assert engine_problems({**GOOD, VERSION: version}, KNOWN, TODAY) == []


@pytest.mark.parametrize(("version", "end"), [("8.0", "2026-07-31"), ("8.0.43", "2026-07-31"), ("5.7", "2024-02-29")])
def test_ended_versions_are_refused_unless_allowed(version, end):
    inputs = {**GOOD, VERSION: version}
    (problem,) = engine_problems(inputs, KNOWN, TODAY)
    assert f"{VERSION} is '{version}', whose standard support AWS ended on {end}" in problem
    assert OFFER.capitalize() in problem and "railyard_database_allow_ended_version: true" in problem
    for yes in (True, "true", "yes"):
        assert engine_problems({**inputs, "railyard_database_allow_ended_version": yes}, KNOWN, TODAY) == []


def test_on_its_last_day_a_version_is_supported():
    inputs = {**GOOD, VERSION: "8.0"}
    assert engine_problems(inputs, KNOWN, "2026-07-31") == []
    assert engine_problems(inputs, KNOWN, "2026-08-01") != []


@pytest.mark.parametrize("version", ["9.9", "8.4.99", "5.6", "8.40"])
def test_versions_that_are_not_offered_are_refused_even_when_ended_ones_are_allowed(version):
    inputs = {**GOOD, VERSION: version, "railyard_database_allow_ended_version": True}
    (problem,) = engine_problems(inputs, KNOWN, TODAY)
    assert problem == f"{VERSION} is '{version}', which RDS does not offer here; {OFFER}."


def test_without_an_answer_of_rds_nothing_is_said():
    assert engine_problems({**GOOD, VERSION: "8.0"}, {}, TODAY) == []


POSTGRES = {
    **GOOD,
    "railyard_database_engine": "postgres",
    "railyard_database_port": 5432,
    "railyard_database_engine_version": "17",
}
KNOWN_OF_POSTGRES = {
    "versions": ["13.23", "16.11", "17.5", "17.7"],
    "standard_support_ends": {"13": "2026-02-28", "16": "2029-02-28", "17": "2030-02-28"},
}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"railyard_database_engine_version": 17},
        {"railyard_database_engine_version": "17.7"},
        {"rds_parameters": {"work_mem": 8192, "rds.log_retention_period": 1440}},
        {"rds_log_exports": ["postgresql", "upgrade"]},
        {"rds_options": []},
        {"rds_master_username": "shop"},
    ],
)
def test_these_of_postgresql_are_fine(inputs):
    assert database_problems({**POSTGRES, **inputs}) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("railyard_database_engine", "postgresql", "is 'postgresql'; write mysql, mariadb or postgres"),
        ("railyard_database_engine", "", "write mysql, mariadb or postgres"),
        ("railyard_database_engine_version", "8.4", "a version of PostgreSQL such as 17, in quotes, or 17.6"),
        ("railyard_database_port", 80, "such as 5432"),
        ("rds_master_username", "admin", "no name of PostgreSQL's or RDS's own, such as postgres"),
        ("rds_master_username", "rdsadmin", "such as postgres"),
        ("rds_log_exports", ["slowquery"], "one of postgresql, upgrade, iam-db-auth-error"),
        ("rds_options", [{"option_name": "MARIADB_AUDIT_PLUGIN"}], "RDS has no options for PostgreSQL"),
        ("rds_parameters", {"long_query_time": 2}, "'long_query_time', which PostgreSQL has not"),
        ("rds_parameters", {"innodb_lock_wait_timeout": 2}, "such as log_min_duration_statement: 2000"),
    ],
)
def test_each_mistake_of_postgresql_says_what_to_write(name, value, words):
    (problem,) = database_problems({**POSTGRES, name: value})
    assert problem.startswith(name) and words in problem


@pytest.mark.parametrize("name", ["rds.force_ssl", "work_mem", "log_min_duration_statement"])
def test_parameters_of_postgresql_are_none_of_mysql(name):
    (problem,) = database_problems({**GOOD, "rds_parameters": {name: 1}})
    assert f"rds_parameters has '{name}', which MySQL has not" in problem


def test_versions_of_mariadb_are_its_own():
    assert database_problems({**GOOD, "railyard_database_engine": "mariadb", VERSION: "11.4"}) == []
    (problem,) = database_problems({**GOOD, "railyard_database_engine": "mariadb", VERSION: "latest"})
    assert "a version of MariaDB such as 11.4" in problem


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("17", ""),
        ("17.7", ""),
        ("12", "which RDS does not offer here; write one of 16, 17, 16.11, 17.5, 17.7"),
        ("13", "whose standard support AWS ended on 2026-02-28"),
        ("13.23", "railyard_database_allow_ended_version: true"),
    ],
)
def test_versions_of_postgresql_have_one_number_less(version, words):
    found = engine_problems({**POSTGRES, VERSION: version}, KNOWN_OF_POSTGRES, TODAY)
    assert words in found[0] if words else found == []


@pytest.mark.parametrize(("wanted", "has"), [("postgres", "mysql"), ("mysql", "postgres"), ("mariadb", "mysql")])
def test_no_database_becomes_one_of_another_engine(wanted, has):
    inputs = {**GOOD, "railyard_database_engine": wanted}
    (problem,) = engine_problems(inputs, {**KNOWN, "instance_engine": has}, TODAY)
    assert problem.startswith(f"railyard_database_engine is '{wanted}', and the database 'railyard' is ")
    assert f"Write railyard_database_engine: {has}; or give the new one a name of its own" in problem
    same = {**GOOD, "railyard_database_engine": has, VERSION: "latest"}
    assert engine_problems(same, {**KNOWN, "instance_engine": has}, TODAY) == []
