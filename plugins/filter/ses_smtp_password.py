# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The password that Amazon SES takes over SMTP, derived from a secret access key."""

from __future__ import annotations

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
"""

EXAMPLES = r"""
- name: Keep the mail password with the stack's secrets
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

import base64
import hashlib
import hmac
import re

from ansible.errors import AnsibleFilterError

#: A secret access key has 40 characters; what is far below is a variable that was never filled.
SHORTEST = 12
KEY_ID = re.compile(r"A[A-Z]IA[A-Z0-9]{12,}")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
#: Fixed by AWS, so that the password does not change from day to day.
DATE = "11111111"
SERVICE = "ses"
TERMINATOR = "aws4_request"
MESSAGE = "SendRawEmail"
VERSION = b"\x04"


def check_secret(secret):
    """Raise AnsibleFilterError, which never holds any of ``secret``, unless it can be a secret access key."""
    source = "give `secret_access_key`, which amazon.aws.iam_access_key returns once, when it makes the key"
    if not isinstance(secret, str):
        raise AnsibleFilterError(f"ses_smtp_password: the secret is not text but {type(secret).__name__}; {source}.")
    if not secret.strip():
        raise AnsibleFilterError(f"ses_smtp_password: the secret is empty; {source}.")
    if re.search(r"\s", secret):
        raise AnsibleFilterError("ses_smtp_password: the secret holds a blank or a line break; add `| trim`, or read it anew.")
    if len(secret) < SHORTEST:
        raise AnsibleFilterError(f"ses_smtp_password: the secret has {len(secret)} characters, and a secret access key has 40; {source}.")
    if KEY_ID.fullmatch(secret):
        raise AnsibleFilterError(f"ses_smtp_password: the secret has the form of an access key's id, the SMTP user name; {source}.")


def ses_smtp_password(secret, region):
    """Return the SMTP password of a secret access key for one region, as base64.

    Algorithm: https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html

    :raises AnsibleFilterError: when one of the two cannot be what it should.
    """
    check_secret(secret)
    if not isinstance(region, str) or not REGION.fullmatch(region):
        raise AnsibleFilterError(f"ses_smtp_password: {region!r} is not the name of a region; write one like 'ap-northeast-1'.")
    signature = f"AWS4{secret}".encode()
    for part in (DATE, region, SERVICE, TERMINATOR, MESSAGE):
        signature = hmac.new(signature, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(VERSION + signature).decode()


class FilterModule:
    """Filters on credentials for mail."""

    def filters(self):
        return {"ses_smtp_password": ses_smtp_password}
