# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one way to list: all pages of what AWS gives in pages."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry


@AWSRetry.jittered_backoff(retries=8)
def read_all(client: Any, operation: str, key: str, **request: Any) -> list[Any]:
    """Every item of a list operation over all of its pages; raises botocore's errors once retries are used up.

    :arg key: of the list in an answer; ``Outer.Inner`` of one that stands within another.
    """
    if client.can_paginate(operation):
        return [item for page in client.get_paginator(operation).paginate(**request) for item in _items(page, key)]
    return _items(getattr(client, operation)(**request), key)


def _items(answer: dict[str, Any], key: str) -> list[Any]:
    *outer, inner = key.split(".")
    for part in outer:
        answer = answer.get(part) or {}
    return list(answer.get(inner) or [])
