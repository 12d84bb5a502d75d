"""Examples for ansible-rulebook and AWX, and what an execution environment needs: held against what they name."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import ansible_collections
import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import ALARM_DEFINITIONS
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[3]
AWX = "examples/awx/awx.yml"
QUEUE = "examples/event-driven/queue.yml"
RULEBOOK = "examples/event-driven/rulebooks/alarms.yml"


def load(path: str) -> Any:
    """A YAML file of the project, by its path from the root."""
    return yaml.safe_load((PROJECT / path).read_text("utf-8"))


def collection_options(module: str) -> dict[str, Any]:
    """Documented options of an installed collection's module, aliases and tags included."""
    namespace, collection, name = module.split(".")
    (file,) = [
        path for root in ansible_collections.__path__
        if (path := Path(root) / namespace / collection / "plugins" / "modules" / f"{name}.py").is_file()
    ]  # fmt: skip
    text = file.read_text("utf-8")
    documented = yaml.safe_load(
        re.search(r"^DOCUMENTATION = r?(\"\"\"|''')\n(.*?)\n\1", text, re.DOTALL | re.MULTILINE).group(2)
    )
    options = {**documented.get("options", {}), **({"tags": {}} if "amazon.aws.tags" in text else {})}
    return {**{alias: {} for one in options.values() for alias in one.get("aliases") or []}, **options}


def tasks(path: str) -> list[tuple[str, dict[str, Any] | None]]:
    """Modules of other collections in an example's only play, and what each is given."""
    return [
        (word, given)
        for task in load(path)[0]["tasks"]
        for word, given in task.items()
        if word.count(".") == 2 and not word.startswith("ansible.builtin.")
    ]


def test_an_execution_environment_gets_what_a_run_needs() -> None:
    named = load("meta/execution-environment.yml")["dependencies"]
    assert set(named) == {"python", "system"}
    lines = (PROJECT / named["python"]).read_text("utf-8").splitlines()
    needed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    runtime = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    wanted = [one for one in map(Requirement, runtime) if one.name not in ("ansible", "ansible-core")]
    assert [(one.name, str(one.specifier)) for one in needed] == [
        (one.name, ",".join(str(bound) for bound in one.specifier if bound.operator == ">=")) for one in wanted
    ], "meta/ee-requirements.txt is not pyproject.toml's dependencies without Ansible and upper bounds"


def test_an_execution_environment_gets_the_programs_that_the_controller_runs() -> None:
    system = (PROJECT / load("meta/execution-environment.yml")["dependencies"]["system"]).read_text("utf-8")
    listed = [line for line in system.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z-]+ \[[a-z: ]+\]", line) for line in listed)
    for platform in ("dpkg", "rpm"):
        there = {line.split()[0] for line in listed if f"platform:{platform}" in line}
        assert "git" in there and any(name.startswith("openssh-client") for name in there), platform


def test_ansible_test_knows_the_oldest_python_of_a_server() -> None:
    assert load("tests/config.yml") == {"modules": {"python_requires": ">=3.9"}}
    # As roles/app says of Amazon Linux, whose own Python runs the modules.
    assert "has Python 3.9" in (PROJECT / "roles/app/vars/main.yml").read_text("utf-8")


@pytest.mark.parametrize("path", [AWX, QUEUE])
def test_an_example_gives_modules_what_they_take(path: str) -> None:
    given = tasks(path)
    assert len(given) >= 3
    for module, options in given:
        known = collection_options(module)
        assert sorted(set(options or {}) - set(known)) == [], module
        assert (
            sorted(name for name, one in known.items() if one.get("required") and name not in (options or {})) == []
        ), module


def rules() -> list[dict[str, Any]]:
    return load(RULEBOOK)[0]["rules"]


def test_a_rulebook_answers_alarms_that_there_are() -> None:
    named = {f"/{one.of}/{one.key}" for one in ALARM_DEFINITIONS}
    searched = [found for one in rules() for found in re.findall(r'search\("([^"$]+)\$"\)', one["condition"])]
    assert searched and set(searched) <= named


def test_a_rulebook_runs_make_targets_and_takes_nothing_of_an_event() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    modules = [action["run_module"] for one in rules() for action in one["actions"]]
    assert len(modules) >= 3
    for module in modules:
        assert module["name"] == "ansible.builtin.command"
        words = shlex.split(module["module_args"]["cmd"])
        assert words[words.index("make") + 1] in targets
        assert "SANDBOX=" in words
        assert "event" not in str(module["module_args"])


def test_a_rulebook_reads_the_queue_that_the_playbook_fills() -> None:
    (source,) = load(RULEBOOK)[0]["sources"]
    assert source["ansible.eda.aws_sqs_queue"]["name"].endswith("-alarms")
    assert load(QUEUE)[0]["vars"]["queue_name"].endswith("-alarms")


def test_a_workflow_runs_playbooks_that_there_are_in_order() -> None:
    play = load(AWX)[0]
    jobs = {job["name"]: job for job in play["vars"]["awx_jobs"]}
    assert [job["playbook"] for job in jobs.values() if not (PROJECT / job["playbook"]).is_file()] == []
    nodes = dict(tasks(AWX))["awx.awx.workflow_job_template"]["workflow_nodes"]
    templates = [node["unified_job_template"] for node in nodes]
    assert {one["name"] for one in templates if one["type"] == "job_template"} <= set(jobs)
    # A node's own next one, to the last.
    following = [
        next_one["identifier"] for node in nodes for next_one in node.get("related", {}).get("success_nodes", [])
    ]
    assert following == [node["identifier"] for node in nodes][1:]
    assert [one["type"] for one in templates].index("workflow_approval") == 1
    assert jobs[templates[0]["name"]]["type"] == "check"


def test_a_survey_asks_for_settings_that_there_are() -> None:
    files = [*(PROJECT / "group_vars/all").glob("*.yml"), *(PROJECT / "group_vars/all/_roles").glob("*.yml")]
    settings = {name for file in files for name in yaml.safe_load(file.read_text("utf-8")) or {}}
    asked = load(AWX)[0]["vars"]["awx_survey"]["spec"]
    assert asked and [one["variable"] for one in asked if one["variable"] not in settings] == []
    assert {one["type"] for one in asked} <= {
        "text",
        "textarea",
        "integer",
        "float",
        "multiplechoice",
        "multiselect",
        "password",
    }
