# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of a stack: sentences with the value seen and what to write instead.

Every check takes the inputs (names to values, as group_vars and ``-e`` give them) and returns its problems, so that
people see all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import did_you_mean, shown
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules import app
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.cache import cache_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.ci import ci_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.database import database_problems, engine_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.dns import dns_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.dns import zone_problems as zone_name_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environment import environment_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environments import choice_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.files import file_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.mail import mail_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.monitoring import monitoring_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.names import name_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.networks import acl_problems, cidr_problems, subnet_problems, vpc_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.people import people_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.processes import process_problems, schedule_problems, worker_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.ruby import ruby_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.server_files import server_file_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.servers import server_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.storage import bucket_problems, foreign_problems, key_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.tags import tag_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.web import web_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.windows import window_problems
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import (
    PlanError,
    plan_subnets,
    whole_number,
)

#: Longest stack name: with the longest ending, names of load balancers and target groups stay below 32 characters.
STACK_LENGTH = 20
#: The server plan numbers web servers with two digits.
MOST_SERVERS = 99

Inputs = dict[str, Any]


def region_problems(inputs: Inputs, regions: list[str], inventory_region: str) -> list[str]:
    region = str(inputs.get("railyard_region"))
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
        f"railyard_stack is '{shown(name)}'; write a name of at most {STACK_LENGTH} letters, digits and single hyphens that "
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


def zone_region_problems(inputs: Inputs, regions: list[str]) -> list[str]:
    """Zones by other names than those of the region's: of other regions, by their ids (apne1-az1), by their letters."""
    region, zones = str(inputs.get("railyard_region")), inputs.get("railyard_zones")
    if region not in regions or not isinstance(zones, list):
        return []
    return [
        f"railyard_zones has '{shown(zone)}', which is no name of a zone in {region}; write names such as {region}a, of those that "
        "`aws ec2 describe-availability-zones` lists."
        for zone in zones
        # Those of a city have its name behind the region's.
        if not re.fullmatch(rf"{re.escape(region)}(?:-[a-z0-9]+-\d)?[a-z]", str(zone))
    ]


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
    workers = inputs.get("railyard_worker_count")
    number = whole_number(workers)
    if number is None or not 0 <= number <= MOST_SERVERS:
        problems.append(f"railyard_worker_count is '{workers}'; write a number from 0, which is none, to {MOST_SERVERS}.")
    return problems


def account_problems(failure: str | None, endpoint: str = "") -> list[str]:
    """Why AWS could not be asked, and how to get on; ``endpoint`` is what AWS_ENDPOINT_URL says."""
    if not failure:
        return []
    if endpoint:
        # Whatever answers there may be a page, another program, or a sandbox that is not up.
        return [
            f"AWS_ENDPOINT_URL is '{endpoint}', and AWS cannot be asked there: {failure.strip().rstrip('.')}. For the sandbox run `make demo`, or "
            '`python -m sandbox up` and take its environment anew: eval "$(python -m sandbox env)"; for Amazon: unset AWS_ENDPOINT_URL'
        ]
    return [
        f"AWS cannot be asked: {failure.strip().rstrip('.')}. For your own account set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, and check them with `aws sts get-caller-identity`. For the sandbox, which needs "
        "no account, run `make demo`."
    ]


def input_problems(inputs: Inputs, seen: dict[str, Any], regions: list[str]) -> list[str]:
    """All problems that this machine can know.

    ``seen`` holds what is not a variable of the stack: ``inventory_region`` and ``inventory_stack`` (which servers the
    inventory looks for) and ``environment``.
    """
    source = str(inputs.get("railyard_app_source"))
    checks: list[Callable[[], list[str]]] = [
        lambda: stack_problems(inputs, seen["inventory_stack"]),
        lambda: choice_problems(inputs, seen["environment"]),
        lambda: tag_problems(inputs),
        lambda: region_problems(inputs, regions, seen["inventory_region"]),
        lambda: environment_problems(seen["environment"]),
        lambda: list_problems(inputs),
        lambda: zone_region_problems(inputs, regions),
        lambda: network_problems(inputs),
        lambda: vpc_problems(inputs),
        lambda: subnet_problems(inputs),
        lambda: acl_problems(inputs),
        lambda: state_problems(inputs),
        lambda: number_problems(inputs),
        lambda: cidr_problems(inputs),
        lambda: people_problems(inputs),
        lambda: ci_problems(inputs),
        lambda: name_problems(inputs),
        lambda: dns_problems(inputs),
        lambda: zone_name_problems(inputs),
        lambda: file_problems(inputs, seen["environment"]),
        lambda: database_problems(inputs),
        lambda: cache_problems(inputs),
        lambda: window_problems(inputs),
        lambda: bucket_problems(inputs),
        lambda: key_problems(inputs),
        lambda: ruby_problems(inputs),
        lambda: server_problems(inputs),
        lambda: server_file_problems(inputs),
        lambda: web_problems(inputs),
        lambda: app.problems(inputs, source.startswith("/") and Path(source).is_dir()),
        lambda: process_problems(inputs),
        lambda: schedule_problems(inputs),
        lambda: worker_problems(inputs),
        lambda: monitoring_problems(inputs),
        lambda: mail_problems(inputs),
    ]
    return [problem for check in checks for problem in check()]


#: Variables that AWS's answers are about, and those of which is warned.
ANSWERED = (
    *("railyard_stack", "railyard_region", "railyard_zones", "railyard_zone_count", "railyard_profile", "railyard_admin_cidrs", "railyard_people"),
    *("railyard_database_engine", "railyard_database_name", "railyard_database_engine_version", "railyard_database_allow_ended_version"),
    *("railyard_uploads_bucket", "railyard_artifacts_bucket", "railyard_logs_bucket", "railyard_mail_bucket"),
    *("railyard_storage_kms_key_arn", "rds_kms_key_id", "elasticache_kms_key_id", "ec2_volume_kms_key"),
)


def answer_problems(inputs: Inputs, answers: dict[str, Any]) -> list[str]:
    """All problems that only AWS's answers show.

    ``answers`` has what was asked: ``zones`` and ``account`` (of the account), ``failure`` (why it could not be asked, and
    ``endpoint``, where, unless it is Amazon's own),
    ``database_versions`` (what rds_engine_info answered), ``bucket_owners`` (what s3_bucket_owner_info did) and ``today``,
    as 2026-11-24.
    """
    known = key_problems(inputs)
    return [
        *account_problems(answers.get("failure"), answers.get("endpoint") or ""),
        *zone_problems(inputs, answers.get("zones") or []),
        *engine_problems(inputs, answers.get("database_versions") or {}, answers.get("today") or ""),
        *foreign_problems(inputs, answers.get("bucket_owners") or {}),
        *(problem for problem in key_problems(inputs, answers.get("account") or "") if not known),
    ]
