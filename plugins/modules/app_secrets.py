#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_secrets
short_description: Put into effect what somebody proposed for an application's secrets, or bring back what was before
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Names and values that people give an application's environment are one secret of Secrets Manager. M(community.aws.secretsmanager_secret)
    would take them as arguments; here a value never passes through Ansible. C(make secret) writes what is asked for as a version that
    nobody reads, and this module, under the lock of the stack, makes it count.
options:
  name:
    description: Name of the secret.
    type: str
    required: true
  proposal:
    description: The version that says what is to change.
    type: str
  bring_back:
    description: The version whose values are to be current again.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says which names would change.
    support: full
  diff_mode:
    description: Values are shown nowhere.
    support: none
notes:
  - Needs C(secretsmanager:GetSecretValue), C(secretsmanager:PutSecretValue) and C(secretsmanager:UpdateSecretVersionStage).
"""

EXAMPLES = r"""
- name: Put into effect what was proposed
  railyard.aws.app_secrets:
    name: /railyard/app/env
    proposal: 7a1f4a40-8f4b-4a31-9d0e-2f6f0e1d2c3b
  register: taken

- name: Bring back what was before
  railyard.aws.app_secrets:
    name: /railyard/app/env
    bring_back: "{{ taken.previous }}"
"""

RETURN = r"""
names:
  description: Names of which the value changed, none of them with it.
  returned: success
  type: list
  elements: str
previous:
  description: The version that was current before.
  returned: when O(proposal) is given
  type: str
"""

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._deploy import people_secrets
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            proposal=dict(type="str"),
            bring_back=dict(type="str"),
        ),
        mutually_exclusive=[("proposal", "bring_back")],
        required_one_of=[("proposal", "bring_back")],
        supports_check_mode=True,
    )
    given = module.params
    client = module.client("secretsmanager", retry_decorator=AWSRetry.jittered_backoff())
    try:
        if given["proposal"]:
            result = people_secrets.accept(client, given["name"], given["proposal"], module.check_mode)
        else:
            result = people_secrets.bring_back(client, given["name"], given["bring_back"], module.check_mode)
    except people_secrets.SecretError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"The secret '{given['name']}' could not be changed")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
