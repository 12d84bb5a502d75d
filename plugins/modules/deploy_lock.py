#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: deploy_lock
short_description: Let one deployment at a time work on a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - The lock is a parameter in the Parameter Store. AWS decides who was first, and the lock outlives the process that
    took it, so that a deployment that was killed half-way is noticed.
options:
  name:
    description: Name of the parameter.
    type: str
    required: true
  state:
    description: Take the lock, or give it back.
    type: str
    choices: [held, released]
    default: held
  owner:
    description: Who takes it, for others to read. Required when O(state=held).
    type: str
  purpose:
    description: What for, for others to read.
    type: str
    default: ""
  takeover:
    description: Whether to take the lock from whoever holds it.
    type: bool
    default: false
  takeover_command:
    description: Command that the message for the next one names.
    type: str
    default: ansible-playbook playbooks/deploy.yml -e take_lock=true
  token:
    description: What taking the lock returned. Required when O(state=released); a lock that others hold by now stays.
    type: str
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
"""

EXAMPLES = r"""
- name: Take the lock
  railyard.aws.deploy_lock:
    name: /railyard/app/deploy-lock
    owner: kim@laptop
    purpose: deploy of main
  register: lock

- name: Give it back
  railyard.aws.deploy_lock:
    name: /railyard/app/deploy-lock
    state: released
    token: "{{ lock.token }}"
"""

RETURN = r"""
token:
  description: Proves who took the lock.
  returned: when O(state=held)
  type: str
lost_to:
  description: Owner who took the lock over in the meantime.
  returned: when O(state=released) and that happened
  type: str
"""

import uuid
from datetime import UTC, datetime

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._deploy import parameters
from ansible_collections.railyard.aws.plugins.module_utils._deploy.parameters import ParameterError

DESCRIPTION = "Held while a deployment is under way"


def age(since, now):
    """Return how long ago ``since`` (ISO 8601) was, for people."""
    minutes = int((now - datetime.fromisoformat(since)).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def refusal(lock, command, now):
    """Return why the lock cannot be had, and what to do."""
    purpose = f" for {lock['purpose']}" if lock.get("purpose") else ""
    return (
        f"{lock['owner']} has been deploying since {lock['since']} ({age(lock['since'], now)}){purpose}. Wait until that is"
        f" done. Should it have been killed, take the lock over: `{command}`"
    )


def hold(client, params, check_mode):
    """Take the lock; return the result for exit_json. Raises ParameterError when another one has it."""
    now = datetime.now(UTC).replace(microsecond=0)
    lock = {
        "owner": params["owner"],
        "purpose": params["purpose"],
        "since": now.isoformat(),
        "token": uuid.uuid4().hex,
    }
    taken = parameters.read(client, params["name"])
    if taken and not params["takeover"]:
        raise ParameterError(refusal(taken, params["takeover_command"], now))
    if not check_mode:
        if taken:
            parameters.replace(client, params["name"], lock)
        elif not parameters.create(client, params["name"], lock, DESCRIPTION, params["tags"]):
            winner = parameters.read(client, params["name"]) or lock
            raise ParameterError(refusal(winner, params["takeover_command"], now))
    return {"changed": True, "token": lock["token"]}


def release(client, params, check_mode):
    """Give the lock back; return the result for exit_json."""
    lock = parameters.read(client, params["name"])
    if lock is None:
        return {"changed": False}
    if lock.get("token") != params["token"]:
        return {"changed": False, "lost_to": lock.get("owner", "somebody")}
    if not check_mode:
        parameters.delete(client, params["name"])
    return {"changed": True}


def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["held", "released"], default="held"),
            owner=dict(type="str"),
            purpose=dict(type="str", default=""),
            takeover=dict(type="bool", default=False),
            takeover_command=dict(type="str", default="ansible-playbook playbooks/deploy.yml -e take_lock=true"),
            # Only tells one run from another: whoever may read the parameter may read it.
            token=dict(type="str", no_log=False),
            tags=dict(type="dict"),
        ),
        required_if=[("state", "held", ["owner"]), ("state", "released", ["token"])],
        supports_check_mode=True,
    )
    client = module.client("ssm", retry_decorator=AWSRetry.jittered_backoff())
    act = hold if module.params["state"] == "held" else release
    try:
        result = act(client, module.params, module.check_mode)
    except ParameterError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"The lock '{module.params['name']}' could not be {module.params['state']}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
