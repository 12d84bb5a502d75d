"""The operator's policy covers every option that names a key or a role, and gives no more than that."""

from __future__ import annotations

import json
import re
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
    role = PROJECT / "roles" / option.partition("_")[0]
    (entry,) = (
        one
        for one in yaml.safe_load((role / "meta/iam_actions.yml").read_text("utf-8"))
        if option in one.get("for", "")
    )
    assert KEYS[option] == set(entry["actions"]) <= iam_policy.actions_of(role.name)
    assert option in (role / "README.md").read_text("utf-8")


@pytest.mark.parametrize("file", sorted(PROJECT.glob("roles/*/meta/iam_actions.yml")), ids=lambda file: file.parts[-3])
def test_actions_are_data_that_the_readme_points_to(file: Path) -> None:
    entries = yaml.safe_load(file.read_text("utf-8"))
    actions = [action for entry in entries for action in entry["actions"]]
    assert [action for action in actions if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z*]+", action)] == []
    assert len(actions) == len(set(actions))
    assert all(entry["actions"] == sorted(entry["actions"]) and set(entry) <= {"for", "actions"} for entry in entries)
    section = (file.parents[1] / "README.md").read_text("utf-8").partition("## IAM actions\n")[2].partition("\n## ")[0]
    assert "](meta/iam_actions.yml)" in section
    assert not re.search(r"`[a-z0-9-]+:[A-Z]", section)


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


GIVES_RIGHTS = ("CreateRole", "CreateUser", "PutRolePolicy", "PutUserPolicy", "AttachRolePolicy", "AttachUserPolicy")


@pytest.mark.parametrize("action", GIVES_RIGHTS)
def test_rights_are_given_within_the_boundary_only(action: str) -> None:
    for statement in allowing(f"iam:{action}"):
        assert statement["Condition"] == {
            "ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/railyard/railyard/*"}
        }
        assert all("/railyard/railyard/" in resource for resource in statement["Resource"])


def test_nobody_writes_the_boundary_or_takes_it_away() -> None:
    for action in ("CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AttachGroupPolicy"):
        assert not allowing(f"iam:{action}")
    for kind in ("Role", "User"):
        (put,) = allowing(f"iam:Put{kind}PermissionsBoundary")
        assert "Condition" in put
        assert all("Condition" in one for one in allowing(f"iam:Delete{kind}PermissionsBoundary"))


def test_groups_whose_members_no_boundary_limits_are_in_a_policy_of_their_own() -> None:
    people = json.loads(iam_policy.texts()[iam_policy.PEOPLE])["Statement"]
    for action in ("iam:PutGroupPolicy", "iam:AddUserToGroup"):
        assert [one for one in allowing(action) if one not in people] == []


@pytest.mark.parametrize(
    "action",
    [
        "s3:GetObject",
        "s3:PutBucketPolicy",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:PutParameter",
        "rds:DeleteDBInstance",
        "elasticache:DeleteReplicationGroup",
        "elasticloadbalancing:DeleteLoadBalancer",
        "logs:DeleteLogGroup",
        "sns:SetTopicAttributes",
        "cloudwatch:DeleteAlarms",
    ],
)
def test_what_bears_the_stacks_name_is_reached_by_it_only(action: str) -> None:
    for stack in ("railyard", "Shop"):
        texts = iam_policy.texts(stack)
        found = [
            statement
            for text in texts.values()
            for statement in json.loads(text)["Statement"]
            if any(fnmatchcase(action, pattern) for pattern in statement["Action"])
        ]
        assert found
        for statement in found:
            own = [one for one in statement["Resource"] if stack.lower() in one.lower()]
            beyond = set(statement["Resource"]) - set(own)
            assert own and beyond <= {
                "arn:aws:secretsmanager:*:*:secret:rds!db-*",
                "arn:aws:ssm:*::parameter/aws/service/*",
                "arn:aws:rds:*:*:auto-backup:*",
            }
