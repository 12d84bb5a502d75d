# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets that people give the application: names and values of its environment, in one secret of Secrets Manager.

One, because a list of AWS's lags five minutes, and whoever writes the environment has to know every name now. What a person
asks for is first written as a version that nobody reads (a proposal); it takes effect under the stack's lock. Clients come from
the caller, with retries; no value is in any error or result.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

DESCRIPTION = "Secrets that people gave the application's environment"
#: Where the environment's file says which of its variables are secrets, whatever they are called.
MARK = "RAILYARD_SECRETS"
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class SecretError(Exception):
    """Something the person has to mend; the text says what and how, and holds no value."""


def _read(client: Any, name: str, **which: str) -> tuple[Any, str]:
    """What a version holds, and its id. Raises SecretError for what is none of ours."""
    answer = client.get_secret_value(SecretId=name, aws_retry=True, **which)
    try:
        held = json.loads(answer["SecretString"])
    except (KeyError, ValueError):
        held = None
    if not isinstance(held, dict):
        raise SecretError(
            f"The secret {name} holds something that no playbook of this project wrote; look at who made it with"
            f" `aws secretsmanager describe-secret --secret-id {name}`, and move it away."
        )
    return held, answer["VersionId"]


def current(client: Any, name: str) -> dict[str, str]:
    """Names and values that there are."""
    try:
        return _read(client, name, VersionStage=CURRENT)[0]
    except is_boto3_error_code("ResourceNotFoundException"):
        return {}


def propose(client: Any, name: str, put: dict[str, str], take: list[str], tags: dict[str, str]) -> str:
    """Write down what is to change; the id of the version that says so. The first one makes the secret."""
    try:
        client.create_secret(Name=name, Description=DESCRIPTION, SecretString="{}", Tags=ansible_dict_to_boto3_tag_list(tags), aws_retry=True)
    except is_boto3_error_code("ResourceExistsException"):
        pass
    asked = json.dumps({"set": put, "unset": take})
    return client.put_secret_value(SecretId=name, SecretString=asked, VersionStages=[PENDING], aws_retry=True)["VersionId"]


def withdraw(client: Any, name: str, proposal: str) -> None:
    """Take the label from a proposal, upon which AWS forgets it. One that has none by now is no error."""
    try:
        client.update_secret_version_stage(SecretId=name, VersionStage=PENDING, RemoveFromVersionId=proposal, aws_retry=True)
    except is_boto3_error_code(["InvalidParameterException", "ResourceNotFoundException"]):
        return


def accept(client: Any, name: str, proposal: str, check_mode: bool) -> dict[str, Any]:
    """Put a proposal into effect: whether anything changed, which names, and the version that was current before."""
    asked, _version = _read(client, name, VersionId=proposal)
    if not {"set", "unset"} <= asked.keys():
        raise SecretError(f"Version {proposal} of the secret {name} proposes nothing; run `make secret` again.")
    before, version = _read(client, name, VersionStage=CURRENT)
    after = {one: value for one, value in {**before, **asked["set"]}.items() if one not in asked["unset"]}
    changed = sorted(one for one in {**before, **after} if before.get(one) != after.get(one))
    if changed and not check_mode:
        client.put_secret_value(SecretId=name, SecretString=json.dumps(after), aws_retry=True)
        withdraw(client, name, proposal)
    return {"changed": bool(changed), "names": changed, "previous": version}


def bring_back(client: Any, name: str, version: str, check_mode: bool) -> dict[str, Any]:
    """Make the values of an earlier version current again, as a version of its own."""
    wanted, _version = _read(client, name, VersionId=version)
    now, _current = _read(client, name, VersionStage=CURRENT)
    changed = sorted(one for one in {**wanted, **now} if wanted.get(one) != now.get(one))
    if changed and not check_mode:
        client.put_secret_value(SecretId=name, SecretString=json.dumps(wanted), aws_retry=True)
    return {"changed": bool(changed), "names": changed}
