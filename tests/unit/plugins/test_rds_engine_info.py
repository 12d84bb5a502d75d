"""rds_engine_info against the overridden emulator in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import rds_engine_info
from botocore.exceptions import ClientError

from sandbox.core.settings import Settings
from sandbox.services.rds.overrides import groups as rds_groups
from sandbox.services.rds.overrides import instances as rds_instances

RETURNED = ("versions", "standard_support_ends")


@pytest.fixture(scope="module", autouse=True)
def overridden():
    for patch in (rds_groups, rds_instances):
        if not getattr(patch, "_applied", False):
            patch.apply(Settings.from_environment({}))
            patch._applied = True


@pytest.mark.parametrize("check", [False, True])
def test_versions_in_order_and_the_ends_of_their_support(aws, run_module, check):
    result = run_module(rds_engine_info, check=check)
    assert not result["changed"]
    assert (result["versions"][0], result["versions"][-1]) == ("8.0.37", "8.4.7")
    assert result["standard_support_ends"] == {"8.0": "2026-07-31", "8.4": "2029-07-31"}


def test_versions_of_postgresql_and_the_engine_of_an_instance(aws, run_module):
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        EngineVersion="8.4",
        AllocatedStorage=20,
        MasterUsername="admin",
        ManageMasterUserPassword=True,
    )
    assert run_module(rds_engine_info, engine="postgres", instance="shop")["instance_engine"] == "mysql"
    result = run_module(rds_engine_info, engine="postgres", instance="nobody")
    assert "does not tell the engine" not in str(result.get("warnings"))
    assert (result["versions"][0], result["versions"][-1], result["instance_engine"]) == ("13.22", "17.7", "")
    assert result["standard_support_ends"]["17"] == "2030-02-28"


def test_engine_whose_ends_aws_does_not_tell(aws, run_module):
    result = run_module(rds_engine_info, engine="mariadb")
    assert result["versions"][0] == "10.6.22" and result["standard_support_ends"] == {}


@pytest.mark.parametrize(
    ("refused", "left", "word"),
    [
        ("offered", {"versions": []}, "does not tell the versions of mysql"),
        (
            "standard_support_ends",
            {"standard_support_ends": {}},
            "does not tell the end of standard support of mysql",
        ),
    ],
)
def test_what_aws_refuses_is_warned_of_and_the_rest_told(aws, run_module, monkeypatch, refused, left, word):
    def refuse(client, engine):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeDBEngineVersions")

    told = run_module(rds_engine_info)
    monkeypatch.setattr(rds_engine_info, refused, refuse)
    result = run_module(rds_engine_info)
    assert not result.get("failed")
    assert {key: result[key] for key in told if key in RETURNED} == {**{key: told[key] for key in RETURNED}, **left}
    # Ansible keeps the warnings of a whole process, here those of earlier tests too.
    warning = str(result["warnings"][-1])
    assert word in warning and "not you" in warning
