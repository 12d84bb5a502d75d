# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of a stack: sentences with the value seen and what to write instead.

Every check takes the inputs (names to values, as group_vars and ``-e`` give them) and returns its problems, so that
people see all of them at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._stack import inputs_app
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_cache import cache_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_database import database_problems, engine_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_dns import dns_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_mail import mail_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_monitoring import monitoring_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_ruby import ruby_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.inputs_storage import bucket_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.judging import truth
from ansible_collections.railyard.aws.plugins.module_utils._stack.own_tags import tags_problems
from ansible_collections.railyard.aws.plugins.module_utils._stack.subnets import (
    PlanError,
    plan_subnets,
    whole_number,
)

#: Longest stack name: with the longest ending, names of load balancers and target groups stay below 32 characters.
STACK_LENGTH = 20
#: The server plan numbers web servers with two digits.
MOST_SERVERS = 99
#: Tags that Ansible itself knows.
ANSIBLE_TAGS = {"all", "always", "never", "tagged", "untagged"}

Inputs = dict[str, Any]


def did_you_mean(value: Any, choices: list[str]) -> str:
    """``; did you mean 'x'?`` for the closest choice, or nothing."""
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else "."


def region_problems(inputs: Inputs, regions: list[str], inventory_region: str) -> list[str]:
    region = inputs.get("railyard_region")
    if region not in regions:
        near = did_you_mean(region, regions)
        advice = "" if near != "." else " Write one like ap-northeast-1."
        return [f"railyard_region is '{region}', which is no AWS region{near}{advice} (Newer than boto3? Update boto3.)"]
    if inventory_region != region:
        return [
            f"railyard_region is '{region}', but the inventory, which reads AWS_REGION, looks in '{inventory_region}'; "
            f"set it in the environment only: export AWS_REGION={region}"
        ]
    return []


def stack_problems(inputs: Inputs, inventory_stack: str) -> list[str]:
    name = str(inputs.get("railyard_stack"))
    well_formed = re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?", name) and "--" not in name
    # AWS takes no load balancer whose name starts with internal-.
    if well_formed and len(name) <= STACK_LENGTH and not name.startswith("internal-"):
        if inventory_stack == name:
            return []
        return [
            f"railyard_stack is '{name}', but the inventory, which reads RAILYARD_STACK, looks for '{inventory_stack}'; "
            f"set it in the environment only: export RAILYARD_STACK={name}"
        ]
    return [
        f"railyard_stack is '{name}'; write a name of at most {STACK_LENGTH} letters, digits and single hyphens that "
        "starts with a letter, ends with a letter or digit and does not start with 'internal-', such as 'railyard'."
    ]


def network_problems(inputs: Inputs) -> list[str]:
    """The subnet plan's problems; a list variable that is no list stops here."""
    lists = {name: inputs.get(name) for name in _LISTS}
    if any(not isinstance(value, list) for value in lists.values()):
        return []
    try:
        plan_subnets(
            inputs.get("railyard_vpc_cidr"),
            str(inputs.get("railyard_stack")),
            inputs.get("railyard_zone_count"),
            inputs.get("railyard_subnet_prefix"),
            lists["railyard_zones"],
            lists["railyard_public_subnet_cidrs"],
            lists["railyard_private_subnet_cidrs"],
        )
    except PlanError as error:
        return error.problems
    return []


def zone_problems(inputs: Inputs, available: list[str]) -> list[str]:
    """Zones that the account does not have; ``available`` is empty when AWS was not asked."""
    if not available:
        return []
    region, zones = inputs.get("railyard_region"), inputs.get("railyard_zones")
    listed = ", ".join(available)
    if isinstance(zones, list) and zones:
        return [
            f"railyard_zones has '{zone}', which this account does not have in {region}; write some of {listed}." for zone in zones if zone not in available
        ]
    count = whole_number(inputs.get("railyard_zone_count"))
    if count is not None and count > len(available):
        return [f"railyard_zone_count is {count}, but {region} has {len(available)}: {listed}; write {len(available)} or less."]
    return []


_LISTS = {
    "railyard_zones": "[ap-northeast-1a, ap-northeast-1c]",
    "railyard_public_subnet_cidrs": "[10.0.0.0/20, 10.0.16.0/20]",
    "railyard_private_subnet_cidrs": "[10.0.64.0/20, 10.0.80.0/20]",
    "railyard_admin_cidrs": "[203.0.113.7/32]",
    "railyard_site_cidrs": "[0.0.0.0/0]",
}


def list_problems(inputs: Inputs) -> list[str]:
    return [
        f"{name} is '{inputs.get(name)}', which is no list; write one like {example}, on the command line -e '{{\"{name}\": [\"...\"]}}'."
        for name, example in _LISTS.items()
        if not isinstance(inputs.get(name), list)
    ]


def cidr_problems(inputs: Inputs) -> list[str]:
    """CIDRs that may reach the stack: well-formed, and ssh not open to the world by accident."""
    problems = []
    for name in ("railyard_admin_cidrs", "railyard_site_cidrs"):
        values = inputs.get(name)
        for value in values if isinstance(values, list) else []:
            try:
                loose = IPv4Network(str(value), strict=False)
            except ValueError:
                problems.append(f"{name} has '{value}', which is no IPv4 network; write one like 203.0.113.7/32.")
                continue
            if loose.with_prefixlen != str(value):
                problems.append(f"{name} has '{value}'; write {loose.with_prefixlen}.")
            if name == "railyard_admin_cidrs" and loose.prefixlen == 0 and not truth(inputs.get("railyard_admin_allow_world")):
                problems.append(
                    f"{name} has '{value}', which opens ssh on the jump host to the whole internet; write your own "
                    "addresses, such as 203.0.113.7/32, or empty the list to allow this controller only. "
                    "Should it really be open to all, say so: railyard_admin_allow_world: true"
                )
    return problems


