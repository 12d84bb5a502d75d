#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: s3_release_copy
short_description: Copy an archive of a release from the bucket of one stack to that of another
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - An archive that is in the bucket already is left as it is.
  - S3 copies, so nothing is sent from this machine. The SHA-256 that the archive was stored with has to be that of its content, as S3
    computed it; where S3 has computed none, the archive is read.
  - Source archives are read, and have to hold what their O(revision) says.
  - Buckets of another account are refused.
options:
  from_bucket:
    description: Bucket that has the archive.
    type: str
    required: true
  to_bucket:
    description: Bucket that gets it.
    type: str
    required: true
  key:
    description: Key in both.
    type: str
    required: true
  account_id:
    description: Account of both.
    type: str
    required: true
  revision:
    description: SHA-256 of the content before compression, for a source archive.
    type: str
  missing_ok:
    description: Whether the archive may be missing in O(from_bucket).
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says whether an archive would be copied, and copies none.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
notes:
  - Needs C(s3:GetObject) and C(s3:ListBucket) on the one bucket, C(s3:GetObject) and C(s3:PutObject) on the other.
"""

EXAMPLES = r"""
- name: Copy what staging has built
  railyard.aws.s3_release_copy:
    from_bucket: railyard-staging-artifacts-123456789012-ap-northeast-1
    to_bucket: railyard-artifacts-123456789012-ap-northeast-1
    key: app/builds/3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8/Debian-12-x86_64-0123456789abcdef.tar.gz
    account_id: "123456789012"
"""

RETURN = r"""
exists:
  description: Whether the archive is in O(to_bucket), or would be.
  returned: success
  type: bool
there:
  description: Keys in O(from_bucket) beside O(key), which is missing there.
  returned: when RV(exists) is false
  type: list
  elements: str
sha256:
  description: SHA-256 of what was copied.
  returned: when an archive of a build was copied
  type: str
"""

import base64
import hashlib
import zlib
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

ABSENT = ("404", "NoSuchKey", "NotFound")
GZIP = 16 + zlib.MAX_WBITS
CHUNK = 1 << 20


class CopyError(Exception):
    """An archive that is not what it should be; the message is for people."""


def looked(s3: Any, bucket: str, key: str, account: str) -> dict[str, Any] | None:
    """What S3 knows of an object, its own checksum included; None where there is none."""
    try:
        found: dict[str, Any] = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", ExpectedBucketOwner=account, aws_retry=True)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None
    return found


def read_sha256(s3: Any, wanted: dict[str, Any], etag: str, unpack: bool) -> str:
    """SHA-256 of an archive, or of its content before compression. Raises CopyError."""
    bucket, key = wanted["from_bucket"], wanted["key"]
    body = s3.get_object(Bucket=bucket, Key=key, IfMatch=etag, ExpectedBucketOwner=wanted["account_id"], aws_retry=True)["Body"]
    digest, unpacked = hashlib.sha256(), zlib.decompressobj(GZIP)
    try:
        while packed := body.read(CHUNK):
            if not unpack:
                digest.update(packed)
                continue
            while packed:
                digest.update(unpacked.decompress(packed, CHUNK))
                packed = unpacked.unconsumed_tail
        digest.update(unpacked.flush())
    except zlib.error as error:
        raise CopyError(f"s3://{bucket}/{key} is no archive ({error}).") from error
    return digest.hexdigest()


def as_hex(checksum: str | None) -> str:
    """A checksum of S3 as everybody else writes it; empty where S3 has none of the whole object."""
    return "" if not checksum or "-" in checksum else base64.b64decode(checksum).hex()


def assert_whole(s3: Any, wanted: dict[str, Any], found: dict[str, Any]) -> str:
    """Return the SHA-256 that the copy has to have; empty for a source archive. Raises CopyError."""
    place = f"s3://{wanted['from_bucket']}/{wanted['key']}"
    mend = f"Somebody has changed it: look for who may write there, delete it (`aws s3 rm {place}`) and deploy it there once more."
    if wanted["revision"]:
        content = read_sha256(s3, wanted, found["ETag"], unpack=True)
        if content != wanted["revision"]:
            raise CopyError(f"{place} holds {content}, and not what its name says. {mend}")
        return ""
    said = found["Metadata"].get("sha256", "")
    # What S3 computed as it came saves reading it.
    computed = as_hex(found.get("ChecksumSHA256")) or read_sha256(s3, wanted, found["ETag"], unpack=False)
    if said != computed:
        raise CopyError(f"{place} was stored as {said or 'nothing'}, and is {computed}. {mend}")
    return str(said)


def beside(s3: Any, wanted: dict[str, Any]) -> list[str]:
    """Keys of the bucket in the folder of the one that is missing."""
    folder = wanted["key"].rpartition("/")[0] + "/"
    answer = s3.list_objects_v2(Bucket=wanted["from_bucket"], Prefix=folder, ExpectedBucketOwner=wanted["account_id"], aws_retry=True)
    return sorted(one["Key"] for one in answer.get("Contents", []))


def run(s3: Any, wanted: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Return the result for exit_json. Raises CopyError and botocore's errors."""
    key, account = wanted["key"], wanted["account_id"]
    if looked(s3, wanted["to_bucket"], key, account):
        return {"changed": False, "exists": True}
    found = looked(s3, wanted["from_bucket"], key, account)
    if not found:
        there = beside(s3, wanted)
        if wanted["missing_ok"]:
            return {"changed": False, "exists": False, "there": there}
        raise CopyError(f"s3://{wanted['from_bucket']}/{key} is not there; beside it are: {', '.join(there) or 'none'}.")
    sha256 = assert_whole(s3, wanted, found)
    if not check_mode:
        answer = s3.copy_object(
            Bucket=wanted["to_bucket"],
            Key=key,
            CopySource={"Bucket": wanted["from_bucket"], "Key": key},
            # What was looked at, and nothing that has come since.
            CopySourceIfMatch=found["ETag"],
            ChecksumAlgorithm="SHA256",
            ExpectedBucketOwner=account,
            ExpectedSourceBucketOwner=account,
            aws_retry=True,
        )
        copied = as_hex(answer["CopyObjectResult"].get("ChecksumSHA256"))
        if sha256 and copied and copied != sha256:
            place = f"s3://{wanted['to_bucket']}/{key}"
            raise CopyError(f"{place} came as {copied} in place of {sha256}; delete it (`aws s3 rm {place}`) and run the same command again.")
    return {"changed": True, "exists": True} | ({"sha256": sha256} if sha256 else {})


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "from_bucket": {"type": "str", "required": True},
            "to_bucket": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "account_id": {"type": "str", "required": True},
            "revision": {"type": "str"},
            "missing_ok": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    s3 = module.client("s3", retry_decorator=AWSRetry.jittered_backoff())
    try:
        result = run(s3, module.params, module.check_mode)
    except CopyError as error:
        module.fail_json(msg=str(error))
    except (ClientError, BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"s3://{module.params['from_bucket']}/{module.params['key']} could not be copied to {module.params['to_bucket']}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
