# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rights on a database that SHOW GRANTS tells of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: database_rights
short_description: The rights on a database that SHOW GRANTS tells of
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads what MySQL and MariaDB answer C(SHOW GRANTS) with, for rights on all tables of one database.
  - Reads lists of rights as M(community.mysql.mysql_user) takes them, too, so that both can be compared.
positional: _input, database
options:
  _input:
    description: Rows of C(SHOW GRANTS), or names of rights with commas between them.
    type: raw
    required: true
  database:
    description: Name of the database; not needed for a list of rights.
    type: str
    default: ""
  whole:
    description:
      - Whether to call the rights V(ALL), too, where each is there that MySQL has on a database. MySQL itself tells of them so, whatever
        was granted.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Grant what is missing, and take away what is too much
  community.mysql.mysql_user:
    name: shop
    priv: "shop.*:{{ rights }}"
  when: (grants | railyard.aws.database_rights('shop', whole=true)) != (rights | railyard.aws.database_rights(whole=true))
  vars:
    grants: ["GRANT SELECT, INSERT ON `shop`.* TO `shop`@`%`"]
    rights: SELECT,INSERT,UPDATE
"""

RETURN = r"""
_value:
  description: The rights in capitals, sorted; V(ALL) for all of them.
  type: list
  elements: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._rds.rights import database_rights


class FilterModule:
    """Filters about rights in databases."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"database_rights": database_rights}