def state_problems(inputs: Inputs) -> list[str]:
    """site.yml only builds: its order is wrong for removing, and it does not ask."""
    state = inputs.get("railyard_state")
    if state == "present":
        return []
    return [
        f"railyard_state is '{state}', but site.yml only builds; write present, or remove the stack with "
        "`ansible-playbook playbooks/teardown.yml`, which asks first."
    ]


def number_problems(inputs: Inputs) -> list[str]:
    problems = []
    count = inputs.get("railyard_web_count")
    number = whole_number(count)
    if number is None or not 1 <= number <= MOST_SERVERS:
        hint = " To remove the stack run `ansible-playbook playbooks/teardown.yml`." if number == 0 else ""
        problems.append(f"railyard_web_count is '{count}'; write a number from 1 to {MOST_SERVERS}.{hint}")
    port = inputs.get("railyard_web_port")
    number = whole_number(port)
    if number is None or not 1024 <= number <= 65535:
        problems.append(f"railyard_web_port is '{port}'; write a port from 1024 to 65535, such as 3000.")
    return problems


def key_problems(inputs: Inputs, key_file_exists: bool) -> list[str]:
    if key_file_exists or truth(inputs.get("railyard_ssh_key_generate")):
        return []
    path = inputs.get("railyard_ssh_key_file")
    return [
        f"railyard_ssh_key_file is '{path}', where there is no file, and railyard_ssh_key_generate is false; "
        "put your private key there, or let one be made with railyard_ssh_key_generate: true"
    ]


def tag_problems(run: list[str], skip: list[str], known: list[str]) -> list[str]:
    """Tags on the command line that no task has: Ansible itself would silently do nothing."""
    problems = []
    for option, given in (("--tags", run), ("--skip-tags", skip)):
        for tag in given:
            if tag in known or tag in ANSIBLE_TAGS:
                continue
            near = did_you_mean(tag, known)
            example = re.search(r"'(.*)'", near)
            command = f"ansible-playbook site.yml {option} {example[1] if example else known[0]}"
            problems.append(f"{option} {tag}: there is no such tag{near} Tags are: {', '.join(known)}. For example: {command}")
    return problems


def name_problems(given: list[str], known: list[str]) -> list[str]:
    """Variables that start with railyard_ and that nothing reads: misspelt, most likely."""
    return [
        f"{name} is no variable of this project{did_you_mean(name, known)} "
        "They are listed in roles/validate/meta/argument_specs.yml; name variables of your own without railyard_."
        for name in sorted(set(given) - set(known))
    ]


def account_problems(failure: str | None) -> list[str]:
    """Why AWS could not be asked, and how to get on."""
    if not failure:
        return []
    return [
        f"AWS cannot be asked: {failure.strip().rstrip('.')}. For your own account set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, and check them with `aws sts get-caller-identity`. For the sandbox, which needs "
        "no account, run `make demo`."
    ]


def input_problems(inputs: Inputs, seen: dict[str, Any], regions: list[str]) -> list[str]:
    """All problems of a run.

    ``seen`` holds what is not a variable of the stack: ``run_tags``, ``skip_tags``, ``tags`` (the right ones),
    ``names`` (railyard_* names that are set), ``known`` (those that exist), ``zones`` (of the account), ``failure``
    (why it could not be asked), ``key_file_exists``, ``app_source_exists`` (as a directory), ``inventory_region`` and
    ``inventory_stack`` (which servers the inventory looks for); where they are known also ``database_versions`` (what
    rds_engine_info answered), ``bucket_owners`` (what s3_bucket_owner_info did) and ``today``, as 2026-11-24.
    """
    checks: list[Callable[[], list[str]]] = [
        lambda: tag_problems(seen["run_tags"], seen["skip_tags"], seen["tags"]),
        lambda: name_problems(seen["names"], seen["known"]),
        lambda: stack_problems(inputs, seen["inventory_stack"]),
        lambda: tags_problems(inputs),
        lambda: region_problems(inputs, regions, seen["inventory_region"]),
        lambda: account_problems(seen["failure"]),
        lambda: list_problems(inputs),
        lambda: network_problems(inputs),
        lambda: zone_problems(inputs, seen["zones"]),
        lambda: state_problems(inputs),
        lambda: number_problems(inputs),
        lambda: cidr_problems(inputs),
        lambda: dns_problems(inputs),
        lambda: key_problems(inputs, seen["key_file_exists"]),
        lambda: database_problems(inputs),
        lambda: engine_problems(inputs, seen.get("database_versions") or {}, seen.get("today", "")),
        lambda: cache_problems(inputs),
        lambda: bucket_problems(inputs, seen.get("bucket_owners") or {}),
        lambda: ruby_problems(inputs),
        lambda: inputs_app.problems(inputs, seen["app_source_exists"]),
        lambda: monitoring_problems(inputs),
        lambda: mail_problems(inputs),
    ]
    return [problem for check in checks for problem in check()]
