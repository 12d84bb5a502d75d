# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All pages of a list."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry


@AWSRetry.jittered_backoff(retries=8)
def pages(client: Any, operation: str, **request: Any) -> dict[str, Any]:
    """All pages of a list operation as one answer. Raises botocore's ClientError."""
    return client.get_paginator(operation).paginate(**request).build_full_result()
