"""secret: a value goes from standard input into Secrets Manager, and is in no command line, no output and no error."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.unit.verbs.conftest import StandIn
from tools.verbs import secret
from tools.verbs.__main__ import main

VALUE = 'canary "of $a value\\ with; all'


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty account; its Secrets Manager."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_URL", "AWS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing0testing0")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="ap-northeast-1")


class Playbook:
    """Stands in for ansible-playbook: accepts what was proposed, or fails as it is told to."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.code = 0

    def __call__(self, command: list[str], **_how: object) -> SimpleNamespace:
        from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
        from ansible_collections.railyard.aws.plugins.module_utils._deploy import people_secrets

        self.commands.append(command)
        client = RetryingBotoClientWrapper(
            boto3.client("secretsmanager", region_name="ap-northeast-1"), AWSRetry.jittered_backoff()
        )
        if self.code == 0:
            people_secrets.accept(client, "/railyard/app/env", self.wanted["secret_proposal"], False)
        return SimpleNamespace(returncode=self.code)

    @property
    def wanted(self) -> dict[str, Any]:
        return json.loads(self.commands[-1][-1])


@pytest.fixture
def playbook(stack: StandIn, account: Any, monkeypatch: pytest.MonkeyPatch) -> Playbook:
    run = Playbook()
    monkeypatch.setattr(secret.subprocess, "run", run)
    monkeypatch.setattr(secret, "Stack", lambda extra: stack)
    return run


def typed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def kept(account: Any) -> dict[str, str]:
    return json.loads(account.get_secret_value(SecretId="/railyard/app/env", VersionStage="AWSCURRENT")["SecretString"])


def test_a_value_is_kept_as_it_was_given_and_shown_nowhere(
    playbook: Playbook, account: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, VALUE.encode() + b"\n")
    assert main(["secret", "set", "STRIPE", "-vv", "-e", "shade=blue"]) == 0
    assert kept(account) == {"STRIPE": VALUE}
    (command,) = playbook.commands
    assert command[:-2] == ["ansible-playbook", "playbooks/secret.yml", "-e", "shade=blue", "-vv"]
    assert playbook.wanted["secret_what"] == "secret set STRIPE" and not playbook.wanted["secret_later"]
    said = capfd.readouterr()
    assert "canary" not in " ".join(command) + said.out + said.err


def test_several_lines_stay_and_only_the_last_line_end_goes(
    playbook: Playbook, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, b"-----BEGIN\nabc\n\n")
    assert main(["secret", "set", "KEY", "--later"]) == 0
    assert kept(account) == {"KEY": "-----BEGIN\nabc\n"} and playbook.wanted["secret_later"]


def test_names_are_listed_without_values(
    playbook: Playbook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["secret", "list"]) == 0
    assert "There is no secret yet" in capsys.readouterr().out
    for name in ("B", "A"):
        typed(monkeypatch, VALUE.encode())
        main(["secret", "set", name])
    assert main(["secret", "list"]) == 0
    assert capsys.readouterr().out == "A\nB\n"


def test_rotate_makes_another_value_and_unset_takes_the_name_away(
    playbook: Playbook, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, VALUE.encode())
    main(["secret", "set", "TOKEN"])
    assert main(["secret", "rotate", "TOKEN"]) == 0
    first = kept(account)["TOKEN"]
    assert len(first) == secret.LENGTH and first.isalnum()
    assert main(["secret", "rotate", "TOKEN"]) == 0
    assert kept(account)["TOKEN"] not in (first, VALUE)
    assert main(["secret", "unset", "TOKEN"]) == 0
    assert kept(account) == {}


def test_a_run_that_fails_leaves_no_proposal_and_its_status(
    playbook: Playbook, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    playbook.code = 2
    typed(monkeypatch, VALUE.encode())
    assert main(["secret", "set", "STRIPE"]) == 2
    assert kept(account) == {}
    stages = [
        stage
        for version in account.list_secret_version_ids(SecretId="/railyard/app/env")["Versions"]
        for stage in version["VersionStages"]
    ]
    assert "AWSPENDING" not in stages


@pytest.mark.parametrize(
    ("words", "data", "said"),
    [
        (["set", "STRIPE=canary"], b"", "on standard input"),
        (["set", "9TH"], b"canary", "is no name of a variable"),
        (["set", "A B"], b"canary", "is no name of a variable"),
        (["set", "A"], b"", "is empty"),
        (["set", "A"], b"\n", "is empty"),
        (["set", "A"], b"canary\xff", "no text in UTF-8"),
        (["set", "A"], b"canary\x00", "control character"),
        (["set", "A"], b"canary" * 20000, "longer than"),
        (["rotate", "NONE"], b"", "There is no secret NONE; those that there are: none"),
        (["unset", "NONE"], b"", "There is no secret NONE"),
        (["set"], b"", "set takes a name"),
        (["list", "A"], b"", "list takes no name"),
    ],
)
def test_mistakes_are_told_before_anything_is_changed(
    playbook: Playbook,
    account: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    data: bytes,
    said: str,
) -> None:
    typed(monkeypatch, data)
    assert main(["secret", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and "canary" not in error
    assert playbook.commands == [] and account.list_secrets()["SecretList"] == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STRIPE_KEY", VALUE, ""),
        ("A", "two\nlines", ""),
        ("9TH", VALUE, "is no name of a variable"),
        ("A B", VALUE, "is no name of a variable"),
        ("UID", VALUE, "bash lets nobody set"),
        ("PATH", VALUE, "Ruby and the bundle are found"),
        ("A", "bell\x07", "control character"),
        ("A", "", "unset A"),
        ("RAILYARD_SECRETS", VALUE, "choose another"),
    ],
)
def test_what_can_be_no_variable_is_refused_without_its_value(name: str, value: str, words: str) -> None:
    said = secret.problem(name, value)
    assert words in said if words else said == ""
    assert VALUE not in said


def test_without_servers_it_says_how_to_keep_the_secret_until_then(
    playbook: Playbook, stack: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.servers = False
    typed(monkeypatch, VALUE.encode())
    assert main(["secret", "set", "STRIPE"]) == 2
    assert "add --later" in capsys.readouterr().err
    assert main(["secret", "set", "STRIPE", "--later"]) == 0


def test_the_playbook_alone_says_which_command_it_belongs_to() -> None:
    done = subprocess.run(
        ["ansible-playbook", "-i", "inventory/localhost.yml", "playbooks/secret.yml"],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and 'make secret ARGS="set NAME"' in " ".join(done.stdout.split())
