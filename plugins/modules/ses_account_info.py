#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_account_info
short_description: Look at what an account may do with Amazon SES in a region
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Tells whether the account has left the sandbox of SES, whether it may send, and what others of the account have in SES that
    a stack must not take over.
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: railyard.aws.ses_domain_identity
"""

EXAMPLES = r"""
- name: Gather the account
  railyard.aws.ses_account_info:
  register: mail_account

- name: Report where mail goes
  ansible.builtin.debug:
    msg: Mail reaches verified addresses only.
  when: not mail_account.production
"""

RETURN = r"""
production:
  description: Whether the account has left the sandbox, in which mail reaches verified identities only.
  returned: success
  type: bool
sending:
  description: Whether SES sends for the account; it stops doing so after too many bounces or complaints.
  returned: success
  type: bool
enforcement:
  description: What SES thinks of the account.
  returned: success
  type: str
  sample: HEALTHY
most_per_day:
  description: How many messages SES takes in 24 hours.
  returned: success
  type: int
  sample: 200
sent_last_day:
  description: How many it took in the last 24 hours.
  returned: success
  type: int
  sample: 3
identities:
  description: Names of all identities of the region, whoever made them.
  returned: success
  type: list
  elements: str
  sample: [example.com, ada@example.net]
active_rule_set:
  description: Name of the active receipt rule set, whoever made it; empty when there is none.
  returned: success
  type: str
  sample: railyard-mail
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


def identities(sesv2: Any) -> list[str]:
    """Names of all identities, sorted."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = sesv2.list_email_identities(PageSize=1000, aws_retry=True, **token)
        found += [one["IdentityName"] for one in page.get("EmailIdentities") or []]
        if not page.get("NextToken"):
            return sorted(found)
        token = {"NextToken": page["NextToken"]}


def active_rule_set(ses: Any) -> str:
    """Name of the active receipt rule set; empty without one, and where SES does not receive."""
    try:
        answer = ses.describe_active_receipt_rule_set(aws_retry=True)
    except is_boto3_error_code("InvalidAction"):
        return ""
    return (answer.get("Metadata") or {}).get("Name", "")


def look(ses: Any, sesv2: Any) -> dict[str, Any]:
    """What the module returns. Raises botocore's errors."""
    account = sesv2.get_account(aws_retry=True)
    quota = account.get("SendQuota") or {}
    return {
        "production": bool(account.get("ProductionAccessEnabled")),
        "sending": bool(account.get("SendingEnabled")),
        "enforcement": account.get("EnforcementStatus", ""),
        "most_per_day": int(quota.get("Max24HourSend", 0)),
        "sent_last_day": int(quota.get("SentLast24Hours", 0)),
        "identities": identities(sesv2),
        "active_rule_set": active_rule_set(ses),
    }


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec={}, supports_check_mode=True)
    retry = AWSRetry.jittered_backoff(retries=8)
    ses, sesv2 = (module.client(service, retry_decorator=retry) for service in ("ses", "sesv2"))
    try:
        module.exit_json(changed=False, **look(ses, sesv2))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot look at SES in {module.region}")


if __name__ == "__main__":
    main()
