"""Which environment a run is about, what its file says, what its stack is called; what is wrong, and the mend of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.group import Group
from ansible.inventory.host import Host
from ansible.parsing.dataloader import DataLoader
from ansible_collections.railyard.aws.plugins.action import stack_inputs
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules import environments as rules
from ansible_collections.railyard.aws.plugins.plugin_utils import environments
from ansible_collections.railyard.aws.plugins.vars import environment as vars_plugin

from tests.unit.plugins import inputs_lab as lab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three environments, the production of a team whose stack had a name before."""
    for name, text in {
        "production": "railyard_stack: shop\n",
        "staging": "railyard_stack: shop-staging\nrailyard_web_count: 1\napp_environment: {COLOUR: green}\n",
        "review": "---\n",
    }.items():
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")
    return tmp_path


def chosen(folder: Path, name: str = "", stack: str = "") -> environments.Environment:
    given = {"RAILYARD_ENVIRONMENT": name, "RAILYARD_STACK": stack}
    return environments.chosen(DataLoader(), {key: value for key, value in given.items() if value}, folder)


@pytest.mark.parametrize(
    ("name", "by_hand", "stack"),
    [
        ("", "", "railyard"),
        ("", "other", "other"),
        ("production", "", "shop"),
        ("staging", "", "shop-staging"),
        ("staging", "shop-staging", "shop-staging"),
        ("staging", "mine", "mine"),
        ("review", "", "railyard-review"),
    ],
)
def test_the_stack_of_an_environment(folder: Path, name: str, by_hand: str, stack: str) -> None:
    found = chosen(folder, name, by_hand)
    assert (found.name, found.stack) == (name, stack)


def test_production_without_a_word_is_the_stack_that_stood_before(tmp_path: Path) -> None:
    (tmp_path / "production.yml").write_text("---\n", "utf-8")
    assert chosen(tmp_path, "production").stack == chosen(tmp_path).stack == "railyard"


def test_variables_are_the_file_s_but_for_the_stack(folder: Path) -> None:
    assert sorted(chosen(folder, "staging").variables) == ["app_environment", "railyard_web_count"]
    assert dict(chosen(folder, "review").variables) == {}
    assert dict(chosen(folder).variables) == {}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "stagin",
            [
                "'RAILYARD_ENVIRONMENT=stagin'",
                "no environments/stagin.yml",
                "production, review, staging",
                "RAILYARD_ENVIRONMENT=staging)",
            ],
        ),
        (
            "../staging",
            [
                "'RAILYARD_ENVIRONMENT=../staging'",
                "small letters, digits and single hyphens",
                "production, review, staging",
            ],
        ),
        ("Staging", ["small letters", "RAILYARD_ENVIRONMENT=staging)"]),
        ("a--b", ["single hyphens"]),
        ("staging\n", ["small letters"]),
    ],
)
def test_a_name_that_is_none_is_refused_with_those_that_there_are(folder: Path, name: str, says: list[str]) -> None:
    with pytest.raises(AnsibleError) as caught:
        chosen(folder, name)
    message = str(caught.value)
    assert [words for words in [*says, "unset RAILYARD_ENVIRONMENT"] if words not in message] == [], message


def test_where_there_are_no_files_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match="There is none in"):
        chosen(tmp_path / "environments", "staging")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- railyard_web_count\n", "environments/review.yml holds no variables"),
        (
            "railyard_environment: staging\n",
            "sets railyard_environment, and may not: the environment is called as its file",
        ),
        ("railyard_region: eu-central-1\n", "sets railyard_region, and may not: the inventory reads AWS_REGION"),
        ("railyard_stack: \"{{ 'x' }}\"\n", "as railyard_stack; write the name itself"),
        ("railyard_stack: [x]\n", "as railyard_stack; write the name itself"),
    ],
)
def test_a_file_that_says_what_it_cannot_is_refused(folder: Path, text: str, says: str) -> None:
    (folder / "review.yml").write_text(text, "utf-8")
    with pytest.raises(AnsibleError, match="review.yml") as caught:
        chosen(folder, "review")
    assert says in str(caught.value)


