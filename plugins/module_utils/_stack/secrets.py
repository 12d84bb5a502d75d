# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of a stack in Secrets Manager: their names, never their values."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service

_FILTERS = ("tag-key", "tag-value")


@AWSRetry.jittered_backoff(retries=8)
def read_secrets(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Secrets with the tag ``Stack=<stack>``. AWS filters keys and values apart, so the pairs are looked at here."""
    filters = [{"Key": key, "Values": [value]} for key, value in zip(_FILTERS, ("Stack", stack), strict=True)]
    pages = client.get_paginator("list_secrets").paginate(Filters=filters)
    listed = [secret for page in pages for secret in page["SecretList"]]
    return [secret for secret in listed if {"Key": "Stack", "Value": stack} in (secret.get("Tags") or [])]


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
)
