#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: s3_test_objects
short_description: Remove the objects by which AWS's services tried a bucket
version_added: 0.1.0
description:
  - Load balancers write C(AWSLogs/<account>/ELBAccessLogTestFile) into the bucket of their access logs, and SES
    C(AMAZON_SES_SETUP_NOTIFICATION) into that of received mail, once each time that they are told of the bucket. Nobody removes
    them, and a bucket that holds them cannot be deleted.
  - Removes exactly these objects, all their versions included, and nothing else. A bucket that holds anything else is left as it
    is.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Says what would go.
  diff_mode:
    support: none
    description: What went is in RV(removed).
options:
  bucket:
    description: Name of the bucket.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.s3_bucket
notes:
  - Needs C(s3:ListBucketVersions), C(s3:DeleteObject) and C(s3:DeleteObjectVersion).
"""

EXAMPLES = r"""
- name: Remove what AWS itself left in the bucket
  railyard.aws.s3_test_objects:
    bucket: railyard-logs-123456789012-ap-northeast-1

- name: Delete the bucket, which only succeeds if it is empty
  amazon.aws.s3_bucket:
    name: railyard-logs-123456789012-ap-northeast-1
    state: absent
"""

RETURN = r"""
removed:
  description: Keys of the objects that were removed, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [alb/AWSLogs/123456789012/ELBAccessLogTestFile]
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._s3.test_objects import contents, is_test_object


def found_in(s3: Any, bucket: str) -> list[dict[str, Any]]:
    """Versions of test objects in a bucket that holds nothing else; none where it does, or there is no bucket."""
    versions: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        try:
            page = s3.list_object_versions(Bucket=bucket, aws_retry=True, **more)
        except is_boto3_error_code("NoSuchBucket"):
            return []
        versions += contents(page)
        if not all(is_test_object(one["Key"]) for one in versions):
            return []
        if not page.get("IsTruncated"):
            return versions
        more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec={"bucket": {"type": "str", "required": True}}, supports_check_mode=True)
    bucket = module.params["bucket"]
    s3 = module.client("s3", retry_decorator=AWSRetry.jittered_backoff(retries=8))
    try:
        versions = found_in(s3, bucket)
        for one in versions if not module.check_mode else []:
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"], aws_retry=True)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot remove what AWS itself left in the bucket {bucket}")
    module.exit_json(changed=bool(versions), removed=sorted({one["Key"] for one in versions}))


if __name__ == "__main__":
    main()