def test_settings_of_one_environment_never_reach_the_stack_of_another(folder: Path) -> None:
    """Who has RAILYARD_STACK=shop in a profile of the shell would give production the settings of staging."""
    with pytest.raises(AnsibleError, match="which is the stack of the environment production.*unset RAILYARD_STACK"):
        chosen(folder, "staging", "shop")
    # What is wrong with a file that nobody asked for stops nobody; its stack is then that of its name.
    (folder / "review.yml").write_text("- nothing\n", "utf-8")
    assert chosen(folder, "staging", "mine").stack == "mine"
    with pytest.raises(AnsibleError, match="stack of the environment review"):
        chosen(folder, "staging", "railyard-review")


def test_only_the_group_of_all_gets_variables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "directory", lambda: folder)
    monkeypatch.setattr(vars_plugin, "_read", {})
    plugin, loader = vars_plugin.VarsModule(), DataLoader()
    monkeypatch.setenv("RAILYARD_ENVIRONMENT", "staging")
    monkeypatch.delenv("RAILYARD_STACK", raising=False)
    assert plugin.get_vars(loader, str(folder), [Group("all")])["railyard_web_count"] == 1
    assert plugin.get_vars(loader, str(folder), [Group("web"), Host("all")]) == {}
    monkeypatch.delenv("RAILYARD_ENVIRONMENT")
    assert plugin.get_vars(loader, str(folder), [Group("all")]) == {}


def test_a_part_that_knows_another_environment_is_refused() -> None:
    assert rules.choice_problems({}, {}) == []
    assert rules.choice_problems({"railyard_environment": "staging"}, {"RAILYARD_ENVIRONMENT": "staging"}) == []
    (problem,) = lab.problems(railyard_environment="staging")
    assert problem.startswith("railyard_environment is 'staging', but RAILYARD_ENVIRONMENT")
    assert problem.endswith("export RAILYARD_ENVIRONMENT=staging")


def test_a_configuration_that_does_not_read_the_file_is_refused() -> None:
    assert rules.reader_problems("", [], "") == []
    assert rules.reader_problems("staging", ["host_group_vars", "railyard.aws.environment"], "/x/ansible.cfg") == []
    (problem,) = rules.reader_problems("staging", ["host_group_vars"], "/x/ansible.cfg")
    assert "/x/ansible.cfg does not let its file be read" in problem
    assert "vars_plugins_enabled = host_group_vars, railyard.aws.environment" in problem


def problems_of(variables: dict[str, Any]) -> list[str]:
    checks = stack_inputs.Checks(lab.PLAIN, {**lab.good(), **variables}, stack_inputs.roles())
    found = environments.Environment("staging", "railyard-staging", "environments/staging.yml", variables)
    return checks.of_environment(found, checks.problems(lab.SEEN, iter(())))


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"railyard_web_cont": 1},
            "railyard_web_cont is no variable of this project; did you mean",
        ),
        ({"rds_multi_zone": True}, "rds_multi_zone is no variable of this project"),
        (
            {"rialyard_web_count": 1},
            "rialyard_web_count in environments/staging.yml is no variable of this project; did you mean",
        ),
        ({"railyard_web_count": 0}, "railyard_web_count is '0'; write a number from 1 to 99."),
        ({"confirm": "production"}, "confirm is in environments/staging.yml, and is for one run only; take it out"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_the_file(variables: dict[str, Any], says: str) -> None:
    (problem,) = problems_of(variables)
    assert says in problem and "environments/staging.yml" in problem, problem


def test_a_person_s_own_names_are_nobody_else_s() -> None:
    assert problems_of({"vault_webhook_url": "x", "team_colour": "green"}) == []


@pytest.mark.parametrize("name", environments.names(lab.PROJECT / "environments"))
def test_the_examples_are_valid_and_say_only_what_differs(name: str) -> None:
    found = environments.named(name, DataLoader(), lab.PROJECT / "environments")
    values = json.loads(json.dumps(dict(found.variables), default=str))
    assert values, "an example shows something"
    assert lab.problems({"inventory_stack": found.stack}, **lab.templated(railyard_stack=found.stack, **values)) == []
    usual = lab.good()
    assert [key for key, value in values.items() if key in usual and usual[key] == value and name == "production"] == []
