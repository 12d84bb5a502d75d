"""app_secrets: what was proposed takes effect whole, what was before comes back, and no value is in any result."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from ansible_collections.railyard.aws.plugins.filter.secret_variables import secret_variables
from ansible_collections.railyard.aws.plugins.module_utils._deploy import people_secrets
from ansible_collections.railyard.aws.plugins.module_utils._deploy.secrets import without_secrets
from ansible_collections.railyard.aws.plugins.modules import app_secrets

NAME = "/lab/app/env"
VALUE, OTHER = "canary-of-a-value-1", "canary-of-a-value-2"


@pytest.fixture
def client(aws) -> Any:
    return RetryingBotoClientWrapper(boto3.client("secretsmanager"), AWSRetry.jittered_backoff())


@pytest.fixture
def secrets(client, run_module):
    """Runs the module; what it returns holds no value."""

    def run(**arguments) -> dict:
        result = run_module(app_secrets, **{"name": NAME, **arguments})
        assert "canary" not in json.dumps(result)
        return result

    return run


def propose(client, put: dict[str, str] | None = None, take: list[str] | None = None) -> str:
    return people_secrets.propose(client, NAME, put or {}, take or [], {"Stack": "lab", "Role": "app"})


def test_nothing_is_there_at_first(client) -> None:
    assert people_secrets.current(client, NAME) == {}


def test_a_proposal_counts_once_it_is_accepted(client, secrets) -> None:
    proposal = propose(client, {"STRIPE": VALUE})
    assert people_secrets.current(client, NAME) == {}
    result = secrets(proposal=proposal)
    assert (result["changed"], result["names"]) == (True, ["STRIPE"])
    assert people_secrets.current(client, NAME) == {"STRIPE": VALUE}


def test_the_secret_has_the_stacks_tags(client) -> None:
    propose(client, {"STRIPE": VALUE})
    tags = boto3.client("secretsmanager").describe_secret(SecretId=NAME)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Stack": "lab", "Role": "app"}


def test_two_people_keep_what_each_of_them_set(client, secrets) -> None:
    mine, theirs = propose(client, {"MINE": VALUE}), propose(client, {"THEIRS": OTHER})
    for proposal in (theirs, mine):
        secrets(proposal=proposal)
    assert people_secrets.current(client, NAME) == {"MINE": VALUE, "THEIRS": OTHER}


def test_a_value_that_is_the_same_changes_nothing(client, secrets) -> None:
    secrets(proposal=propose(client, {"STRIPE": VALUE}))
    result = secrets(proposal=propose(client, {"STRIPE": VALUE}))
    assert (result["changed"], result["names"]) == (False, [])


def test_a_name_is_taken_away(client, secrets) -> None:
    secrets(proposal=propose(client, {"A": VALUE, "B": OTHER}))
    assert secrets(proposal=propose(client, take=["A"]))["names"] == ["A"]
    assert people_secrets.current(client, NAME) == {"B": OTHER}


def test_what_was_before_comes_back(client, secrets) -> None:
    secrets(proposal=propose(client, {"A": VALUE}))
    taken = secrets(proposal=propose(client, {"A": OTHER, "B": OTHER}))
    assert secrets(bring_back=taken["previous"])["names"] == ["A", "B"]
    assert people_secrets.current(client, NAME) == {"A": VALUE}
    assert not secrets(bring_back=taken["previous"])["changed"]


def test_check_mode_says_the_names_and_changes_nothing(client, secrets) -> None:
    proposal = propose(client, {"A": VALUE})
    assert secrets(proposal=proposal, check=True)["names"] == ["A"]
    assert people_secrets.current(client, NAME) == {}


def test_a_proposal_that_is_withdrawn_is_in_nobodys_way(client, secrets) -> None:
    proposal = propose(client, {"A": VALUE})
    for _each in range(2):
        people_secrets.withdraw(client, NAME, proposal)
    secrets(proposal=propose(client, {"B": OTHER}))
    assert people_secrets.current(client, NAME) == {"B": OTHER}


def test_a_version_that_proposes_nothing_is_refused(client, secrets) -> None:
    first = secrets(proposal=propose(client, {"A": VALUE}))["previous"]
    assert "proposes nothing; run `make secret`" in secrets(proposal=first)["msg"]


def test_somebody_elses_secret_of_that_name_is_left_alone(client, secrets) -> None:
    boto3.client("secretsmanager").create_secret(Name=NAME, SecretString="canary in words")
    with pytest.raises(people_secrets.SecretError, match="no playbook of this project wrote") as refused:
        people_secrets.current(client, NAME)
    assert "canary" not in str(refused.value)
    assert "no playbook of this project wrote" in secrets(proposal=propose(client, {"A": VALUE}))["msg"]


def test_an_error_of_aws_is_told(secrets) -> None:
    assert "could not be changed" in secrets(proposal="7a1f4a40-8f4b-4a31-9d0e-2f6f0e1d2c3b")["msg"]


def test_values_are_taken_out_of_what_people_see_whatever_they_are_called() -> None:
    marked = secret_variables({"STRIPE": VALUE, "B": OTHER})
    assert marked == {"STRIPE": VALUE, "B": OTHER, "RAILYARD_SECRETS": "B STRIPE"} and secret_variables({}) == {}
    file = "".join(f'{name}="{value}"\n' for name, value in marked.items())
    assert without_secrets(f"{VALUE} and {OTHER}", file) == "*** and ***"
