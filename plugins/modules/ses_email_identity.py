#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_email_identity
short_description: Keep an e-mail address that Amazon SES may send to or from
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Adds an address to Amazon SES, which then asks its owner by mail to open a link within 24 hours.
  - While an account is in the sandbox of SES, mail reaches such addresses only.
  - Unlike M(community.aws.ses_identity) it knows tags. An address that is there already stays as it is, whoever added it.
options:
  address:
    description: The address.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the address is to be an identity of SES.
    type: str
    choices: [present, absent]
    default: present
  tags:
    description: Tags of an address that is added.
    type: dict
    default: {}
    aliases: [resource_tags]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
seealso:
  - module: railyard.aws.ses_domain_identity
"""

EXAMPLES = r"""
- name: Let mail reach Ada while the account is new
  railyard.aws.ses_email_identity:
    address: ada@example.com
    tags:
      Stack: railyard
"""

RETURN = r"""
identity:
  description: The address; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    address:
      description: The address.
      type: str
      sample: ada@example.com
    verified:
      description: Whether its owner has opened the link.
      type: bool
      sample: false
"""

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource

ARGUMENTS = dict(
    address=dict(type="str", required=True, aliases=["name"]),
    **arguments.STATE,
    tags=dict(type="dict", default={}, aliases=["resource_tags"]),
)


class EmailIdentity(Resource):
    """An address that SES sends mail from or, in its sandbox, to."""

    service = "sesv2"
    retry = {"retries": 8}
    label = "Address"
    id_option = "address"

    def wanted_tags(self) -> None:
        """It gets its tags when it is made; whoever changes them may."""

    def validate(self) -> None:
        if not re.fullmatch(r"[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}", self.name):
            raise ResourceError(f"'{self.name}' is not an e-mail address; write it like ada@example.com.")

    def find(self) -> dict[str, Any] | None:
        try:
            return self.client.get_email_identity(EmailIdentity=self.name, aws_retry=True)
        except is_boto3_error_code("NotFoundException"):
            return None

    def new(self) -> dict[str, Any]:
        return {"address": self.name, "tags": self.params["tags"]}

    def create(self, new: dict[str, Any]) -> dict[str, Any]:
        self.client.create_email_identity(EmailIdentity=self.name, Tags=ansible_dict_to_boto3_tag_list(new["tags"]), aws_retry=True)
        return self.find() or {}

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return self.results({})

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"identity": {"address": self.name, "verified": bool(found.get("VerifiedForSendingStatus"))}}

    def removed(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"address": self.name}

    def delete(self, found: dict[str, Any]) -> None:
        self.client.delete_email_identity(EmailIdentity=self.name, aws_retry=True)


@guarded
def main() -> None:
    run(EmailIdentity, ARGUMENTS)


if __name__ == "__main__":
    main()
