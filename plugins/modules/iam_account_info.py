#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iam_account_info
short_description: Look at what the IAM dashboard of an account checks
version_added: 0.1.0
description:
  - Tells whether the root user has MFA and access keys, how passwords must be, and which credentials nobody uses.
  - What the credentials at hand may not see is left out and named in RV(denied).
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
  unused_days:
    description: After how many days without use a password or an access key counts as unused.
    type: int
    default: 90
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.iam_password_policy
  - module: amazon.aws.iam_user_info
"""

EXAMPLES = r"""
- name: Gather the account
  railyard.aws.iam_account_info:
    unused_days: 45
  register: account

- name: Assert that the root user has MFA
  ansible.builtin.assert:
    that: account.root_mfa
"""

RETURN = r"""
root_mfa:
  description: Whether the root user signs in with a second factor; none where it may not be seen.
  returned: success
  type: bool
root_access_keys:
  description: Whether the root user has access keys; none where it may not be seen.
  returned: success
  type: bool
password_policy:
  description:
    - The account's password policy with the parameters of M(amazon.aws.iam_password_policy); empty where there is none.
    - None where it may not be seen.
  returned: success
  type: dict
  sample: {min_pw_length: 14, require_symbols: true}
unused:
  description: Passwords and active access keys that were not used for O(unused_days); none where they may not be seen.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: Name of the user.
      type: str
    credential:
      description: C(password), or the access key's id.
      type: str
    last_used:
      description: When it was used last, or C(never).
      type: str
denied:
  description: API actions that these credentials may not use.
  returned: success
  type: list
  elements: str
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
WORKERS = 8

#: Key in the API's password policy -> parameter of amazon.aws.iam_password_policy, and what an absent key means.
POLICY = {
    "MinimumPasswordLength": ("min_pw_length", 6),
    "RequireSymbols": ("require_symbols", False),
    "RequireNumbers": ("require_numbers", False),
    "RequireUppercaseCharacters": ("require_uppercase", False),
    "RequireLowercaseCharacters": ("require_lowercase", False),
    "AllowUsersToChangePassword": ("allow_pw_change", False),
    "MaxPasswordAge": ("pw_max_age", 0),
    "PasswordReusePrevention": ("pw_reuse_prevent", 0),
    "HardExpiry": ("pw_expire", False),
}


class Reader:
    """Asks IAM, and remembers in ``denied`` what it may not ask."""

    def __init__(self, iam: Any) -> None:
        self.iam = iam
        self.denied: set[str] = set()

    def ask(self, operation: str, absent: Any, **arguments: Any) -> Any:
        """The answer; None when denied; ``absent`` when there is no such thing. Raises botocore's other errors."""
        try:
            return AWSRetry.jittered_backoff(retries=8)(getattr(self.iam, operation))(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in DENIED:
                self.denied.add(self.iam.meta.method_to_api_mapping[operation])
                return None
            if code == "NoSuchEntity":
                return absent
            raise

    def users(self) -> list[dict[str, Any]] | None:
        """Every user of the account, or None when denied."""
        found: list[dict[str, Any]] = []
        marker: dict[str, str] = {}
        while True:
            page = self.ask("list_users", None, **marker)
            if page is None:
                return None
            found += page["Users"]
            if not page.get("IsTruncated"):
                return found
            marker = {"Marker": page["Marker"]}


def password_policy(reader: Reader) -> dict[str, Any] | None:
    answer = reader.ask("get_account_password_policy", {"PasswordPolicy": {}})
    if answer is None:
        return None
    policy = answer["PasswordPolicy"]
    return {name: policy.get(key, absent) for key, (name, absent) in POLICY.items()} if policy else {}


def unused_of(reader: Reader, user: dict[str, Any], since: datetime) -> list[dict[str, str]]:
    """Credentials of one user that were not used since then. What is younger than that has had no time to be."""
    name, found = user["UserName"], []

    def note_unused(credential: str, used: datetime | None, made: datetime) -> None:
        if (used or made) < since:
            found.append({"user": name, "credential": credential, "last_used": used.isoformat() if used else "never"})

    profile = reader.ask("get_login_profile", {}, UserName=name)
    if profile:
        note_unused("password", user.get("PasswordLastUsed"), profile["LoginProfile"]["CreateDate"])
    keys = reader.ask("list_access_keys", {}, UserName=name)
    for key in (keys or {}).get("AccessKeyMetadata", []):
        used = reader.ask("get_access_key_last_used", {}, AccessKeyId=key["AccessKeyId"])
        if key["Status"] == "Active" and used is not None:
            note_unused(key["AccessKeyId"], used.get("AccessKeyLastUsed", {}).get("LastUsedDate"), key["CreateDate"])
    return found


def look(iam: Any, unused_days: int) -> dict[str, Any]:
    """What the module returns. Raises botocore's errors other than refusals."""
    reader = Reader(iam)
    summary = (reader.ask("get_account_summary", None) or {}).get("SummaryMap", {})
    policy = password_policy(reader)
    users = reader.users()
    unused = None
    if users is not None:
        since = datetime.now(UTC) - timedelta(days=unused_days)
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            unused = [one for found in pool.map(lambda user: unused_of(reader, user, since), users) for one in found]
    return {
        "root_mfa": bool(summary["AccountMFAEnabled"]) if "AccountMFAEnabled" in summary else None,
        "root_access_keys": bool(summary["AccountAccessKeysPresent"]) if "AccountAccessKeysPresent" in summary else None,
        "password_policy": policy,
        "unused": unused,
        "denied": sorted(reader.denied),
    }


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec={"unused_days": {"type": "int", "default": 90}}, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **look(module.client("iam"), module.params["unused_days"]))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="Cannot look at the account's IAM settings")


if __name__ == "__main__":
    main()
