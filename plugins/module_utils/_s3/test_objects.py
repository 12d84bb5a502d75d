# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects by which AWS's own services try whether they may write to a bucket, and which they leave there for ever."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

#: Keys, whatever prefix the bucket's owner chose: of load balancers' access logs, and of SES's received mail.
_KEYS = re.compile(r"(?:.*/)?AWSLogs/\d{12}/ELBAccessLogTestFile|.*AMAZON_SES_SETUP_NOTIFICATION")
#: More versions than that are looked at by nobody who only asks whether a bucket is empty.
FEW = 20


def is_test_object(key: str) -> bool:
    """Whether AWS itself made the object of this key, and nobody misses it."""
    return _KEYS.fullmatch(key) is not None


def contents(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What an answer of ListObjectVersions names: versions, and marks of deletions."""
    return [*(answer.get("Versions") or []), *(answer.get("DeleteMarkers") or [])]


@AWSRetry.jittered_backoff(retries=8)
def look(s3: Any, bucket: str) -> tuple[bool, bool]:
    """Whether a bucket holds nothing but test objects, and whether it holds any. Raises botocore's errors."""
    answer = s3.list_object_versions(Bucket=bucket, MaxKeys=FEW)
    found = [is_test_object(one["Key"]) for one in contents(answer)]
    return not answer.get("IsTruncated") and all(found), any(found)
