"""The module that keeps SMTP credentials, against the emulator in this process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._ses.smtp_password import derive
from ansible_collections.railyard.aws.plugins.modules import ses_smtp_credentials
from botocore.client import BaseClient
from botocore.exceptions import ClientError

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "arn:aws:ses:x:1:identity/t.test"}],
}
WANTED = {
    "name": "t-smtp",
    "path": "/railyard/t/",
    "policy": POLICY,
    "secret_name": "/t/smtp",
    "sender": "noreply@t.test",
    "domain": "t.test",
    "tags": {"Stack": "t", "Role": "ses"},
}


class Account:
    """What the module made, and every answer and output in which a secret could be."""

    def __init__(self) -> None:
        self.iam, self.secrets = boto3.client("iam"), boto3.client("secretsmanager")

    def value(self) -> dict:
        return json.loads(self.secrets.get_secret_value(SecretId="/t/smtp")["SecretString"])

    def keys(self) -> list[str]:
        return [key["AccessKeyId"] for key in self.iam.list_access_keys(UserName="t-smtp")["AccessKeyMetadata"]]

    def users(self) -> list[str]:
        return [user["UserName"] for user in self.iam.list_users()["Users"]]

    def secret_of(self, key_id: str) -> str:
        from moto.iam.models import iam_backends

        keys = iam_backends["123456789012"]["aws"].users["t-smtp"].access_keys
        return next(key.secret_access_key for key in keys if key.access_key_id == key_id)

    def age(self, days: int) -> None:
        from moto.iam.models import iam_backends

        for key in iam_backends["123456789012"]["aws"].users["t-smtp"].access_keys:
            key.create_date = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)


@pytest.fixture
def account(aws):
    return Account()


@pytest.fixture
def ensure(run_module, account):
    """Runs the module and insists that no answer of it holds a secret."""

    def run(check: bool = False, **changes) -> dict:
        result = run_module(ses_smtp_credentials, check=check, **{**WANTED, **changes})
        text = json.dumps(result)
        for key in account.keys() if "t-smtp" in account.users() else []:
            assert key not in text
            assert account.secret_of(key) not in text
            assert derive(account.secret_of(key), "ap-northeast-1") not in text
        return result

    return run


def test_created_with_what_a_mail_client_needs(ensure, account):
    result = ensure()
    assert result["changed"] and result["key"] == {"age_days": 0, "old": False, "made": "there was none"}
    (key,) = account.keys()
    assert account.value() == {
        "host": "email-smtp.ap-northeast-1.amazonaws.com",
        "port": 465,
        "username": key,
        "password": derive(account.secret_of(key), "ap-northeast-1"),
        "from": "noreply@t.test",
        "domain": "t.test",
    }
    user = account.iam.get_user(UserName="t-smtp")["User"]
    assert (user["Path"], result["user"]["arn"]) == ("/railyard/t/", user["Arn"])
    assert account.iam.get_user_policy(UserName="t-smtp", PolicyName="mail")["PolicyDocument"] == POLICY
    described = account.secrets.describe_secret(SecretId="/t/smtp")
    assert described["Tags"] == [{"Key": "Stack", "Value": "t"}, {"Key": "Role", "Value": "ses"}]
    assert result["secret"] == {"name": "/t/smtp", "arn": described["ARN"]}


def test_second_run_changes_nothing(ensure, account):
    ensure()
    was = account.value()
    again = ensure()
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
    assert account.value() == was


def test_check_mode_creates_nothing(ensure, account):
    result = ensure(check=True)
    assert result["changed"] and result["diff"]["after"]["access_key"] == "made, because there was none"
    assert result["user"]["arn"] is None
    assert account.users() == [] and account.secrets.list_secrets()["SecretList"] == []


def test_what_stands_beside_the_password_is_mended(ensure, account):
    ensure()
    was = account.value()
    result = ensure(sender="hello@t.test", port=587)
    assert result["diff"] == {
        "before": {"secret": {"port": 465, "from": "noreply@t.test"}},
        "after": {"secret": {"port": 587, "from": "hello@t.test"}},
    }
    assert account.value() == {**was, "from": "hello@t.test", "port": 587}


def test_policies_and_tags_of_others_go(ensure, account):
    ensure()
    account.iam.put_user_policy(UserName="t-smtp", PolicyName="more", PolicyDocument=json.dumps(POLICY))
    account.iam.attach_user_policy(UserName="t-smtp", PolicyArn=_managed(account.iam))
    account.iam.tag_user(UserName="t-smtp", Tags=[{"Key": "x", "Value": "y"}])
    account.secrets.untag_resource(SecretId="/t/smtp", TagKeys=["Stack"])
    assert ensure()["changed"]
    assert account.iam.list_user_policies(UserName="t-smtp")["PolicyNames"] == ["mail"]
    assert account.iam.list_attached_user_policies(UserName="t-smtp")["AttachedPolicies"] == []
    assert not ensure()["changed"]


def _managed(iam) -> str:
    return iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]


def test_rotation_makes_a_new_key_and_deletes_the_old_one(ensure, account):
    ensure()
    was, (old,) = account.value(), account.keys()
    result = ensure(rotate="always")
    (new,) = account.keys()
    assert new != old and result["key"]["made"] == "a new one was asked for"
    assert account.value()["username"] == new and account.value()["password"] != was["password"]
    assert account.value()["password"] == derive(account.secret_of(new), "ap-northeast-1")


def test_planned_rotation_touches_nothing(ensure, account):
    ensure()
    was, keys = account.value(), account.keys()
    assert ensure(check=True, rotate="always")["changed"]
    assert (account.value(), account.keys()) == (was, keys)


@pytest.mark.parametrize(("rotate", "changed"), [("never", False), ("old", True)])
def test_old_key_is_told_or_replaced(ensure, account, rotate, changed):
    ensure()
    account.age(91)
    result = ensure(rotate=rotate)
    assert result["changed"] is changed
    assert result["key"]["old"] is not changed
    account.age(89)
    assert not ensure(rotate=rotate)["changed"]


def lose_secret(account):
    account.secrets.delete_secret(SecretId="/t/smtp", ForceDeleteWithoutRecovery=True)


def schedule_secret(account):
    account.secrets.delete_secret(SecretId="/t/smtp", RecoveryWindowInDays=7)


def spoil_secret(account):
    account.secrets.put_secret_value(SecretId="/t/smtp", SecretString="by hand")


def lose_key(account):
    account.iam.delete_access_key(UserName="t-smtp", AccessKeyId=account.keys()[0])


def switch_key_off(account):
    account.iam.update_access_key(UserName="t-smtp", AccessKeyId=account.keys()[0], Status="Inactive")


def leave_two_keys(account):
    spoil_secret(account)
    account.iam.create_access_key(UserName="t-smtp")


@pytest.mark.parametrize("harm", [lose_secret, schedule_secret, spoil_secret, lose_key, switch_key_off, leave_two_keys])
def test_password_that_is_lost_is_made_anew(ensure, account, harm):
    ensure()
    harm(account)
    assert ensure()["key"]["made"]
    (key,) = account.keys()
    assert account.value()["password"] == derive(account.secret_of(key), "ap-northeast-1")
    assert not ensure()["changed"]


def test_key_that_nobody_can_use_goes(ensure, account):
    ensure()
    held = account.keys()
    account.iam.create_access_key(UserName="t-smtp")
    result = ensure()
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"access_keys": 2}, {"access_keys": 1})
    assert account.keys() == held


def test_no_key_is_left_when_its_password_cannot_be_stored(ensure, account, monkeypatch):
    call = BaseClient._make_api_call

    def refuse(self, operation, arguments):
        if operation == "CreateSecret":
            text = arguments["SecretString"]
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": f"no: {text}"}}, operation)
        return call(self, operation, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", refuse)
        result = ensure()
    assert result["failed"] and "could not be kept" in result["msg"]
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in result["msg"] or "********" in result["msg"]
    assert account.keys() == []


def test_user_of_somebody_else_is_not_taken_over(ensure, account):
    account.iam.create_user(UserName="t-smtp", Path="/others/")
    for state in ("present", "absent"):
        result = ensure(state=state)
        assert result["failed"] and "its path is /others/, not /railyard/t/" in result["msg"]
    assert account.users() == ["t-smtp"] and account.keys() == []


def test_removed_with_everything_and_once(ensure, account):
    ensure()
    account.iam.attach_user_policy(UserName="t-smtp", PolicyArn=_managed(account.iam))
    assert ensure(check=True, state="absent")["changed"] and account.users() == ["t-smtp"]
    assert ensure(state="absent")["changed"]
    assert account.users() == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        account.secrets.describe_secret(SecretId="/t/smtp")
    assert not ensure(state="absent")["changed"]


def test_secret_may_be_brought_back_for_some_days(ensure, account):
    ensure()
    assert "recovery_days is 3" in ensure(state="absent", recovery_days=3)["msg"]
    assert ensure(state="absent", recovery_days=7)["changed"]
    assert "DeletedDate" in account.secrets.describe_secret(SecretId="/t/smtp")
    assert not ensure(state="absent", recovery_days=7)["changed"]


def test_errors_of_aws_are_told(ensure, monkeypatch):
    def refuse(self, operation, arguments):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    monkeypatch.setattr(Account, "users", lambda self: [])
    assert "not allowed" in ensure()["msg"]
