# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of a stack in Secrets Manager: their names, never their values."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

_FILTERS = ("tag-key", "tag-value")


@AWSRetry.jittered_backoff(retries=8)
def _listed(client: Any, stack: str) -> list[str]:
    """ARNs of the secrets that AWS lists with the stack's tag, or with its parts: it filters keys and values apart."""
    filters = [{"Key": key, "Values": [value]} for key, value in zip(_FILTERS, ("Stack", stack), strict=True)]
    return [secret["ARN"] for page in client.get_paginator("list_secrets").paginate(Filters=filters) for secret in page["SecretList"]]


@AWSRetry.jittered_backoff(retries=8)
def _described(client: Any, secret_id: str) -> Raw | None:
    """A secret by its name or ARN; None for one on its way out."""
    answer = client.describe_secret(SecretId=secret_id)
    return None if answer.get("DeletedDate") else answer


def find_secrets(client: Any, kind: str, names: list[str], stack: str) -> list[Raw]:
    """Those of the named secrets (names or ARNs) that exist and carry the tag ``Stack=<stack>``."""
    described = still_there(lambda name: _described(client, name), names)
    return [secret for secret in described if {"Key": "Stack", "Value": stack} in (secret.get("Tags") or [])]


def read_secrets(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Secrets with the tag ``Stack=<stack>``.

    AWS's list lags up to five minutes: it lacks what was just made, and has what was just deleted. So each is asked for by
    itself, and ``find_secrets`` finds those whose names somebody knows.
    """
    return find_secrets(client, kind, _listed(client, stack), stack)


def secret(raw: Raw) -> Entry:
    return {
        "id": raw["ARN"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw.get("Tags") or []),
        "arn": raw["ARN"],
        "description": raw.get("Description", ""),
    }


SERVICE = Service(
    client="secretsmanager",
    kinds={
        "secrets": Kind(
            "app",
            "Secret",
            "secret",
            {"arn": None, "description": ""},
            planned_id="arn:aws:secretsmanager:{region}:{account}:secret:{name}-{index:06x}",
        )
    },
    read=read_secrets,
    entry_of={"secrets": secret},
    find=find_secrets,
)
