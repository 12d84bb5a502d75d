"""The DB parameter group module against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups.parameters import in_pages
from ansible_collections.railyard.aws.plugins.modules import rds_parameter_group

from sandbox.core.settings import Settings
from sandbox.services.rds.overrides import groups as rds_groups
from sandbox.services.rds.overrides import instances as rds_instances

GROUP = {
    "name": "T",
    "family": "mysql8.4",
    "description": "parameters of t",
    "parameters": {"require_secure_transport": True, "long_query_time": 2, "performance_schema": True},
    "tags": {"Stack": "t", "Role": "rds"},
}
SET = {"long_query_time": "2", "performance_schema": "1", "require_secure_transport": "1"}


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (rds_groups, rds_instances):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def ensure(run_module, rds):
    def ensure(check=False, **overrides):
        return run_module(rds_parameter_group, check=check, **{**GROUP, **overrides})

    return ensure


def is_set(rds) -> dict:
    found = rds.describe_db_parameters(DBParameterGroupName="t", Source="user")["Parameters"]
    return {one["ParameterName"]: one["ParameterValue"] for one in found}


def groups(rds) -> list:
    found = rds.describe_db_parameter_groups()["DBParameterGroups"]
    return [one for one in found if not one["DBParameterGroupName"].startswith("default.")]


def test_created_as_described(ensure, rds):
    result = ensure()
    (group,) = groups(rds)
    assert (group["DBParameterGroupName"], group["DBParameterGroupFamily"]) == ("t", "mysql8.4")
    assert is_set(rds) == SET
    assert result["changed"]
    assert result["parameter_group"] == {
        "name": "t",
        "arn": group["DBParameterGroupArn"],
        "family": "mysql8.4",
        "parameters": SET,
        "tags": GROUP["tags"],
    }


def test_what_needs_a_reboot_waits_for_one(ensure, rds):
    ensure()
    found = rds.describe_db_parameters(DBParameterGroupName="t", Source="user")["Parameters"]
    assert {one["ParameterName"]: one["ApplyMethod"] for one in found} == {
        "long_query_time": "immediate",
        "performance_schema": "pending-reboot",
        "require_secure_transport": "immediate",
    }


def test_second_run_changes_nothing(ensure):
    first = ensure()
    again = ensure()
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
    assert again["parameter_group"] == first["parameter_group"]


def test_check_mode_on_an_empty_account(ensure, rds):
    result = ensure(check=True)
    assert result["changed"] and result["parameter_group"]["arn"] == ""
    assert result["diff"]["after"]["parameters"] == SET
    assert groups(rds) == []


@pytest.mark.parametrize(
    ("overrides", "diff"),
    [
        (
            {"parameters": {**GROUP["parameters"], "long_query_time": 5}},
            {"before": {"parameters": {"long_query_time": "2"}}, "after": {"parameters": {"long_query_time": "5"}}},
        ),
        (
            {"parameters": {"long_query_time": 2, "require_secure_transport": "ON"}},
            {
                "before": {"parameters": {"performance_schema": "1"}},
                "after": {"parameters": {"performance_schema": None}},
            },
        ),
        ({"tags": {"Stack": "t"}}, {"before": {"tags": {"Role": "rds"}}, "after": {"tags": {}}}),
    ],
)
def test_drift_is_planned_then_mended(ensure, rds, overrides, diff):
    ensure()
    assert ensure(check=True, **overrides)["diff"] == diff
    assert is_set(rds) == SET
    mended = ensure(**overrides)
    assert mended["changed"] and mended["diff"] == diff
    assert not ensure(**overrides)["changed"]


def test_what_is_not_given_is_left_alone(ensure, rds):
    ensure()
    assert not ensure(parameters=None, tags=None, description=None, family=None)["changed"]
    assert not ensure(parameters={"long_query_time": 2}, purge_parameters=False)["changed"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            {"parameters": {"long_query_tim": 2}},
            "'long_query_tim' is not a parameter of mysql8.4; did you mean 'long_query_time'?",
        ),
        ({"family": None}, "give family to create it"),
        ({"name": "default.mysql8.4"}, "a group of AWS's own"),
        ({"family": "mysql99"}, "Parameter group 't' could not be kept"),
    ],
)
def test_wrong_options_are_said_before_anything_is_made(ensure, rds, overrides, words):
    result = ensure(**overrides)
    assert result["failed"] and words in result["msg"]
    assert groups(rds) == []


def test_family_cannot_change(ensure):
    ensure()
    result = ensure(family="mysql8.0")
    assert result["failed"] and "of family mysql8.4, which cannot become mysql8.0" in result["msg"]


def test_removed_once(ensure, rds):
    ensure()
    assert ensure(check=True, state="absent")["changed"] and len(groups(rds)) == 1
    assert ensure(state="absent")["changed"] and groups(rds) == []
    assert not ensure(state="absent")["changed"]


@pytest.mark.parametrize(
    ("wanted", "current", "is_same"),
    [("1", "1", True), ("ON", "1", True), ("0", "off", True), ("1", None, False), ("FILE", "TABLE", False)],
)
def test_booleans_are_one_however_they_are_written(wanted, current, is_same):
    assert rds_parameter_group.DBParameterGroup.same(wanted, current) is is_same


def test_requests_carry_what_aws_takes():
    assert [len(page) for page in in_pages([str(number) for number in range(45)])] == [20, 20, 5]
