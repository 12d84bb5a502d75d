"""The module iam_account_info against an emulated account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
import yaml
from ansible_collections.railyard.aws.plugins.modules import iam_account_info
from botocore.exceptions import ClientError


@pytest.fixture
def iam(aws):
    return boto3.client("iam")


def refusal(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, operation)


class Stub:
    """IAM as far as one user is concerned, whose credentials were last used some days ago."""

    class meta:
        method_to_api_mapping = {"get_account_summary": "GetAccountSummary", "list_users": "ListUsers"}

    def __init__(self, days: int, denied: str | None = None) -> None:
        self.then = datetime.now(UTC) - timedelta(days=days)
        self.denied = denied
        self.pages = 0

    def get_account_summary(self):
        if self.denied:
            raise refusal("GetAccountSummary", self.denied)
        return {"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}}

    def get_account_password_policy(self):
        raise refusal("GetAccountPasswordPolicy", "NoSuchEntity")

    def list_users(self, Marker: str | None = None):
        self.pages += 1
        if Marker is None:
            return {"Users": [], "IsTruncated": True, "Marker": "more"}
        return {"Users": [{"UserName": "ada", "PasswordLastUsed": self.then}], "IsTruncated": False}

    def get_login_profile(self, UserName: str):
        return {"LoginProfile": {"CreateDate": self.then}}

    def list_access_keys(self, UserName: str):
        keys = [("AKIA1", "Active"), ("AKIA2", "Inactive")]
        return {
            "AccessKeyMetadata": [{"AccessKeyId": k, "Status": s, "CreateDate": self.then} for k, s in keys],
        }

    def get_access_key_last_used(self, AccessKeyId: str):
        return {"AccessKeyLastUsed": {"ServiceName": "N/A"}}


def test_new_account(iam, run_module):
    result = run_module(iam_account_info)
    assert (result["root_mfa"], result["root_access_keys"], result["unused"]) == (False, False, [])
    assert result["password_policy"] == {} and result["denied"] == [] and result["changed"] is False


def test_password_policy_has_the_parameters_of_the_module_that_sets_it(iam, run_module):
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True, PasswordReusePrevention=5)
    policy = run_module(iam_account_info)["password_policy"]
    assert (policy["min_pw_length"], policy["require_symbols"], policy["pw_reuse_prevent"]) == (14, True, 5)
    assert (policy["require_numbers"], policy["pw_max_age"], policy["pw_expire"]) == (False, 0, False)


def test_the_roles_default_password_policy_is_that_of_the_cis_benchmark():
    """Fourteen characters at least, and none of the last 24 passwords again."""
    role = Path(__file__).resolve().parents[3] / "roles" / "iam"
    wanted = yaml.safe_load((role / "defaults" / "main.yml").read_text())["iam_password_policy"]
    tasks = yaml.safe_load((role / "tasks" / "present.yml").read_text())
    (sets,) = [task["amazon.aws.iam_password_policy"] for task in tasks if "amazon.aws.iam_password_policy" in task]
    assert {name: sets[name] for name in wanted} == {name: f"{{{{ iam_password_policy.{name} }}}}" for name in wanted}
    assert (wanted["min_pw_length"], wanted["pw_reuse_prevent"]) == (14, 24)


def test_young_credentials_are_not_called_unused(iam, run_module):
    iam.create_user(UserName="ada")
    iam.create_access_key(UserName="ada")
    assert run_module(iam_account_info)["unused"] == []


@pytest.mark.parametrize(("days", "credentials"), [(89, []), (91, ["password", "AKIA1"])])
def test_unused_credentials_on_every_page(days, credentials):
    stub = Stub(days)
    result = iam_account_info.look(stub, 90)
    assert [one["credential"] for one in result["unused"]] == credentials
    assert stub.pages == 2 and result["root_mfa"] is True


@pytest.mark.parametrize("code", ["AccessDenied", "UnauthorizedOperation"])
def test_what_may_not_be_seen_is_named(code):
    result = iam_account_info.look(Stub(1, denied=code), 90)
    assert result["root_mfa"] is None and result["root_access_keys"] is None
    assert result["denied"] == ["GetAccountSummary"]


def test_other_refusals_are_told(iam, run_module, monkeypatch):
    def refuse(*arguments):
        raise refusal("GetAccountSummary", "InvalidClientTokenId")

    monkeypatch.setattr(iam_account_info, "look", refuse)
    result = run_module(iam_account_info)
    assert result["failed"] is True and result["msg"].startswith("Cannot look at the account's IAM settings: ")
