#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_surplus
short_description: Remove what of a stack was made twice and holds nothing
version_added: 0.1.0
description:
  - AWS may carry a request out and answer with an error. The SDK repeats it, and where the request takes no token there are
    two things of one name, such as two VPCs.
  - Removes the one that M(railyard.aws.stack_info) lists as its RV(railyard.aws.stack_info#module:surplus). It is judged once
    more before; what is in use, or does not carry the stack's tags, is never touched.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Says what would be removed, and removes nothing.
  diff_mode:
    support: full
    description: Shows what goes.
options:
  stack:
    description: Value of the tag C(Stack).
    type: str
    required: true
  kind:
    description: The kind, as RV(railyard.aws.stack_info#module:surplus) names it.
    type: str
    required: true
  id:
    description: Its id.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: railyard.aws.stack_info
"""

EXAMPLES = r"""
- name: Gather the network
  railyard.aws.stack_info:
    stack: railyard
    kinds: [vpc, internet_gateways, elastic_ips]
  register: __look

- name: Remove what was made twice
  railyard.aws.stack_surplus:
    stack: railyard
    kind: "{{ item.kind }}"
    id: "{{ item.id }}"
  loop: "{{ __look.surplus }}"
"""

RETURN = r"""
kind:
  description: The kind.
  returned: success
  type: str
  sample: vpc
name:
  description: The name that it shared, and its id; its id alone where it is no longer there twice.
  returned: success
  type: str
  sample: railyard (vpc-0123456789abcdef1)
action:
  description: What was or would be done.
  returned: success
  type: str
  sample: delete
msg:
  description: What was removed, and why it could go.
  returned: when removed
  type: str
  sample: >-
    VPC 'railyard' (vpc-0123456789abcdef1) is removed: made twice; vpc-0123456789abcdef0 is the one that is used, and this one
    holds nothing
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.picture import entries_by_kind
from ansible_collections.railyard.aws.plugins.module_utils._inventory.reading import read_stack
from ansible_collections.railyard.aws.plugins.module_utils._inventory.surplus import remove, resolve
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError


def remove_surplus(module: AnsibleAWSModule) -> dict[str, Any]:
    """What the module returns.

    Raises ResourceError for what people must mend, botocore's errors for what AWS refused.
    """
    stack, kind, resource_id = module.params["stack"], module.params["kind"], module.params["id"]
    removable = [name for name, one in KINDS.items() if one.removal]
    if kind not in removable:
        raise ResourceError(f"kind is '{kind}', of which nothing is removed by itself. Kinds are: {', '.join(removable)}.")
    raw, _zones = read_stack(module.client, stack, [kind], module.region)
    _kept, surplus, _questions = resolve(module.client, entries_by_kind(raw), stack, module.region)
    found = next((one for one in surplus if one["id"] == resource_id), None)
    if found is None:
        return {"changed": False, "kind": kind, "name": resource_id, "action": "delete"}
    said = f"{KINDS[kind].label} '{found['name']}' ({resource_id})"
    msg = f"{said} {'would be' if module.check_mode else 'is'} removed: {found['reason']}"
    if not module.check_mode:
        remove(module.client, kind, resource_id)
    # People are told, whatever they show of what a run changes.
    module.warn(msg)
    diff = {"before": f"{said}\n", "after": ""}
    return {"changed": True, "kind": kind, "name": f"{found['name']} ({resource_id})", "action": "delete", "msg": msg, "diff": diff}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "stack": {"type": "str", "required": True},
            "kind": {"type": "str", "required": True},
            "id": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**remove_surplus(module))
    except ResourceError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot remove {module.params['id']}, which was made twice")


if __name__ == "__main__":
    main()
