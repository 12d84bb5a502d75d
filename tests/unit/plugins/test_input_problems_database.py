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
