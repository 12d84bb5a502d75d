#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_info
short_description: Look once at everything a stack has in an AWS region
version_added: 0.1.0
description:
  - Describes every resource that carries the tag C(Stack) with the stack's name, keyed by kind and name, in one
    process with paginated calls made side by side.
  - Roles take the ids of their neighbours' resources from it, so that each role also works alone.
  - What stands in a VPC and lost its tag C(Stack) is still found when its name is the stack's name or starts with it
    and a hyphen, so that the role that made it can put the tag back. Network interfaces in the VPC are all listed.
  - Identities (roles, instance profiles, groups, users) are the stack's when they lie below the IAM path
    C(/railyard/STACK/REGION/). Buckets are looked for among those whose name starts with the stack's name and a hyphen.
  - Where the callback P(railyard.aws.looks#callback) is enabled, the tasks of a run share what they saw until one of them changes
    something. An attempt of a task with C(until) after its first always asks AWS.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Reads only. What O(require) names and does not exist is answered with placeholders in check mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  stack:
    description: Value of the tag C(Stack) on the resources to look at.
    type: str
    required: true
  kinds:
    description:
      - Which kinds to ask for, such as C(vpc) or C(instances); without it all. Every kind costs one call or a few; fewer kinds
        make it quicker.
      - The kinds, and what is told of each, are listed in U(https://github.com/railyard/railyard.aws/blob/main/docs/KINDS.md). One
        that is unknown is answered with the names of all.
    type: list
    elements: str
  require:
    description:
      - Names that must exist, as lists of names by kind. Kinds named here are asked for even if O(kinds) leaves them out.
      - When one is missing the module fails and names the role that makes it. In check mode it answers with an entry
        that has RV(ignore:exists) V(false) and a well-formed placeholder id instead.
    type: dict
    default: {}
  named:
    description:
      - Names that may exist, as lists of names by kind. Those of O(require) count among them.
      - The list that AWS gives of some kinds (secrets) lags by minutes. What is named here, or was in the list, is asked for by
        itself, so it is found as soon as it exists and never once it is gone.
    type: dict
    default: {}
  unique_names:
    description:
      - Whether to choose when two resources of one kind have the same name. The one that is in use is found by it; another
        that carries the stack's tags, holds nothing and is attached to nothing is listed in RV(surplus).
      - The module fails when both are in use, and says what each holds.
      - With V(false) the one with the lowest id is found by its name, the others by C(name (id)).
    type: bool
    default: true
  entries:
    description:
      - Whether to return RV(entries), too, what everything else in the answer is made of.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: railyard.aws.stack_surplus
  - module: amazon.aws.ec2_vpc_net_info
  - module: amazon.aws.ec2_instance_info
"""

EXAMPLES = r"""
- name: Gather what the load balancer stands on
  railyard.aws.stack_info:
    stack: railyard
    region: ap-northeast-1
    kinds: [vpc, subnets, security_groups]
    require:
      vpc: [railyard]
      subnets: [railyard-public-1, railyard-public-2]
      security_groups: [railyard-alb]
  register: __alb_stack

- name: Show the id of the VPC
  ansible.builtin.debug:
    msg: "{{ __alb_stack.stack.vpc.railyard.id }}"

- name: Gather everything that is left of the stack
  railyard.aws.stack_info:
    stack: railyard
    unique_names: false
  register: __left

- name: Assert that nothing is left
  ansible.builtin.assert:
    that: __left.resources == []
    fail_msg: "Still there: {{ __left.resources | map(attribute='id') | join(', ') }}"
"""

RETURN = r"""
stack:
  description:
    - Entries keyed by kind, then by name (the tag C(Name); for security groups, key pairs, load balancers, target
      groups, buckets, identities and hosted zones their own name; for network interfaces, volumes and certificates the
      id).
    - Every entry has C(id), C(name), C(exists) and C(tags), and what describes it in snake case.
    - Terminated or terminating instances and deleted, deleting or failed NAT gateways are left out.
  returned: success
  type: dict
  sample:
    vpc:
      railyard:
        id: vpc-0123456789abcdef0
        name: railyard
        exists: true
        tags: {Name: railyard, Stack: railyard}
        cidr_block: 10.0.0.0/16
        state: available
resources:
  description: Everything that was found, as a flat list, including what is on its way out and left-overs.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind, as in O(kinds).
      type: str
    id:
      description: Id, or ARN for load balancers, target groups and identities, or name for buckets.
      type: str
    name:
      description: Name, or the id of a thing without one.
      type: str
    role:
      description: Tag of C(site.yml) that makes and removes it.
      type: str
  sample:
    - {kind: vpc, id: vpc-0123456789abcdef0, name: railyard, role: vpc}
missing:
  description: What O(require) names and does not exist. Only check mode gets past it.
  returned: success
  type: list
  elements: dict
  sample:
    - {kind: vpc, name: railyard, role: vpc}
surplus:
  description:
    - What was made twice and may go, when O(unique_names=true). M(railyard.aws.stack_surplus) removes it.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: vpc
      id: vpc-0123456789abcdef1
      name: railyard
      kept: vpc-0123456789abcdef0
      reason: made twice; vpc-0123456789abcdef0 is the one that is used, and this one holds nothing
zones:
  description: Names of the availability zones that are open to this account, sorted.
  returned: success
  type: list
  elements: str
  sample: [ap-northeast-1a, ap-northeast-1c]
region:
  description: The region that was looked at.
  returned: success
  type: str
  sample: ap-northeast-1
entries:
  description: All that was found by kind, in the order of ids, whatever its name.
  returned: when O(entries=true)
  type: dict
  sample:
    internet_gateways: []
account_id:
  description: The AWS account.
  returned: success
  type: str
  sample: "123456789012"
"""

from collections.abc import Iterable
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._inventory import picture
from ansible_collections.railyard.aws.plugins.module_utils._inventory.answer import Found, answer
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._inventory.reading import asked_names, read_stack
from ansible_collections.railyard.aws.plugins.module_utils._inventory.surplus import resolve
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError


def check_kinds(option: str, given: Iterable[str]) -> None:
    """Raise ResourceError unless an option names known kinds only."""
    renamed = {kind.formerly: name for name, kind in KINDS.items() if kind.formerly}
    for kind in given:
        if kind in renamed:
            raise ResourceError(f"{option}: '{kind}' is now called '{renamed[kind]}'; write that.")
        if kind not in KINDS:
            raise ResourceError(f"{option}: '{kind}' is no kind of resource. Kinds are: {', '.join(KINDS)}.")


def check_names(option: str, given: dict[str, Any]) -> None:
    """Raise ResourceError unless what an option was given is lists of names by known kinds."""
    check_kinds(option, given)
    for kind, names in given.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ResourceError(f"{option}.{kind} is {names!r}; write a list of names, for example [railyard].")


def find(module: AnsibleAWSModule, kinds: list[str], names: dict[str, list[str]]) -> Found:
    """Everything of some kinds that is the stack's. Raises botocore's errors."""
    raw, zones = read_stack(module.client, module.params["stack"], kinds, module.region, names)
    account_id = picture.account_of(raw)
    if account_id is None:
        ask = AWSRetry.jittered_backoff(retries=8)(module.client("sts").get_caller_identity)
        account_id = ask()["Account"]
    return Found(picture.entries_by_kind(raw), zones, module.region, account_id)


def look(module: AnsibleAWSModule) -> dict[str, Any]:
    """What the module returns.

    Raises ResourceError for what people must mend, botocore's errors for what AWS refused.
    """
    region, require, name = module.region, module.params["require"], module.params["stack"]
    if not region:
        raise ResourceError("No region given. Set AWS_REGION, for example: export AWS_REGION=ap-northeast-1")
    for option in ("require", "named"):
        check_names(option, module.params[option])
    wanted = KINDS if module.params["kinds"] is None else module.params["kinds"]
    check_kinds("kinds", wanted)
    found = find(module, [kind for kind in KINDS if kind in wanted or kind in require], asked_names(module.params["named"], require))
    kept, surplus, questions = resolve(module.client, found.entries, name, region) if module.params["unique_names"] else (found.entries, [], [])
    if questions:
        raise ResourceError("\n".join(questions))
    told = answer(found, name, require, kept=kept, surplus=surplus, check_mode=module.check_mode)
    return {**told, "entries": found.entries} if module.params["entries"] else told


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "stack": {"type": "str", "required": True},
            "kinds": {"type": "list", "elements": "str"},
            "require": {"type": "dict", "default": {}},
            "named": {"type": "dict", "default": {}},
            "unique_names": {"type": "bool", "default": True},
            "entries": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, **look(module))
    except ResourceError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot look at stack '{module.params['stack']}' in {module.region}")


if __name__ == "__main__":
    main()
