"""Permissions boundaries of users and roles, and the module that makes a user within one."""

from __future__ import annotations

import json
import sys

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.iam import models
from moto.iam.responses import IamResponse

from sandbox.core.settings import PROJECT, Settings
from sandbox.services.iam.overrides import boundaries as iam_boundaries

sys.path.insert(0, str(PROJECT / "collections"))
from ansible_collections.railyard.aws.plugins.module_utils._ses import smtp_user

ALLOW = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
NOWHERE = "arn:aws:iam::123456789012:policy/nowhere"


@pytest.fixture(scope="module", autouse=True)
def overridden():
    """Others of this process meet the emulator's own users again."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("create_role", "put_role_permissions_boundary"):
            patch.setattr(models.IAMBackend, name, getattr(models.IAMBackend, name))
        for name in ("permissions_boundary", "permissions_boundary_arn"):
            patch.setattr(models.User, name, None, raising=False)
        patch.setattr(IamResponse, "create_user", IamResponse.create_user)
        for name in ("put_user_permissions_boundary", "delete_user_permissions_boundary"):
            patch.setattr(IamResponse, name, None, raising=False)
        iam_boundaries.apply(Settings.from_environment({}))
        yield


@pytest.fixture
def iam(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    with mock_aws():
        yield boto3.client("iam")


@pytest.fixture
def policy(iam) -> str:
    return iam.create_policy(PolicyName="boundary", PolicyDocument=DOCUMENT)["Policy"]["Arn"]


def boundary_of(iam, name: str) -> str | None:
    return iam.get_user(UserName=name)["User"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


def test_users_have_a_boundary_from_the_start_later_and_no_more(iam, policy):
    iam.create_user(UserName="ann", PermissionsBoundary=policy)
    iam.create_user(UserName="bob")
    assert [boundary_of(iam, name) for name in ("ann", "bob")] == [policy, None]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=policy)
    iam.delete_user_permissions_boundary(UserName="ann")
    assert [boundary_of(iam, name) for name in ("ann", "bob")] == [None, policy]


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("create_user", {"UserName": "eve"}),
        ("create_role", {"RoleName": "eve", "AssumeRolePolicyDocument": DOCUMENT}),
        ("put_user_permissions_boundary", {"UserName": "ann"}),
        ("put_role_permissions_boundary", {"RoleName": "ann"}),
    ],
)
def test_a_boundary_that_is_not_there_is_refused(iam, call, arguments):
    iam.create_user(UserName="ann")
    iam.create_role(RoleName="ann", AssumeRolePolicyDocument=DOCUMENT)
    with pytest.raises(ClientError, match="does not exist or is not attachable") as refused:
        getattr(iam, call)(PermissionsBoundary=NOWHERE, **arguments)
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["ann"]


class Retrying:
    """A client as the module has it, which takes a word about retries with each call."""

    def __init__(self, client) -> None:
        self._client = client

    def __getattr__(self, name):
        def call(*given, **named):
            named.pop("aws_retry", None)
            return getattr(self._client, name)(*given, **named)

        return call


def test_the_user_who_sends_mail_is_made_within_one_and_mended(iam, policy):
    wanted = {"name": "smtp", "path": "/", "policy": json.loads(DOCUMENT), "tags": {}, "permissions_boundary": policy}
    client = Retrying(iam)
    smtp_user.ensure(client, wanted, None, False)
    assert boundary_of(iam, "smtp") == policy
    assert smtp_user.ensure(client, wanted, smtp_user.read(client, "smtp"), False) == ({}, {})
    iam.delete_user_permissions_boundary(UserName="smtp")
    before, after = smtp_user.ensure(client, wanted, smtp_user.read(client, "smtp"), True)
    assert (before, after) == ({"permissions_boundary": ""}, {"permissions_boundary": policy})
    assert boundary_of(iam, "smtp") is None, "check mode"
    smtp_user.ensure(client, wanted, smtp_user.read(client, "smtp"), False)
    assert boundary_of(iam, "smtp") == policy
    smtp_user.ensure(client, wanted | {"permissions_boundary": ""}, smtp_user.read(client, "smtp"), False)
    assert boundary_of(iam, "smtp") is None
