# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mail that a receipt rule of SES keeps in a bucket."""

from __future__ import annotations

import email
import email.policy
import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: Objects of that size and more are no activation mail.
LARGEST = 256 * 1024


class Mailbox:
    """The mail below a prefix of a bucket that was not there when the smoke test began.

    :param s3: boto3 client
    """

    def __init__(self, s3: Any, bucket: str, prefix: str) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, prefix
        self._seen = set(self._keys())

    def link(self, address: str) -> tuple[str, str] | None:
        """Link in a new message to ``address`` and the key of the message, or None when there is none yet.

        Raises botocore's errors.
        """
        for key in self._keys():
            if key in self._seen:
                continue
            self._seen.add(key)
            message = email.message_from_bytes(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read(), policy=email.policy.default)
            if address.lower() not in str(message.get("To", "")).lower():
                continue
            part = message.get_body(("plain", "html"))
            found = re.search(r"https?://\S+/activate/[\w-]+", part.get_content() if part else "")
            if found:
                return found[0], key
        return None

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _keys(self) -> list[str]:
        objects = read_all(self._s3, "list_objects_v2", "Contents", Bucket=self._bucket, Prefix=self._prefix)
        return [one["Key"] for one in objects if one["Size"] < LARGEST]
