# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finding a resource by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.railyard.aws.plugins.module_utils._answers import first


def find_by_name(describe: Callable[..., dict[str, Any]], key: str, missing: str | list[str], **request: Any) -> dict[str, Any] | None:
    """The resource as the API describes it, or None.

    :arg describe: the client's operation.
    :arg key: of the list in its answer.
    :arg missing: code of the error by which AWS says that there is none.
    Raises botocore's other ClientErrors.
    """
    try:
        return first(describe(aws_retry=True, **request), key)
    except is_boto3_error_code(missing):
        return None
