"""The collection's archive: what is in it, and that it works where nothing else of the project is."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import ansible_collections
import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: What a person's own project has: roles by their full names, and a module and a filter beside them.
PLAY = """
- name: Use three roles and a filter of the collection
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Ensure the network
      ansible.builtin.import_role:
        name: railyard.aws.vpc
    - name: Ensure security groups
      ansible.builtin.import_role:
        name: railyard.aws.security
    - name: Ensure buckets
      ansible.builtin.import_role:
        name: railyard.aws.s3
    - name: Gather the stack
      railyard.aws.stack_info:
        name: site
        region: ap-northeast-1
"""

#: Runs without an account: filters come from the archive.
TAGS = """
- name: Use a filter of the collection
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Report tags
      ansible.builtin.debug:
        msg: "{{ {'Owner': 'me'} | railyard.aws.stack_tags('site', 'vpc') }}"
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """The archive as `ansible-galaxy collection build` makes it of this checkout."""
    target = tmp_path_factory.mktemp("build")
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", target, PROJECT],
        check=True, capture_output=True, cwd=target,
    )  # fmt: skip
    (made,) = target.glob("railyard-aws-*.tar.gz")
    return made


@pytest.fixture(scope="module")
def names(archive) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


@pytest.fixture(scope="module")
def elsewhere(archive, tmp_path_factory):
    """Runs a command in a directory of its own that has the collection from the archive, and no network."""
    home = tmp_path_factory.mktemp("project")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "RAILYARD_"))}
    others = os.pathsep.join(str(Path(path).parent) for path in ansible_collections.__path__)
    environment = {
        **kept,
        "HOME": str(home),
        "ANSIBLE_CONFIG": str(home / "none.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": f"{home}{os.pathsep}{others}",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(
        "ansible-galaxy", "collection", "install", str(archive),
        "--offline", "--no-deps", "--collections-path", str(home),
    )  # fmt: skip
    (home / "play.yml").write_text(PLAY)
    (home / "tags.yml").write_text(TAGS)
    return run


def test_nothing_of_the_checkout_alone_is_in_it(names):
    unwanted = ("sandbox", "tests", "molecule", "examples", "tools", "collections", "pyproject.toml", "Makefile")
    left = [name for name in names if name.split("/")[0] in unwanted or "egg-info" in name]
    # ansible-test reads the one file, of a collection that was installed, too.
    assert left == ["tests", "tests/config.yml"]


def test_every_role_module_and_playbook_is_in_it(names):
    for folder, pattern in (("roles", "*/tasks/*.yml"), ("plugins", "modules/*.py"), ("playbooks", "*.yml")):
        there = {str(file.relative_to(PROJECT)) for file in (PROJECT / folder).glob(pattern)}
        assert there and there <= set(names)


def test_what_an_execution_environment_needs_is_in_it(names):
    assert {"meta/execution-environment.yml", "meta/ee-requirements.txt", "bindep.txt"} <= set(names)


def test_it_installs_without_a_network_and_its_modules_are_found(elsewhere):
    listed = json.loads(elsewhere("ansible-doc", "--list", "--json", "--type", "module", "railyard.aws"))
    modules = {f"railyard.aws.{file.stem}" for file in (PROJECT / "plugins" / "modules").glob("[a-z]*.py")}
    assert set(listed) == modules


def test_a_play_of_somebody_elses_uses_three_of_its_roles(elsewhere):
    listed = elsewhere("ansible-playbook", "--list-tasks", "play.yml")
    assert {role for role in ("vpc", "security", "s3") if f"{role} : " in listed} == {"vpc", "security", "s3"}


def test_a_filter_runs_from_it(elsewhere):
    assert '"Stack": "site"' in elsewhere("ansible-playbook", "tags.yml")
