# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is the stack's: by its tag Stack, by its name where that was lost, by standing in the stack's VPC."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import WORKERS, ask, filters
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

Read = Callable[[Any, Scope], list[Raw]]


def belongs_to_stack(tags: list[dict[str, str]] | None, stack: str) -> bool:
    """Whether the tag Stack says so."""
    return {"Key": "Stack", "Value": stack} in (tags or [])


def belongs_by_tag_or_name(raw: Raw, stack: str) -> bool:
    """Whether a thing is the stack's: by its tag Stack or, where somebody took that away, by its name.

    So the role that made it finds it again and puts the tag back, where it would else make a second one.
    """
    tags = tags_of(raw)
    if "Stack" in tags:
        return tags["Stack"] == stack
    name = raw.get("GroupName") or tags.get("Name") or ""
    return name == stack or name.startswith(f"{stack}-")


def by_tag(operation: str, key: str, argument: str = "Filters", **more: Any) -> Read:
    """Reads what carries the tag ``Stack=<stack>``, where the list can be filtered by it (the name of the ``argument``)."""
    return lambda client, scope: read_all(client, operation, key, **{argument: filters(**{"tag:Stack": [scope.stack]})}, **more)


def all_in_vpcs(operation: str, key: str) -> Read:
    """Reads what stands in the stack's VPCs, whosever it is."""

    def read(ec2: Any, scope: Scope) -> list[Raw]:
        vpc_ids = scope.vpc_ids()
        return read_all(ec2, operation, key, Filters=filters(**{"vpc-id": vpc_ids})) if vpc_ids else []

    return read


def in_vpcs(operation: str, key: str) -> Read:
    """Reads what is the stack's of what stands in its VPCs."""
    read = all_in_vpcs(operation, key)
    return lambda ec2, scope: [item for item in read(ec2, scope) if belongs_by_tag_or_name(item, scope.stack)]


def _asked(client: Any, arn: str) -> list[dict[str, str]] | None:
    """Tags of a thing; None where they are unavailable: it went meanwhile, or is being made or removed."""
    try:
        return ask(client, "list_tags_for_resource", ResourceName=arn)["TagList"]
    except ClientError as error:
        code = error.response["Error"]["Code"].removesuffix("Fault")
        if code.endswith(("NotFound", "InvalidReplicationGroupState")):
            return None
        raise


def with_stacks_tag(client: Any, items: list[Raw], arn_key: str, stack: str, if_unavailable: Callable[[Raw], bool] = lambda item: False) -> list[Raw]:
    """Those of ``items`` that carry the tag ``Stack=<stack>``, each with its ``Tags``, asked side by side.

    ``if_unavailable`` says of one whose tags AWS does not tell whether it is the stack's.
    """
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        asked = list(pool.map(lambda item: _asked(client, item[arn_key]), items))
    return [
        {**item, "Tags": tags or []}
        for item, tags in zip(items, asked, strict=True)
        if belongs_to_stack(tags, stack) or (tags is None and if_unavailable(item))
    ]
