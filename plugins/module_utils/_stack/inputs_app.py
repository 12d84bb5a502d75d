# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about the application; see inputs.py."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._stack import inputs_source
from ansible_collections.railyard.aws.plugins.module_utils._stack.subnets import whole_number

Inputs = dict[str, Any]


def path_problems(inputs: Inputs) -> list[str]:
    problems = []
    path = str(inputs.get("railyard_app_path"))
    if not re.fullmatch(r"/[^\s%:]+[^\s%:/]", path):
        problems.append(f"railyard_app_path is '{path}'; write an absolute directory, such as /var/www/aws-intro-sample.")
    page = str(inputs.get("railyard_app_health_path"))
    if not re.fullmatch(r"/[^\s%]*", page):
        problems.append(f"railyard_app_health_path is '{page}'; write a path that starts with a slash, such as /up.")
    return problems


def deployment_problems(inputs: Inputs) -> list[str]:
    problems = []
    batch = inputs.get("railyard_deploy_batch")
    if not re.fullmatch(r"[1-9][0-9]*|[1-9][0-9]?%|100%", str(batch)):
        problems.append(f"railyard_deploy_batch is '{batch}'; write a number of servers, such as 1, or a share, such as 25%.")
    keep = inputs.get("railyard_app_keep_releases")
    number = whole_number(keep)
    # A parameter holds 4096 characters, and each remembered release takes some 300 of them.
    if number is None or not 2 <= number <= 10:
        problems.append(f"railyard_app_keep_releases is '{keep}'; write a number from 2 to 10: with less there is nothing to roll back to.")
    return problems


def name_problems(inputs: Inputs) -> list[str]:
    """Parameters below the stack's name: AWS keeps some beginnings to itself."""
    stack = str(inputs.get("railyard_stack"))
    if not stack.lower().startswith(("aws", "ssm")):
        return []
    return [
        f"railyard_stack is '{stack}', but the Parameter Store, which remembers the releases below /{stack}/, takes no names that "
        "begin with aws or ssm; choose another: export RAILYARD_STACK=railyard"
    ]


def problems(inputs: Inputs, source_exists: bool) -> list[str]:
    """All problems of this topic."""
    return [*inputs_source.problems(inputs, source_exists), *path_problems(inputs), *deployment_problems(inputs), *name_problems(inputs)]
