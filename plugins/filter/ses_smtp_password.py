# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The password that Amazon SES takes over SMTP, derived from a secret access key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: ses_smtp_password
short_description: The password that Amazon SES takes over SMTP, derived from a secret access key
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - AWS never hands this password out; it is computed from the secret access key of an IAM user who may
    C(ses:SendRawEmail). The SMTP user name is the access key's id.
  - A password is valid in one region only.
  - What is wrong with the secret is said without repeating any of it. Use C(no_log) on tasks that handle it all the same.
positional: _input
options:
  _input:
    description: The secret access key. Keys of a role or a session do not work over SMTP.
    type: str
    required: true
  region:
    description: Region whose SMTP endpoint the password is for.
    type: str
    required: true
notes:
  - The algorithm is published at U(https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html).
seealso:
  - module: amazon.aws.iam_access_key
  - module: railyard.aws.ses_smtp_credentials
"""

EXAMPLES = r"""
- name: Ensure the mail password with the stack's secrets
  community.aws.secretsmanager_secret:
    name: railyard-smtp
    json_secret:
      username: "{{ made.access_key.access_key_id }}"
      password: "{{ made.access_key.secret_access_key | railyard.aws.ses_smtp_password('ap-northeast-1') }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The password, as base64.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._ses import smtp_password


def ses_smtp_password(secret: str, region: str) -> str:
    """Return the SMTP password of a secret access key for one region, as base64.

    :raises AnsibleFilterError: when one of the two cannot be what it should; it never holds any of ``secret``
    """
    try:
        return smtp_password.derive(secret, region)
    except ValueError as error:
        raise AnsibleFilterError(f"ses_smtp_password: {error}") from None


class FilterModule:
    """Filters on credentials for mail."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"ses_smtp_password": ses_smtp_password}
