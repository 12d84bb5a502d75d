"""A token becomes keys that only the run's own programs have."""

from __future__ import annotations

import pytest
from moto import mock_aws

from sandbox.core.issuer import Issuer, github_claims, timed
from sandbox.core.settings import Settings
from tools.ci import login
from tools.verbs.trouble import Trouble

ROLE = "arn:aws:iam::123456789012:role/railyard/railyard/ap-northeast-1/railyard-ap-northeast-1-ci-plan"
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", *KEYS):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield {"RAILYARD_CI_ROLE": ROLE, "AWS_REGION": "ap-northeast-1", "PATH": "/bin"}


def test_a_file_with_a_token_is_read_and_no_other_program_is_told_of_it(account, tmp_path):
    file = tmp_path / "token"
    file.write_text("x.y.z\n")
    told = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(file), "AWS_ROLE_ARN": ROLE, "GITHUB_TOKEN": "t", "AWS_PROFILE": "mine"}
    found = login.environment({**account, **told})
    assert found.keys() >= KEYS and found["PATH"] == "/bin"
    assert not {*told, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"} & found.keys()
    assert found["AWS_SESSION_TOKEN"] and found["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_github_is_asked_for_a_token_for_aws(account, hub, monkeypatch):
    asked = {}

    def session(role, token, environ):
        asked.update(role=role, token=token)
        return dict.fromkeys(KEYS, "x")

    monkeypatch.setattr(login, "_session", session)
    url = f"{hub.url}/repos/octo/shop/token?api-version=2.0"
    named = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
    found = login.environment({**account, **named})
    assert asked == {"role": ROLE, "token": "token for api-version=2.0&audience=sts.amazonaws.com"}
    assert not named.keys() & found.keys()
    with pytest.raises(Trouble, match="id-token: write"):
        login.environment({**account, **named, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"})


def test_without_a_token_the_permission_is_named(account):
    with pytest.raises(Trouble, match="permissions: id-token: write"):
        login.environment(account)
    with pytest.raises(Trouble, match=r"'/nowhere/token', which cannot be read"):
        login.environment({**account, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"})


@pytest.mark.parametrize("role", ["", "ci-plan", "arn:aws:iam::123456789012:user/ada", "arn:aws:iam::1:role/a b"])
def test_what_is_no_role_is_named_with_what_to_write(account, role):
    with pytest.raises(Trouble, match=r"RAILYARD_CI_ROLE is .*--tags iam"):
        login.environment({**account, "RAILYARD_CI_ROLE": role})


def test_a_refusal_says_whose_token_it_was_and_not_the_token(account, tmp_path, monkeypatch):
    issuer = Issuer(Settings.from_environment({"RAILYARD_SANDBOX_HOME": str(tmp_path / "home")}))
    token = issuer.sign(timed(github_claims("octo/other")))
    file = tmp_path / "token"
    file.write_text(token)
    # No such place: every call fails.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Trouble) as raised:
        login.environment({**account, "AWS_WEB_IDENTITY_TOKEN_FILE": str(file)})
    said = str(raised.value)
    assert "was not given to 'repo:octo/other:ref:refs/heads/main'" in said and "railyard_ci_repositories" in said
    assert token not in said


@pytest.mark.parametrize("token", ["", "a.b.c", "x", "a.W10.c"])
def test_what_is_no_token_has_no_subject(token):
    assert login.subject(token) == "something that is no token"
