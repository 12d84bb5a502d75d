"""docs/book: every command of its pages exists, says what the settings say, and is the same in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.subnet_plan import subnet_plan
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import ALARM_DEFINITIONS
from botocore import xform_name
from jinja2 import Environment

PROJECT = Path(__file__).resolve().parents[3]
BOOK = PROJECT / "docs/book"
LANGUAGES = sorted(path.name for path in BOOK.iterdir())
CHAPTERS = [f"chapter-{number:02}.md" for number in range(3, 15)]
PAGES = [f"{language}/{name}" for language in LANGUAGES for name in [*CHAPTERS, "README.md"]]
#: Options that AWS's command line adds to those of an operation.
OF_THE_COMMAND_LINE = {"query", "output", "protocol", "port", "cidr", "source-group"}


def read(page: str) -> str:
    return (BOOK / page).read_text("utf-8")


def fenced(page: str) -> list[str]:
    """Lines of the page that stand in fences: what a reader runs."""
    return [
        line
        for block in re.findall(r"^```\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


def commands(page: str) -> list[str]:
    """What a reader runs, that within sentences too."""
    prose = re.sub(r"^```\n.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
    inline = [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", prose)]
    return fenced(page) + [
        one for one in inline if one.startswith(("make ", "ansible-playbook ", "ssh ", "aws ", "python ", "-e "))
    ]


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """Defaults of group_vars, and of roles where no group has one."""
    files = [*(PROJECT / "roles").glob("*/defaults/main.yml"), *(PROJECT / "group_vars/all").rglob("*.yml")]
    return {name: value for file in files for name, value in (yaml.safe_load(file.read_text("utf-8")) or {}).items()}


@pytest.fixture(scope="module")
def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):.*## ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_each_language_has_each_chapter_and_an_index_of_them() -> None:
    assert LANGUAGES == ["en", "ko"]
    for language in LANGUAGES:
        assert sorted(path.name for path in (BOOK / language).iterdir()) == sorted([*CHAPTERS, "README.md"])
        assert re.findall(r"\]\((chapter-\d\d\.md)\)", read(f"{language}/README.md")) == CHAPTERS


@pytest.mark.parametrize("name", [*CHAPTERS, "README.md"])
def test_languages_have_the_same_commands_and_sections(name: str) -> None:
    pages = [f"{language}/{name}" for language in LANGUAGES]
    assert all(fenced(page) == fenced(pages[0]) for page in pages) and fenced(pages[0])
    assert len({len(re.findall(r"^#", read(page), re.MULTILINE)) for page in pages}) == 1
    # In sentences, too: names of settings, groups and resources, in whatever order the language puts them.
    said = [
        sorted(set(re.findall(r"`((?:railyard|vpc|rds|s3|ec2|iam|alb|ses)[\w/.-]+)`", read(page)))) for page in pages
    ]
    assert all(one == said[0] for one in said)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", read(page))
    assert links and [link for link in links if not ((BOOK / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_targets_playbooks_tags_and_variables_exist(page: str, settings: dict[str, Any], targets: set[str]) -> None:
    text = "\n".join(commands(page))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", text)) <= targets
    assert [file for file in re.findall(r"ansible-playbook (\S+\.yml)", text) if not (PROJECT / file).is_file()] == []
    tags = {tag for words in re.findall(r"--tags ([a-z0-9_,]+)", read(page)) for tag in words.split(",")}
    assert tags <= set(settings["validate_tags"])
    given = set(re.findall(r"-e '?(?:\{\"+)?([a-z0-9_]+)", text))
    named = {
        name for name in re.findall(r"`((?:railyard|vpc|rds|elasticache|s3|ec2|iam|alb|ses)_[a-z_]+)`", read(page))
    }
    assert sorted((given | named) - set(settings)) == []


@pytest.mark.parametrize("page", PAGES)
def test_hosts_groups_and_ports_are_those_of_the_settings(page: str, settings: dict[str, Any]) -> None:
    text = read(page)
    assert settings["railyard_private_zone"] == "home"
    hosts = {"jump01", *(f"web{number:02}" for number in range(1, settings["railyard_web_count"] + 1))}
    logins = [line for line in commands(page) if line.startswith("ssh ")]
    assert [line for line in logins if not set(shlex.split(line)[1:]) & hosts] == []
    ports = {
        "db.home": Environment().from_string(settings["railyard_database_port"]).render(settings),
        "cache.home": settings["railyard_cache_port"],
        "email-smtp.ap-northeast-1.amazonaws.com": settings["ses_smtp_port"],
        "web02.home": 22,
        "localhost": settings["railyard_web_port"],
    }
    for host, port in re.findall(r"(?:/dev/tcp/|\b)([a-z0-9.-]+\.home|email-[a-z0-9.-]+|localhost)[/:](\d+)", text):
        assert port == str(ports[host]), host
    groups = {
        value.replace("{{ railyard_stack }}", "railyard")
        for name, value in settings.items()
        if name.endswith("_security_group_name")
    }
    assert set(re.findall(r"group-name,Values=([a-z-]+)", text)) <= groups
    alarms = {f"{one.of}/{one.key}" for one in ALARM_DEFINITIONS}
    for of, key in re.findall(r"railyard/(web01|balancer)/([a-z_]+)", text):
        assert f"{'server' if of == 'web01' else of}/{key}" in alarms


@pytest.mark.parametrize("language", LANGUAGES)
def test_networks_are_those_of_the_plan(language: str, settings: dict[str, Any]) -> None:
    networks = set(re.findall(r"10\.0\.\d+\.0/20", read(f"{language}/chapter-04.md")))
    planned = {
        one["cidr"]
        for one in subnet_plan(
            settings["railyard_vpc_cidr"], "railyard", zone_count=3, prefix=settings["railyard_subnet_prefix"]
        )
    }
    assert networks == planned


def test_calls_of_aws_are_operations_with_their_options() -> None:
    session = botocore.session.get_session()
    models: dict[str, dict[str, Any]] = {}
    asked = {line for name in CHAPTERS for line in fenced(f"{LANGUAGES[0]}/{name}") if re.search(r"(^|\()aws ", line)}
    assert len(asked) >= 20
    for line in asked:
        service, operation = re.search(r"(?:^|\()aws (\S+) (\S+)", line).groups()
        if service not in models:
            model = session.get_service_model({"s3api": "s3"}.get(service, service))
            models[service] = {xform_name(one, "-"): model.operation_model(one) for one in model.operation_names}
        assert operation in models[service], line
        options = {xform_name(name, "-") for name in models[service][operation].input_shape.members}
        assert set(re.findall(r" --([a-z-]+)", line)) <= options | OF_THE_COMMAND_LINE, line


def test_verbs_of_the_sandbox_are_documented() -> None:
    documented = (PROJECT / "sandbox/README.md").read_text("utf-8") + (PROJECT / "README.md").read_text("utf-8")
    for page in PAGES:
        for verb in re.findall(r"python -m sandbox ([a-z]+)", read(page)):
            assert f"python -m sandbox {verb}" in documented, page
