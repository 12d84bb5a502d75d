#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stack_lock
short_description: Let one run at a time change a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - The lock is a parameter in the Parameter Store. AWS decides who was first, and the lock outlives the process that
    took it, so that a run that was killed half-way is noticed.
  - There is a corresponding action plugin, which says which process of the controller takes the lock, waits for O(timeout)
    and tells meanwhile for whom.
  - A lock that the same process of Ansible holds already is had, and nothing is changed. One whose process was on this
    machine and has ended is taken over.
  - With the callback P(railyard.aws.lock#callback) it is given back at the end of the run, however that ends.
options:
  name:
    description: Name of the parameter.
    type: str
    required: true
  stack:
    description: Name of the stack, for messages.
    type: str
    default: ""
  state:
    description: Take the lock, or give it back.
    type: str
    choices: [held, released]
    default: held
  owner:
    description: Who takes it, for others to read. Required when O(state=held).
    type: str
  purpose:
    description: What for, for others to read. By default the playbook's name.
    type: str
    default: ""
  takeover:
    description: Whether to take the lock from whoever holds it.
    type: bool
    default: false
  takeover_command:
    description: Command that the message for the next one names. By default the playbook's, with C(-e take_lock=true).
    type: str
    default: ""
  timeout:
    description: Seconds to wait for another run.
    type: int
    default: 0
  token:
    description: What taking the lock returned. Required when O(state=released); a lock that others hold by now stays.
    type: str
  process:
    description: Which process takes it (machine, pid, started). The action plugin says it.
    type: dict
  tags:
    description: Tags of the parameter.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says whether the lock could be had, and takes none.
    support: full
  diff_mode:
    description: A lock has no content worth comparing.
    support: none
notes:
  - Needs C(ssm:GetParameter), C(ssm:PutParameter), C(ssm:DeleteParameter) and C(ssm:AddTagsToResource).
"""

EXAMPLES = r"""
- name: Acquire the lock
  railyard.aws.stack_lock:
    name: /railyard-locks/railyard
    stack: railyard
    owner: kim@laptop
  register: lock

- name: Give it back
  railyard.aws.stack_lock:
    name: /railyard-locks/railyard
    state: released
    token: "{{ lock.token }}"
"""

RETURN = r"""
token:
  description: Proves who took the lock.
  returned: when O(state=held)
  type: str
name:
  description: Name of the parameter.
  returned: when O(state=held)
  type: str
region:
  description: Where it is.
  returned: when O(state=held)
  type: str
taken_from:
  description: Owner of the lock that was taken over.
  returned: when O(state=held) and that happened
  type: str
holder:
  description: Owner of the lock.
  returned: when O(state=held) and another run has it
  type: str
lost_to:
  description: Owner who took the lock over in the meantime.
  returned: when O(state=released) and that happened
  type: str
"""

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._deploy.parameters import ParameterError
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._lock import lock


def hold(module, client):
    """Take the lock; the result for exit_json. Raises lock.Held when another run has it."""
    given = module.params
    wanted = {"owner": given["owner"], "purpose": given["purpose"], "process": given["process"] or {}}
    token, before = lock.take(client, given["name"], wanted, given["takeover"], given["tags"] or {}, module.check_mode)
    result = {"changed": False, "token": token, "name": given["name"], "region": module.region}
    return result | ({"taken_from": before["owner"]} if before else {})


def release(module, client):
    """Give the lock back; the result for exit_json."""
    _given_back, holder = lock.release(client, module.params["name"], module.params["token"], module.check_mode)
    return {"changed": False} | ({"lost_to": holder} if holder else {})


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            stack=dict(type="str", default=""),
            state=dict(type="str", choices=["held", "released"], default="held"),
            owner=dict(type="str"),
            purpose=dict(type="str", default=""),
            takeover=dict(type="bool", default=False),
            takeover_command=dict(type="str", default=""),
            timeout=dict(type="int", default=0),
            # Only tells one run from another: whoever may read the parameter may read it.
            token=dict(type="str", no_log=False),
            process=dict(type="dict"),
            tags=dict(type="dict"),
        ),
        required_if=[("state", "held", ["owner"]), ("state", "released", ["token"])],
        supports_check_mode=True,
    )
    client = module.client("ssm", retry_decorator=AWSRetry.jittered_backoff())
    act = hold if module.params["state"] == "held" else release
    try:
        result = act(module, client)
    except lock.Held as held:
        words = lock.refusal(held.lock, module.params["stack"], module.params["takeover_command"])
        module.fail_json(msg=words, holder=held.lock["owner"])
    except ParameterError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"The lock '{module.params['name']}' could not be {module.params['state']}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
