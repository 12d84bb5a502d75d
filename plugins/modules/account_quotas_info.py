#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: account_quotas_info
short_description: Look whether an account has room for what a stack still needs
version_added: 0.1.0
description:
  - AWS limits what an account may have in a region, and a new account less than others. What is over a quota is refused in the
    midst of a run.
  - Looks what of the stack is still to be made, and asks Service Quotas about that alone. Of a stack that stands it is not asked.
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
  stack:
    description: Name of the stack, value of the tag C(Stack).
    type: str
    required: true
  servers:
    description: Types of the servers by their host names.
    type: dict
    default: {}
  vpc:
    description: Name of the VPC.
    type: str
    required: true
  nat_gateways:
    description: How many NAT gateways, each with an address.
    type: int
    default: 0
  nat_instances:
    description: Types of the NAT instances by the names of the Auto Scaling groups that keep them; each has an address.
    type: dict
    default: {}
  database:
    description: Name of the database; empty for none.
    type: str
    default: ""
  cache:
    description: Name of the cache; empty for none.
    type: str
    default: ""
  cache_nodes:
    description: How many nodes it has.
    type: int
    default: 0
  balancer:
    description: Name of the load balancer; empty for none.
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - Needs C(servicequotas:GetServiceQuota), C(ec2:Describe*), C(rds:DescribeDBInstances), C(elasticache:DescribeCacheClusters) and
    C(elasticloadbalancing:DescribeLoadBalancers). What these credentials may not ask is warned of and not judged.
seealso:
  - module: railyard.aws.stack_info
"""

EXAMPLES = r"""
- name: Check whether there is room for two servers
  railyard.aws.account_quotas_info:
    stack: railyard
    vpc: railyard
    servers: {jump01: t3.micro, web01: t3.small, web02: t3.small}
    nat_gateways: 2
  register: room

- name: Assert it
  ansible.builtin.assert:
    that: room.problems == []
    fail_msg: "{{ room.problems | join(' ') }}"
"""

RETURN = r"""
problems:
  description: What there is no room for, in sentences that say what raises the quota.
  returned: success
  type: list
  elements: str
  sample: []
needs:
  description: What is still to be made, by the code of its quota.
  returned: success
  type: dict
  sample: {L-1216C47A: {used: 0, needed: 6, quota: 5}}
"""

from concurrent.futures import ThreadPoolExecutor

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._service_quotas import quotas

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "servers": {"type": "dict", "default": {}},
    "vpc": {"type": "str", "required": True},
    "nat_gateways": {"type": "int", "default": 0},
    "nat_instances": {"type": "dict", "default": {}},
    "database": {"type": "str", "default": ""},
    "cache": {"type": "str", "default": ""},
    "cache_nodes": {"type": "int", "default": 0},
    "balancer": {"type": "str", "default": ""},
}


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    made: dict = {}

    def client(service):
        # One of each, made in this thread: making them in several is not safe.
        if service not in made:
            made[service] = module.client(service)
        return made[service]

    def told(look, *arguments):
        try:
            return look(client, *arguments)
        except (BotoCoreError, ClientError) as error:
            module.warn(f"AWS does not tell what is in use, so some quotas are not judged: {error}")
            return []

    client("ec2")
    with ThreadPoolExecutor(max_workers=2) as pool:
        servers = pool.submit(told, quotas.needs_of_servers, params["stack"], {**params["servers"], **params["nat_instances"]})
        nats = (params["nat_gateways"], len(params["nat_instances"]))
        network = pool.submit(told, quotas.needs_of_network, params["stack"], params["vpc"], *nats)
    needs = servers.result() + network.result()
    # Before a stack has its VPC it has nothing else either; of one that has it the rest was made in the same run.
    if any(need.quota == quotas.VPCS for need in needs):
        needs += told(quotas.needs_of_data, params["database"], params["cache"], params["cache_nodes"], params["balancer"])
    quota_of: dict[str, float] = {}
    if needs:
        service = module.client("service-quotas", retry_decorator=AWSRetry.jittered_backoff(retries=4))
        quota_of, unavailable = quotas.values(service, [need.quota for need in needs])
        if unavailable:
            module.warn(f"Service Quotas does not tell {', '.join(sorted(unavailable))}, so these are not judged: {next(iter(unavailable.values()))}")
    module.exit_json(
        changed=False,
        problems=quotas.problems(needs, quota_of, module.region),
        needs={need.quota.code: {"used": need.used, "needed": need.needed, "quota": quota_of.get(need.quota.code)} for need in needs},
    )


if __name__ == "__main__":
    main()
