# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking AWS: retried, side by side, and without what went since a list named it, as lists of AWS lag behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Raw

Item = TypeVar("Item")

WORKERS = 4
#: How services say that there is no such thing, each in its own words (NoSuchEntity, DBParameterGroupNotFound ...).
_NOT_FOUND = re.compile(r"NoSuch\w+|\w*NotFound(?:Exception)?|InvalidResourceId")


@AWSRetry.jittered_backoff(retries=8)
def ask(client: Any, operation: str, **arguments: Any) -> Raw:
    """The answer of one operation; raises botocore's errors once retries are used up."""
    return getattr(client, operation)(**arguments)


def filters(**values: list[str]) -> list[dict[str, Any]]:
    """Values by name, as EC2 takes them."""
    return [{"Name": name, "Values": value} for name, value in values.items()]


def unless_not_found(look: Callable[[Item], Any], item: Item) -> Any:
    """What ``look`` says of an item; None of one that went meanwhile. Raises botocore's other errors."""
    try:
        return look(item)
    except ClientError as error:
        if _NOT_FOUND.fullmatch(error.response["Error"]["Code"]):
            return None
        raise


def still_there(look: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
    """What ``look`` says of each item, side by side, without those that went meanwhile or of which it says None."""
    listed = list(items)
    if not listed:
        return []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        return [seen for seen in pool.map(lambda item: unless_not_found(look, item), listed) if seen is not None]


def in_chunks(ask_for: Callable[[list[Item]], list[Any]], items: list[Item], size: int) -> list[Any]:
    """What is said of the items, at most ``size`` at once. AWS refuses a request for one that is gone: then each is asked alone."""
    chunks = [items[start : start + size] for start in range(0, len(items), size)]

    def patient(chunk: list[Item]) -> list[Any]:
        seen = unless_not_found(ask_for, chunk)
        return seen if seen is not None else [one for item in chunk for one in unless_not_found(ask_for, [item]) or []]

    return [one for some in still_there(patient, chunks) for one in some]
