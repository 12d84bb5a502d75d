# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of what RDS and ElastiCache list without them: asked one by one, side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Raw

WORKERS = 4


@AWSRetry.jittered_backoff(retries=8)
def pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Raw]:
    """Every item of a list operation over all of its pages; raises botocore's errors once retries are used up."""
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key) or []]


@AWSRetry.jittered_backoff(retries=8)
def _tags(client: Any, arn: str) -> list[dict[str, str]] | None:
    """Tags of a thing; None where AWS does not tell: it went meanwhile, or is being made or removed."""
    try:
        return client.list_tags_for_resource(ResourceName=arn)["TagList"]
    except ClientError as error:
        code = error.response["Error"]["Code"].removesuffix("Fault")
        if code.endswith(("NotFound", "InvalidReplicationGroupState")):
            return None
        raise


def is_stacks(tags: list[dict[str, str]] | None, stack: str) -> bool:
    return {"Key": "Stack", "Value": stack} in (tags or [])


def tagged(client: Any, items: list[Raw], arn_key: str, stack: str, untold: Callable[[Raw], bool] = lambda item: False) -> list[Raw]:
    """Those of ``items`` that carry the tag ``Stack=<stack>``, each with its ``Tags``.

    ``untold`` says of one whose tags AWS does not tell whether it is the stack's.
    """
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        tags = list(pool.map(lambda item: _tags(client, item[arn_key]), items))
    return [{**item, "Tags": found or []} for item, found in zip(items, tags, strict=True) if is_stacks(found, stack) or (found is None and untold(item))]
