#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_owner_info
short_description: Tell whose buckets of certain names are
version_added: 0.1.0
description:
  - Names of buckets are unique among all accounts of AWS. This module tells which are free and which another account has,
    before anything is made that depends on them.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  names:
    description: Names of buckets.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.s3_bucket
  - module: amazon.aws.s3_bucket_info
"""

EXAMPLES = r"""
- name: Ask whose the bucket is
  railyard.aws.s3_bucket_owner_info:
    names: [shop-files]
    region: ap-northeast-1
  register: asked

- name: Assert that it is free or ours
  ansible.builtin.assert:
    that: asked.owners['shop-files'] != 'other'
"""

RETURN = r"""
owners:
  description:
    - V(none) where no account has a bucket of the name, V(self) where this account has it, and V(other) where another one has
      it, or these credentials may not see it.
  returned: success
  type: dict
  sample: {shop-files: none}
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

#: What the answer to HeadBucket, which has no body and so no better code, says of the owner.
OWNERS = {"404": "none", "403": "other"}


def owner(s3: Any, name: str, account_id: str) -> str:
    """Whose the bucket is, in the words of RETURN. Raises botocore's errors that say nothing of it."""
    head = AWSRetry.jittered_backoff(retries=8)(s3.head_bucket)
    try:
        head(Bucket=name, ExpectedBucketOwner=account_id)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in OWNERS:
            raise
        return OWNERS[code]
    return "self"


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec={"names": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True)
    names = sorted(set(module.params["names"]))
    try:
        account_id = AWSRetry.jittered_backoff(retries=8)(module.client("sts").get_caller_identity)()["Account"]
        s3 = module.client("s3")
        module.exit_json(changed=False, owners={name: owner(s3, name, account_id) for name in names})
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot ask whose the buckets {', '.join(names)} are")


if __name__ == "__main__":
    main()
