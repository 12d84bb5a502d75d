"""The operator's policy covers every option that names a key or a role, and gives no more than that."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import iam_policy

PROJECT = Path(__file__).resolve().parents[2]

#: Role variable that names a key: what the person has to be allowed on it, as AWS's guides of the services say.
KEYS = {
    "ec2_volume_kms_key": {
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    },
    "elasticache_kms_key_id": {"kms:CreateGrant", "kms:DescribeKey"},
    "rds_kms_key_id": {"kms:CreateGrant", "kms:DescribeKey"},
    "s3_kms_key_arn": {"kms:Decrypt", "kms:GenerateDataKey"},
}
#: Those that only stand in the policy of the servers' role.
SERVERS_ALONE = {"iam_kms_key_arn"}
#: Role variable that names a role of somebody's, and the service that it is given to.
ROLES = {"rds_monitoring_role_arn": "monitoring.rds.amazonaws.com"}


def variables(*endings: str) -> set[str]:
    """Variables of all roles whose names hold one of the endings."""
    files = PROJECT.glob("roles/*/defaults/main.yml")
    names = {name for file in files for name in yaml.safe_load(file.read_text("utf-8")) or {}}
    return {name for name in names if any(ending in name for ending in endings)}


def statements() -> list[dict[str, Any]]:
    documents = [json.loads(text) for text in iam_policy.texts().values()]
    return [statement for document in documents for statement in document["Statement"]]


def allowing(action: str) -> list[dict[str, Any]]:
    return [one for one in statements() if any(fnmatchcase(action, pattern) for pattern in one["Action"])]


def test_every_option_that_names_a_key_or_a_role_is_known_here() -> None:
    assert variables("kms_key") == KEYS.keys() | SERVERS_ALONE
    assert variables("role_arn") == ROLES.keys()


@pytest.mark.parametrize("option", KEYS)
def test_role_of_an_option_with_a_key_says_what_it_needs(option: str) -> None:
    readme = (PROJECT / "roles" / option.partition("_")[0] / "README.md").read_text("utf-8")
    assert KEYS[option] <= iam_policy.actions_of(readme)
    assert option in readme


def test_keys_are_used_through_the_services_only() -> None:
    for action in set().union(*KEYS.values()):
        (statement,) = allowing(action)
        services = statement["Condition"]["StringLike"]["kms:ViaService"]
        assert {"ec2", "elasticache", "rds", "s3"} == {service.partition(".")[0] for service in services}
    assert not any(action in ("kms:*", "*") for one in statements() for action in one["Action"])


@pytest.mark.parametrize("service", ROLES.values())
def test_role_of_somebody_is_given_to_its_service_alone(service: str) -> None:
    beyond = [one for one in allowing("iam:PassRole") if "railyard" not in one["Resource"]]
    assert [one["Condition"] for one in beyond] == [{"StringEquals": {"iam:PassedToService": service}}]
