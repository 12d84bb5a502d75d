#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stack_receipts
short_description: Keep and list who did what to the application of a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Each receipt is a version of one parameter in the Parameter Store, of which AWS keeps the last hundred. None is changed
    afterwards, and two runs never write over one another's.
  - Without O(what) they are only read.
options:
  name:
    description: Name of the parameter.
    type: str
    required: true
  what:
    description: What was done. Passwords and tokens in URLs are not kept.
    type: str
  by:
    description: Who did it, and from where. Required with O(what).
    type: str
  server:
    description: The server on which it was done, if it was one.
    type: str
    default: ""
  since:
    description: When it began, in seconds since 1970; how long it took is reckoned from it.
    type: float
  result:
    description: How it ended.
    type: str
    default: ""
  stack:
    description: Name of the stack, as RV(notice) says it.
    type: str
    default: ""
  tags:
    description: Tags of the parameter when it is made.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Keeps nothing.
    support: full
  diff_mode:
    description: A receipt changes nothing that could be compared.
    support: none
notes:
  - Needs C(ssm:PutParameter), C(ssm:AddTagsToResource) and C(ssm:GetParameterHistory).
"""

EXAMPLES = r"""
- name: Write down what was done
  railyard.aws.stack_receipts:
    name: /railyard/app/receipts
    by: kim@laptop
    what: restart
    result: done

- name: Read who did what
  railyard.aws.stack_receipts:
    name: /railyard/app/receipts
  register: receipts
"""

RETURN = r"""
notice:
  description: The receipt in a line for a chat, as Slack's webhooks take a C(text).
  returned: when O(what) is given
  type: str
  sample: "railyard: kim@laptop: deploy main of git@example.com:shop.git: 3f2a91c07d55 is current (48 s)"
receipts:
  description: All that are kept, the newest first.
  returned: when O(what) is not given
  type: list
  elements: dict
  sample:
    - at: "2026-11-24T04:00:00+00:00"
      by: kim@laptop
      what: deploy 3f2a91c07d55
      seconds: 48
      result: done
"""

import time

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._deploy import notices, receipts
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


def run(client, params, check_mode):
    """Return the result for exit_json."""
    if not params["what"]:
        return {"changed": False, "receipts": receipts.listed(client, params["name"])}
    seconds = None if params["since"] is None else time.time() - params["since"]
    entry = receipts.receipt(params["by"], params["what"], params["server"], seconds, params["result"])
    if not check_mode:
        receipts.add(client, params["name"], entry, params["tags"] or {})
    # Of the stack nothing is changed by that.
    return {"changed": False, "notice": notices.text(params["stack"], entry)}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            what=dict(type="str"),
            by=dict(type="str"),
            server=dict(type="str", default=""),
            since=dict(type="float"),
            result=dict(type="str", default=""),
            stack=dict(type="str", default=""),
            tags=dict(type="dict"),
        ),
        required_by={"what": ["by"]},
        supports_check_mode=True,
    )
    client = module.client("ssm", retry_decorator=AWSRetry.jittered_backoff())
    try:
        result = run(client, module.params, module.check_mode)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"The receipts '{module.params['name']}' could not be {'kept' if module.params['what'] else 'read'}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
