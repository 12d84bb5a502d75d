#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_email_identity
short_description: Keep an e-mail address that Amazon SES may send to or from
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Adds an address to Amazon SES, which then asks its owner by mail to open a link within 24 hours.
  - While an account is in the sandbox of SES, mail reaches such addresses only.
  - Unlike M(community.aws.ses_identity) it knows tags. An address that is there already stays as it is, whoever added it.
options:
  address:
    description: The address.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the address is to be an identity of SES.
    type: str
    choices: [present, absent]
    default: present
  tags:
    description: Tags of an address that is added.
    type: dict
    default: {}
    aliases: [resource_tags]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
seealso:
  - module: railyard.aws.ses_domain_identity
"""

EXAMPLES = r"""
- name: Let mail reach Ada while the account is new
  railyard.aws.ses_email_identity:
    address: ada@example.com
    tags:
      Stack: railyard
"""

RETURN = r"""
identity:
  description: The address; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    address:
      description: The address.
      type: str
      sample: ada@example.com
    verified:
      description: Whether its owner has opened the link.
      type: bool
      sample: false
"""

import re
from typing import Any

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._ses.errors import MailError


def read(client: Any, address: str) -> dict[str, Any] | None:
    """What SES has of the address; None when it is no identity."""
    try:
        return client.get_email_identity(EmailIdentity=address, aws_retry=True)
    except is_boto3_error_code("NotFoundException"):
        return None


def judge(address: str) -> None:
    """Raise MailError for what is no address."""
    if not re.fullmatch(r"[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}", address):
        raise MailError(f"'{address}' is not an e-mail address; write it like ada@example.com.")


def ensure_present(client: Any, address: str, tags: dict[str, str], check_mode: bool) -> dict[str, Any]:
    """Add the address; return the result for exit_json. Raises MailError."""
    judge(address)
    found = read(client, address)
    after = {} if found else {"address": address, "tags": tags}
    if not found and not check_mode:
        client.create_email_identity(EmailIdentity=address, Tags=ansible_dict_to_boto3_tag_list(tags), aws_retry=True)
        found = read(client, address)
    verified = bool(found and found.get("VerifiedForSendingStatus"))
    return {"changed": bool(after), "diff": {"before": {}, "after": after}, "identity": {"address": address, "verified": verified}}


def ensure_absent(client: Any, address: str, check_mode: bool) -> dict[str, Any]:
    """Remove the address; return the result for exit_json."""
    found = read(client, address)
    if found and not check_mode:
        client.delete_email_identity(EmailIdentity=address, aws_retry=True)
    return {"changed": bool(found), "diff": {"before": {"address": address} if found else {}, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            address=dict(type="str", required=True, aliases=["name"]),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            tags=dict(type="dict", default={}, aliases=["resource_tags"]),
        ),
        supports_check_mode=True,
    )
    address = module.params["address"]
    client = module.client("sesv2", retry_decorator=AWSRetry.jittered_backoff(retries=8))
    try:
        if module.params["state"] == "absent":
            result = ensure_absent(client, address, module.check_mode)
        else:
            result = ensure_present(client, address, module.params["tags"], module.check_mode)
    except MailError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Address '{address}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
