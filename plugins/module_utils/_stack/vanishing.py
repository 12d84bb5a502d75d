# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking at what a list named: lists of AWS lag behind, so one of it may be gone by the time it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

Item = TypeVar("Item")

WORKERS = 4
#: How the services say that there is no such thing, each in its own words.
GONE = frozenset(
    {
        "CacheParameterGroupNotFound",
        "DBParameterGroupNotFound",
        "InvalidResourceId",
        "LoadBalancerNotFound",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchHostedZone",
        "NotFound",
        "NotFoundException",
        "ParameterNotFound",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "TargetGroupNotFound",
    }
)


def unless_gone(look: Callable[[Item], Any], item: Item) -> Any:
    """What ``look`` says of an item; None of one that went meanwhile. Raises botocore's other errors."""
    try:
        return look(item)
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return None
        raise


def still_there(look: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
    """What ``look`` says of each item, side by side, without those that went meanwhile or of which it says None."""
    listed = list(items)
    if not listed:
        return []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        return [seen for seen in pool.map(lambda item: unless_gone(look, item), listed) if seen is not None]


def in_chunks(ask: Callable[[list[Item]], list[Any]], items: list[Item], size: int) -> list[Any]:
    """What ``ask`` says of the items, at most ``size`` at once. AWS refuses a request for one that is gone: then each is asked alone."""
    chunks = [items[start : start + size] for start in range(0, len(items), size)]

    def patient(chunk: list[Item]) -> list[Any]:
        seen = unless_gone(ask, chunk)
        return seen if seen is not None else [one for item in chunk for one in unless_gone(ask, [item]) or []]

    return [one for some in still_there(patient, chunks) for one in some]
