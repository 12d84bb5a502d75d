"""``join``: a second machine takes over a stack's settings, which a playbook does. Here: which stack is meant."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from tools.verbs import playbooks
from tools.verbs import words as reading
from tools.verbs.trouble import Trouble

#: As inventory and settings have them where nothing is said.
STACK, REGION = "railyard", "ap-northeast-1"
MANAGED_BY = "railyard.aws"


def standing(client: Any) -> list[str]:
    """Names of the stacks that have a network in the region. Raises botocore's errors."""
    pages = client.get_paginator("describe_vpcs").paginate(Filters=[{"Name": "tag:ManagedBy", "Values": [MANAGED_BY]}])
    networks = [one for page in pages for one in page["Vpcs"]]
    return sorted({tag["Value"] for one in networks for tag in one.get("Tags", []) if tag["Key"] == "Stack"})


def stack(word: str | None, environ: Mapping[str, str], client: Any) -> str | None:
    """The stack that is meant, None where the environment or the default says it. Raises Trouble for several."""
    if word:
        return reading.revision(word, "stack")
    if environ.get("RAILYARD_STACK") or environ.get("RAILYARD_ENVIRONMENT"):
        return None
    found = standing(client())
    if STACK in found or not found:
        return None
    if len(found) > 1:
        raise Trouble(f"There are several stacks here: {', '.join(found)}. Say which one: make join ARGS={found[0]}")
    return found[0]


def join(words: Sequence[str]) -> int:
    """``make join``: become ansible-playbook."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    own, options = playbooks.parted(words)
    if len(own) > 1:
        raise Trouble(f"join takes one stack at most, and options of ansible-playbook; it was given {' '.join(own)!r}.")
    region = os.environ.get("AWS_REGION") or REGION
    try:
        meant = stack(own[0] if own else None, os.environ, lambda: boto3.client("ec2", region_name=region))
    except (BotoCoreError, ClientError) as error:
        raise Trouble(
            f"AWS cannot be asked which stacks there are in {region}: {error}\nCheck the credentials with"
            " `aws sts get-caller-identity`, or name the stack: make join ARGS=NAME"
        ) from None
    if meant:
        os.environ["RAILYARD_STACK"] = meant
    os.execvp("ansible-playbook", ["ansible-playbook", "playbooks/join.yml", *options])
