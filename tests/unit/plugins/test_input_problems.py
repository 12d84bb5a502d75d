"""The filter input_problems as a table, and its list of variables against what the project sets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.input_problems import input_problems

PROJECT = Path(__file__).resolve().parents[3]
SPEC = yaml.safe_load((PROJECT / "roles/validate/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
    "options"
]
KNOWN = [name for name in SPEC if name.startswith("railyard_")]

#: What group_vars sets in plain words; what it computes is below.
PLAIN = {
    name: value
    for path in sorted((PROJECT / "group_vars/all").glob("*.yml"))
    for name, value in yaml.safe_load(path.read_text()).items()
    if "{{" not in str(value)
}
GOOD = {
    **PLAIN,
    "railyard_domain": "",
    "railyard_site_host": "",
    "railyard_ca_file": "",
    "railyard_app_source": "https://github.com/moseskim/aws-intro-sample.git",
    "railyard_app_health_path": "/",
    "railyard_cache_name": "railyard",
    "railyard_database_name": "railyard",
    "railyard_logs_bucket": "railyard-logs-{account}-ap-northeast-1",
    "railyard_mail_bucket": "railyard-mail-{account}-ap-northeast-1",
    "railyard_mail_receiving": False,
    "railyard_mail_sender": "",
    "railyard_ruby_provider": "rbenv",
    "railyard_s3_endpoint": "https://s3.ap-northeast-1.amazonaws.com",
    "railyard_stack": "railyard",
    "railyard_region": "ap-northeast-1",
    "railyard_state": "present",
    "railyard_vpc_cidr": "10.0.0.0/16",
    "railyard_zone_count": 2,
    "railyard_zones": [],
    "railyard_subnet_prefix": 20,
    "railyard_public_subnet_cidrs": [],
    "railyard_private_subnet_cidrs": [],
    "railyard_web_count": 2,
    "railyard_web_port": 3000,
    "railyard_admin_cidrs": [],
    "railyard_admin_allow_world": False,
    "railyard_site_cidrs": ["0.0.0.0/0"],
    "railyard_ssh_key_file": "/nowhere/key.pem",
    "railyard_ssh_key_generate": True,
}
SEEN = {
    "run_tags": ["all"],
    "skip_tags": [],
    "tags": ["vpc", "security", "ec2", "alb"],
    "names": list(GOOD),
    "known": KNOWN,
    "zones": ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"],
    "failure": None,
    "key_file_exists": False,
    "app_source_exists": False,
    "inventory_region": "ap-northeast-1",
    "inventory_stack": "railyard",
}


def problems(inputs=None, seen=None) -> list[str]:
    return input_problems({**GOOD, **(inputs or {})}, {**SEEN, **(seen or {})})


def test_good_inputs_have_no_problem():
    assert problems() == []


@pytest.mark.parametrize(
    "inputs",
    [
        {"railyard_web_count": "3", "railyard_zone_count": "3"},
        {"railyard_zones": ["ap-northeast-1c", "ap-northeast-1d"]},
        {"railyard_admin_cidrs": ["203.0.113.7/32", "198.51.100.0/24"]},
        {"railyard_admin_cidrs": ["0.0.0.0/0"], "railyard_admin_allow_world": True},
    ],
)
def test_these_are_fine(inputs):
    assert problems(inputs) == []


def test_a_long_name_is_fine_where_the_inventory_has_it_too():
    assert problems({"railyard_stack": "a" * 20}, {"inventory_stack": "a" * 20}) == []


@pytest.mark.parametrize(
    ("inputs", "command"),
    [
        ({"railyard_stack": "shop"}, "export RAILYARD_STACK=shop"),
        ({"railyard_region": "eu-central-1"}, "export AWS_REGION=eu-central-1"),
    ],
)
def test_what_the_inventory_would_miss_is_refused(inputs, command):
    [problem] = problems(inputs)
    assert command in problem


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"railyard_stack": "a" * 21}, "write a name of at most 20"),
        ({"railyard_state": "absent"}, "ansible-playbook playbooks/teardown.yml"),
        ({"railyard_stack": "my_stack"}, "railyard_stack is 'my_stack'"),
        ({"railyard_stack": "-x"}, "railyard_stack is '-x'"),
        ({"railyard_stack": "internal-x"}, "railyard_stack is 'internal-x'"),
        ({"railyard_region": "ap-northest-1"}, "is no AWS region; did you mean 'ap-northeast-1'?"),
        (
            {"railyard_region": "zzz"},
            "railyard_region is 'zzz', which is no AWS region. Write one like ap-northeast-1.",
        ),
        ({"railyard_region": "us-east-1"}, "export AWS_REGION=us-east-1"),
        ({"railyard_zones": "ap-northeast-1a"}, "railyard_zones is 'ap-northeast-1a', which is no list"),
        ({"railyard_zones": ["ap-northeast-1a"]}, "railyard_zones lists 1"),
        ({"railyard_zones": ["ap-northeast-1a", "ap-northeast-1b"]}, "railyard_zones has 'ap-northeast-1b'"),
        ({"railyard_zone_count": 4}, "railyard_zone_count is 4, but ap-northeast-1 has 3"),
        ({"railyard_vpc_cidr": "10.0.0.0/8"}, "AWS takes /16 to /28 only"),
        ({"railyard_web_count": 0}, "railyard_web_count is '0'; write a number from 1 to 99. To remove"),
        ({"railyard_web_count": "two"}, "railyard_web_count is 'two'"),
        ({"railyard_web_count": True}, "railyard_web_count is 'True'"),
        ({"railyard_web_port": 80}, "railyard_web_port is '80'"),
        ({"railyard_admin_cidrs": ["0.0.0.0/0"]}, "opens ssh on the jump host to the whole internet"),
        ({"railyard_admin_cidrs": ["203.0.113.7/24"]}, "write 203.0.113.0/24"),
        ({"railyard_admin_cidrs": ["203.0.113.7"]}, "write 203.0.113.7/32"),
        ({"railyard_site_cidrs": ["everyone"]}, "railyard_site_cidrs has 'everyone', which is no IPv4 network"),
        ({"railyard_ssh_key_generate": False}, "railyard_ssh_key_file is '/nowhere/key.pem', where there is no file"),
    ],
)
def test_each_mistake_is_one_problem(inputs, says):
    found = problems(inputs)
    assert len(found) == 1, found
    assert says in found[0]


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (
            {"run_tags": ["albb"]},
            "did you mean 'alb'? Tags are: vpc, security, ec2, alb. For example: ansible-playbook site.yml --tags alb",
        ),
        ({"skip_tags": ["zzzzzz"]}, "--skip-tags zzzzzz: there is no such tag."),
        (
            {"names": ["railyard_web_cont"]},
            "railyard_web_cont is no variable of this project; did you mean 'railyard_web_count'?",
        ),
        (
            {"failure": "Unable to locate credentials"},
            "AWS cannot be asked: Unable to locate credentials. For your own account",
        ),
    ],
)
def test_each_mistake_on_the_command_line_is_one_problem(seen, says):
    found = problems(seen=seen)
    assert len(found) == 1, found
    assert says in found[0]


def test_everything_wrong_is_said_at_once():
    found = problems({"railyard_web_count": 0, "railyard_vpc_cidr": "x", "railyard_stack": "_"}, {"run_tags": ["albb"]})
    assert len(found) == 4


def test_every_variable_that_the_project_sets_is_known():
    files = [*(PROJECT / "group_vars").rglob("*.yml"), *(PROJECT / "roles").glob("*/defaults/main.yml")]
    assert files
    names = {name for path in files for name in yaml.safe_load(path.read_text()) or {} if name.startswith("railyard_")}
    assert names - set(KNOWN) == set(), "describe them in roles/validate/meta/argument_specs.yml"
