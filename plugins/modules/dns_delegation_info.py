#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: dns_delegation_info
short_description: Look whether the public DNS leads to a zone
version_added: 0.1.0
description:
  - Asks resolvers who the name servers of a domain are, and compares them with those that its zone has.
  - What Amazon finds in the public DNS, a certificate's proof or the records of mail, it finds only where the domain is delegated
    to the zone. Where it is not, waiting is in vain.
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
  domain:
    description: The domain.
    type: str
    required: true
  name_servers:
    description: Names of the servers that the zone has.
    type: list
    elements: str
    required: true
  resolvers:
    description: Resolvers to ask, one after the other until one tells, as V(address) or V(address:port). Those of this machine if empty.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for one answer. Each resolver is asked twice at most.
    type: float
    default: 2
seealso:
  - module: amazon.aws.route53_info
"""

EXAMPLES = r"""
- name: Check whether the world is led to the zone
  railyard.aws.dns_delegation_info:
    domain: example.com
    name_servers: "{{ look.stack.hosted_zones['example.com'].name_servers }}"
  register: delegation

- name: Wait for what needs it
  railyard.aws.stack_await:
    stack: railyard
    region: ap-northeast-1
    kinds: [certificates]
  when: delegation.delegated != 'no'
"""

RETURN = r"""
delegated:
  description:
    - V(yes) where a name server of the zone is among those that the public DNS names, V(no) where none is or the domain is not found.
    - V(unknown) where no resolver answers.
  returned: success
  type: str
  sample: "yes"
found:
  description: Name servers that the public DNS names, sorted.
  returned: success
  type: list
  elements: str
  sample: [ns-1.awsdns-01.com, ns-2.awsdns-02.net]
reason:
  description: Why, in words.
  returned: success
  type: str
  sample: the public DNS knows no example.com
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._dns import delegation
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


@guarded
def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "domain": {"type": "str", "required": True},
            "name_servers": {"type": "list", "elements": "str", "required": True},
            "resolvers": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 2},
        },
        supports_check_mode=True,
    )
    params = module.params
    servers = params["resolvers"]
    if not servers and delegation.RESOLVERS.is_file():
        servers = delegation.resolvers(delegation.RESOLVERS.read_text("utf-8"))
    try:
        verdict = delegation.look(params["domain"], params["name_servers"], servers, params["timeout"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **verdict._asdict())


if __name__ == "__main__":
    main()
