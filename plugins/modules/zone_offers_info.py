#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: zone_offers_info
short_description: Look which availability zones offer types of servers and a class of database
version_added: 0.1.0
description:
  - Not every zone of a region has every type. What EC2 and RDS say of theirs decides where subnets can stand.
  - ElastiCache does not say of its node types.
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
  instance_types:
    description: Types of servers.
    type: list
    elements: str
    required: true
  db_instance_class:
    description: Class of the database; empty for none.
    type: str
    default: ""
  db_engine:
    description: Engine of the database.
    type: str
    default: mysql
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.aws_az_info
notes:
  - Needs C(ec2:DescribeAvailabilityZones), C(ec2:DescribeInstanceTypeOfferings) and C(rds:DescribeOrderableDBInstanceOptions). What
    these credentials may not ask is warned of, and counts as offered everywhere.
"""

EXAMPLES = r"""
- name: Check where servers and database can stand
  railyard.aws.zone_offers_info:
    instance_types: [t3.small, t3.micro]
    db_instance_class: db.t4g.micro
    region: us-east-1
  register: offers

- name: Show the two best zones
  ansible.builtin.debug:
    msg: "{{ offers.zones[:2] }}"
"""

RETURN = r"""
zones:
  description: Zones that are open to the account and have all types of servers; first those that have the database's class too.
  returned: success
  type: list
  elements: str
  sample: [us-east-1a, us-east-1b]
lacking:
  description: Types of servers that a zone does not have, by zone, of those that lack some.
  returned: success
  type: dict
  sample: {us-east-1e: [t3.micro, t3.small]}
database_zones:
  description: Zones in which RDS makes instances of the class; empty where it does not say.
  returned: success
  type: list
  elements: str
  sample: [us-east-1a]
"""

from concurrent.futures import ThreadPoolExecutor

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._inventory.reading import read_zones
from ansible_collections.railyard.aws.plugins.module_utils._vpc import zone_offers as offers


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "instance_types": {"type": "list", "elements": "str", "required": True},
            "db_instance_class": {"type": "str", "default": ""},
            "db_engine": {"type": "str", "default": "mysql"},
        },
        supports_check_mode=True,
    )
    params = module.params
    types, instance_class = sorted(set(params["instance_types"])), params["db_instance_class"]
    ec2, rds = module.client("ec2"), module.client("rds") if instance_class else None
    with ThreadPoolExecutor(max_workers=3) as pool:
        zones = pool.submit(read_zones, ec2)
        servers = pool.submit(offers.server_zones, ec2, types)
        database = pool.submit(offers.database_zones, rds, params["db_engine"], instance_class) if rds else None

    def told(asked, nothing, what):
        try:
            return asked.result() if asked else nothing
        except (BotoCoreError, ClientError) as error:
            module.warn(f"AWS does not tell which zones offer {what}, so it is not judged: {error}")
            return nothing

    try:
        available = zones.result()
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot ask which zones {module.region} has")
    by_type = told(servers, {}, ", ".join(types))
    of_database = told(database, set(), instance_class)
    module.exit_json(
        changed=False,
        zones=offers.in_order(available, by_type, of_database),
        lacking=offers.lacking(available, by_type),
        database_zones=sorted(of_database),
    )


if __name__ == "__main__":
    main()
