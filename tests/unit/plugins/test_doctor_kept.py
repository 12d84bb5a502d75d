"""The doctor and the secrets that people keep: their names count as given, their values are nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._doctor import kept
from ansible_collections.railyard.aws.plugins.modules import app_doctor

SECRET, REGION, VALUE = "/railyard/app/env", "ap-northeast-1", "s3cr3tT0kenOfMine99"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    files = {
        "Gemfile": 'gem "rails"\ngem "puma"\n',
        "config/environments/production.rb": 'config.x.key = ENV.fetch("STRIPE_KEY")\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def keep(**values: str) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    client.create_secret(Name=SECRET, SecretString=json.dumps(values))


def examine(run_module, path: Path) -> dict:
    return run_module(app_doctor, path=str(path), bundle_frozen=False, secret=SECRET, region=REGION)


def test_a_name_that_is_kept_is_given(aws, run_module, application) -> None:
    keep(STRIPE_KEY=VALUE)
    result = examine(run_module, application)
    assert (result["breaks"], [one["id"] for one in result["findings"]]) == (0, [])
    assert VALUE not in json.dumps(result)


def test_a_name_that_is_not_kept_is_missing(aws, run_module, application) -> None:
    keep(OTHER=VALUE)
    result = examine(run_module, application)
    assert [one["id"] for one in result["findings"]] == ["environment"]
    assert 'make secret ARGS="set STRIPE_KEY"' in result["findings"][0]["mend"]
    assert "make secret" not in result["text"].splitlines()[-1]


def test_no_secret_yet_keeps_nothing(aws) -> None:
    assert kept.names(SECRET, REGION) == []


def test_an_account_that_does_not_answer_is_said(run_module, application, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    # Nobody listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    result = examine(run_module, application)
    assert [one["id"] for one in result["findings"]] == ["environment"]
    assert "names that `make secret` keeps, as AWS did not answer" in result["text"].splitlines()[-1]


def test_nobody_is_asked_without_a_name() -> None:
    assert kept.names("", REGION) is None


@pytest.mark.parametrize(
    ("gem", "file", "text", "source", "breaks"),
    [
        ("dotenv-rails", ".env.production", "STRIPE_KEY=test\n", "https://github.com/me/shop.git", 0),
        ("dotenv-rails", ".env", "export STRIPE_KEY=test\n", "https://github.com/me/shop.git", 0),
        ("dotenv-rails", ".env.development", "STRIPE_KEY=test\n", "https://github.com/me/shop.git", 1),
        # Of a directory they are left out.
        ("dotenv-rails", ".env.production", "STRIPE_KEY=test\n", "/home/ada/shop", 1),
        ("rack", ".env.production", "STRIPE_KEY=test\n", "https://github.com/me/shop.git", 1),
        ("figaro", "config/application.yml", "production:\n  STRIPE_KEY: test\n", "/home/ada/shop", 0),
        ("figaro", "config/application.yml", "development:\n  STRIPE_KEY: test\n", "/home/ada/shop", 1),
    ],
)
def test_a_file_of_the_application_gives_a_variable(
    run_module, application, gem: str, file: str, text: str, source: str, breaks: int
) -> None:
    (application / "Gemfile").write_text(f'gem "rails"\ngem "puma"\ngem "{gem}"\n')
    (application / file).write_text(text)
    result = run_module(app_doctor, path=str(application), bundle_frozen=False, source=source)
    assert result["breaks"] == breaks
