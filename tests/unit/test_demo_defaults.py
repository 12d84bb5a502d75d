"""The demo and the end-to-end tests run with a real account's defaults: what differs is listed here, with reasons."""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.core import client, credentials
from sandbox.core.settings import Settings
from tests.e2e.lab import Lab

PROJECT = Path(__file__).resolve().parents[2]

#: Where AWS, and what stands beside it, is reached; who one is there.
ENDPOINTS = {
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "RAILYARD_CHECKIP_URL",
    "RAILYARD_RESOLVERS",
    "RAILYARD_MAIL_URL",
    "RAILYARD_CA_FILE",
}
#: Places of this machine's own, and what the sandbox's command finds it again by. They decide nothing in the account.
PLACES = {
    "ANSIBLE_CACHE_PLUGIN_CONNECTION",
    "RAILYARD_STATE_DIR",
    "RAILYARD_SANDBOX_NAME",
    "RAILYARD_SANDBOX_HOME",
    "RAILYARD_SANDBOX_PORT",
    "RAILYARD_SANDBOX_TOKEN",
}
#: What a person sets on a real account, too.
PERSONS = {"RAILYARD_DOMAIN"}
#: What cannot be had without the internet. A run on servers that are their own mirror does without them.
NOT_HERE = {
    "RAILYARD_APP_SOURCE": "the book's repository is at GitHub; the sample has the same contract",
    "RAILYARD_APP_HEALTH_PATH": "the sample's own page; `/`, the default, is asked of an application that has none",
    "RAILYARD_RUBY_PROVIDER": "Ruby 2.6.6 and the book's gems are at ruby-lang.org and rubygems.org",
    "RAILYARD_CLOUDWATCH_AGENT": "the agent's package is at Amazon",
}


def test_the_demo_changes_no_default_without_a_reason(tmp_path: Path, monkeypatch) -> None:
    for name in NOT_HERE:
        monkeypatch.delenv(name, raising=False)
    settings = Settings.from_environment({"RAILYARD_SANDBOX_HOME": str(tmp_path / "home")})
    credentials.ensure(settings)
    given = set(client.environment_of(settings))
    assert given == ENDPOINTS | PLACES | PERSONS | set(NOT_HERE)


def test_what_a_person_has_set_for_the_application_is_kept(tmp_path: Path, monkeypatch) -> None:
    """``RAILYARD_APP_SOURCE=~/my-app make deploy`` deploys that, not the sample."""
    own = {"RAILYARD_APP_SOURCE": "/srv/mine", "RAILYARD_RUBY_PROVIDER": "rbenv", "RAILYARD_DOMAIN": "mine.example"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment({"RAILYARD_SANDBOX_HOME": str(tmp_path / "home")})
    given = client.environment_of(settings)
    assert {name: given[name] for name in own} == own
    assert "RAILYARD_APP_HEALTH_PATH" not in given, "that is the sample's"


def test_the_end_to_end_tests_add_only_places(tmp_path: Path, monkeypatch) -> None:
    for name in (*NOT_HERE, "RAILYARD_DOMAIN", "RAILYARD_RUBY_CACHE_DIR", "RAILYARD_IMAGE_PARAMETER"):
        monkeypatch.delenv(name, raising=False)
    added = {name for name in Lab(tmp_path, "lab", 5999).environment if name.startswith(("RAILYARD_", "AWS_"))}
    # The stack's name is the default one.
    assert added - PLACES - {"AWS_REGION", "RAILYARD_SANDBOX_CACHE", "RAILYARD_STACK"} == set()


def test_the_demo_gives_no_variables_to_its_playbooks() -> None:
    for file in ("tools/demo", "Makefile", "ansible.cfg"):
        said = [line for line in (PROJECT / file).read_text().splitlines() if not line.lstrip().startswith("#")]
        found = [line for line in said if re.search(r"(?:^|\s)(?:-e|--extra-vars|--skip-tags)\s", line)]
        assert not [line for line in found if "ansible-playbook" in line], found


def test_each_exception_is_read_by_a_setting() -> None:
    """One that nothing reads any more goes from the sandbox's environment, and from the list."""
    read = "".join(path.read_text() for path in sorted((PROJECT / "group_vars").rglob("*.yml")))
    assert [name for name in NOT_HERE if f"'{name}'" not in read] == []
