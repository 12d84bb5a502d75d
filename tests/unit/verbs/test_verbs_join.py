"""``make join``: which stack it is about, and what ansible-playbook is given."""

from __future__ import annotations

import os
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.verbs import join
from tools.verbs.trouble import Trouble


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "RAILYARD_STACK", "RAILYARD_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield boto3.client("ec2", region_name="eu-west-1")


def build(ec2: Any, *stacks: str, by: str = "railyard.aws") -> None:
    for name in stacks:
        tags = [{"Key": "Stack", "Value": name}, {"Key": "ManagedBy", "Value": by}]
        ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(os, "execvp", lambda _program, words: found.extend([words, os.environ.get("RAILYARD_STACK")]))
    # What a test sets goes with it.
    monkeypatch.setenv("RAILYARD_STACK", "")
    return found


@pytest.mark.parametrize(
    ("stacks", "words", "stack", "options"),
    [
        ((), [], "", []),
        (("railyard", "shop"), [], "", []),
        (("shop",), ["-v"], "shop", ["-v"]),
        (("shop", "mill"), ["mill", "-e", "a=b"], "mill", ["-e", "a=b"]),
    ],
)
def test_the_only_one_is_meant_and_the_default_before_others(
    ec2: Any, ran: list[Any], stacks: tuple[str, ...], words: list[str], stack: str, options: list[str]
) -> None:
    build(ec2, *stacks)
    build(ec2, "theirs", by="hand")
    join.join(words)
    assert ran == [["ansible-playbook", "playbooks/join.yml", *options], stack]


def test_what_the_environment_names_is_not_asked_for(ec2: Any, ran: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    build(ec2, "shop", "mill")
    monkeypatch.setenv("RAILYARD_ENVIRONMENT", "staging")
    join.join([])
    assert ran[1] == ""


def test_of_several_one_has_to_be_named(ec2: Any, ran: list[Any]) -> None:
    build(ec2, "shop", "mill")
    with pytest.raises(Trouble, match=r"several stacks here: mill, shop\. Say which one: make join ARGS=mill"):
        join.join([])
    assert ran == []


@pytest.mark.parametrize(("words", "says"), [(["a", "b"], "one stack at most"), (["../x"], "is no name of a stack")])
def test_other_words_are_refused(ran: list[Any], words: list[str], says: str) -> None:
    with pytest.raises(Trouble, match=says):
        join.join(words)
    assert ran == []


def test_credentials_that_do_not_work_are_told(ran: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import NoCredentialsError

    def none(*_given: Any, **_more: Any) -> Any:
        raise NoCredentialsError

    monkeypatch.setattr(boto3, "client", none)
    with pytest.raises(Trouble, match="AWS cannot be asked which stacks there are in"):
        join.join([])
