"""Users of the emulated API as a teardown meets them, through boto3, in this process."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.iam import models
from moto.iam.responses import IamResponse

from sandbox.core.settings import Settings
from sandbox.services.iam.overrides import service_credentials as iam_service_credentials

_ADDED = [f"{verb}_service_specific_credential" for verb in ("create", "update", "reset", "delete")]


@pytest.fixture(scope="module", autouse=True)
def overridden():
    """Others of this process meet the emulator's own users again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.IAMBackend, "delete_user", models.IAMBackend.delete_user)
        for name in (*_ADDED, "list_service_specific_credentials"):
            patch.setattr(IamResponse, name, None, raising=False)
        iam_service_credentials.apply(Settings.from_environment({}))
        yield


@pytest.fixture
def iam(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    with mock_aws():
        client = boto3.client("iam")
        client.create_user(UserName="ann")
        yield client


def code_of(call, **arguments) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


#: What `amazon.aws.iam_user` asks for before it deletes a user, with the key of the answer.
LISTS = {
    "list_access_keys": "AccessKeyMetadata",
    "list_ssh_public_keys": "SSHPublicKeys",
    "list_service_specific_credentials": "ServiceSpecificCredentials",
    "list_signing_certificates": "Certificates",
    "list_mfa_devices": "MFADevices",
    "list_attached_user_policies": "AttachedPolicies",
    "list_user_policies": "PolicyNames",
    "list_groups_for_user": "Groups",
}


@pytest.mark.parametrize(("operation", "key"), LISTS.items())
def test_everything_of_a_user_can_be_listed(iam, operation, key):
    assert getattr(iam, operation)(UserName="ann")[key] == []
    assert code_of(getattr(iam, operation), UserName="nobody") == "NoSuchEntity"


def test_login_profile_that_is_not_there(iam):
    assert code_of(iam.get_login_profile, UserName="ann") == "NoSuchEntity"
    assert code_of(iam.delete_login_profile, UserName="ann") == "NoSuchEntity"


def test_service_specific_credentials(iam):
    made = iam.create_service_specific_credential(UserName="ann", ServiceName="codecommit.amazonaws.com")
    credential = made["ServiceSpecificCredential"]
    assert credential["ServicePassword"]
    (listed,) = iam.list_service_specific_credentials(UserName="ann")["ServiceSpecificCredentials"]
    assert listed["ServiceSpecificCredentialId"] == credential["ServiceSpecificCredentialId"]
    assert "ServicePassword" not in listed
    one = {"UserName": "ann", "ServiceSpecificCredentialId": credential["ServiceSpecificCredentialId"]}
    iam.update_service_specific_credential(Status="Inactive", **one)
    (listed,) = iam.list_service_specific_credentials(UserName="ann")["ServiceSpecificCredentials"]
    assert listed["Status"] == "Inactive"
    renewed = iam.reset_service_specific_credential(**one)["ServiceSpecificCredential"]
    assert renewed["ServicePassword"] != credential["ServicePassword"]
    assert code_of(iam.delete_user, UserName="ann") == "DeleteConflict"
    iam.delete_service_specific_credential(**one)
    assert code_of(iam.delete_service_specific_credential, **one) == "NoSuchEntity"
    iam.delete_user(UserName="ann")


def test_a_user_who_holds_something_is_not_deleted(iam):
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    assert code_of(iam.delete_user, UserName="ann") == "DeleteConflict"
    iam.delete_access_key(UserName="ann", AccessKeyId=key)
    iam.create_login_profile(UserName="ann", Password="a-Pass-word-1")
    assert code_of(iam.delete_user, UserName="ann") == "DeleteConflict"
    iam.delete_login_profile(UserName="ann")
    iam.create_group(GroupName="operators")
    iam.add_user_to_group(GroupName="operators", UserName="ann")
    assert code_of(iam.delete_user, UserName="ann") == "DeleteConflict"
    iam.remove_user_from_group(GroupName="operators", UserName="ann")
    iam.delete_user(UserName="ann")
