"""One run at a time: who has the lock, who is refused with which words, and what becomes of the locks of the dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.callback.lock import CallbackModule
from ansible_collections.railyard.aws.plugins.module_utils._deploy import parameters
from ansible_collections.railyard.aws.plugins.module_utils._lock import lock, process
from ansible_collections.railyard.aws.plugins.modules import stack_lock

NAME = "/railyard.locks/shop"
KIM = {"name": NAME, "stack": "shop", "owner": "kim@laptop", "purpose": "`ansible-playbook site.yml`"}
LEE = {
    "name": NAME,
    "stack": "shop",
    "owner": "lee@desk",
    "takeover_command": "ansible-playbook playbooks/deploy.yml -e take_lock=true",
}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(lock, "SETTLE", 0)


@pytest.fixture
def ssm(aws):
    return boto3.client("ssm")


@pytest.fixture
def dead():
    """A process of this machine that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = process.identity(child.pid)
    child.communicate(b"\n")
    return identity


def stored(ssm) -> dict:
    return json.loads(ssm.get_parameter(Name=NAME)["Parameter"]["Value"])


def test_the_second_is_refused_with_who_since_when_and_how_to_go_on(ssm, run_module):
    first = run_module(stack_lock, **KIM)
    assert (first["changed"], first["name"], first["region"]) == (False, NAME, "ap-northeast-1")
    second = run_module(stack_lock, **LEE)
    assert second["failed"] and second["holder"] == "kim@laptop"
    told = [
        "kim@laptop",
        "'shop'",
        "with `ansible-playbook site.yml`",
        "Nothing was changed",
        "railyard_lock_timeout",
        "`ansible-playbook playbooks/deploy.yml -e take_lock=true`",
    ]
    for words in told:
        assert words in second["msg"]
    assert stored(ssm)["token"] == first["token"]


def test_given_back_it_can_be_had(ssm, run_module):
    token = run_module(stack_lock, **KIM)["token"]
    assert "lost_to" not in run_module(stack_lock, name=NAME, state="released", token=token)
    assert "token" in run_module(stack_lock, **LEE)


def test_of_a_process_that_ended_it_is_taken_over(ssm, run_module, dead):
    run_module(stack_lock, **KIM, process=dead)
    taken = run_module(stack_lock, **LEE, process=process.identity(os.getpid()))
    assert taken["taken_from"] == "kim@laptop" and stored(ssm)["owner"] == "lee@desk"


def test_a_number_that_another_process_has_by_now_is_a_process_that_ended(ssm, run_module):
    mine = process.identity(os.getpid())
    run_module(stack_lock, **KIM, process=mine | {"started": "1"})
    assert run_module(stack_lock, **LEE, process=mine)["taken_from"] == "kim@laptop"


@pytest.mark.parametrize("other", ["another machine", ""])
def test_of_a_process_elsewhere_nothing_is_known(ssm, run_module, dead, other):
    run_module(stack_lock, **KIM, process=dead | {"machine": other})
    assert run_module(stack_lock, **LEE, process=process.identity(os.getpid()))["holder"] == "kim@laptop"


def test_the_same_process_has_it_already(ssm, run_module):
    mine = process.identity(os.getpid())
    first = run_module(stack_lock, **KIM, process=mine)
    again = run_module(stack_lock, **KIM, process=mine)
    assert again["token"] == first["token"] and "taken_from" not in again


def test_a_person_takes_it_over_by_a_word_and_the_loser_is_told(ssm, run_module):
    lost = run_module(stack_lock, **KIM)["token"]
    taken = run_module(stack_lock, **LEE, takeover=True)
    assert taken["taken_from"] == "kim@laptop"
    late = run_module(stack_lock, name=NAME, state="released", token=lost)
    assert late["lost_to"] == "lee@desk" and stored(ssm)["token"] == taken["token"]


def test_of_two_that_take_over_at_once_only_the_last_has_it(ssm, run_module, monkeypatch):
    run_module(stack_lock, **KIM)
    replace = parameters.replace

    def and_another(client, name, document):
        replace(client, name, document)
        replace(client, name, document | {"owner": "max@phone", "token": "another"})

    monkeypatch.setattr(parameters, "replace", and_another)
    lost = run_module(stack_lock, **LEE, takeover=True)
    assert lost["failed"] and lost["holder"] == "max@phone"


def test_check_mode_takes_and_gives_back_nothing(ssm, run_module):
    assert "token" in run_module(stack_lock, check=True, **KIM)
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        stored(ssm)
    token = run_module(stack_lock, **KIM)["token"]
    run_module(stack_lock, check=True, name=NAME, state="released", token=token)
    assert stored(ssm)["token"] == token
    assert run_module(stack_lock, check=True, **LEE)["holder"] == "kim@laptop"


def test_a_parameter_of_somebody_elses_is_not_taken_for_a_lock(ssm, run_module):
    ssm.put_parameter(Name=NAME, Value="hello", Type="String")
    result = run_module(stack_lock, **KIM)
    assert result["failed"] and f"aws ssm delete-parameter --name {NAME}" in result["msg"]


def answered(result: dict, check_mode: bool = False):
    task = SimpleNamespace(action="railyard.aws.stack_lock", check_mode=check_mode)
    return SimpleNamespace(task=task, result=result)


class Words:
    def __init__(self) -> None:
        self.said: list[str] = []

    def warning(self, text: str) -> None:
        self.said.append(text)

    def display(self, text: str, **_color: object) -> None:
        self.said.append(text)


@pytest.fixture
def callback():
    made = CallbackModule()
    made._display = Words()
    yield made
    made._held.clear()


def test_the_end_of_a_run_gives_it_back(ssm, run_module, callback):
    callback.v2_runner_on_ok(answered(run_module(stack_lock, **KIM)))
    callback.v2_playbook_on_stats(None)
    assert callback._display.said == []
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        stored(ssm)


def test_the_end_of_a_run_leaves_what_others_have_by_now(ssm, run_module, callback):
    callback.v2_runner_on_ok(answered(run_module(stack_lock, **KIM)))
    taken = run_module(stack_lock, **LEE, takeover=True)
    callback.v2_playbook_on_stats(None)
    assert stored(ssm)["token"] == taken["token"]
    assert "lee@desk took the lock over" in callback._display.said[0]


def test_the_end_of_a_run_says_what_it_could_not_give_back(ssm, run_module, callback, monkeypatch):
    callback.v2_runner_on_ok(answered(run_module(stack_lock, **KIM)))
    monkeypatch.setattr(lock, "release", lambda *_arguments: 1 / 0)
    callback.v2_playbook_on_stats(None)
    assert "-e take_lock=true" in callback._display.said[0]
