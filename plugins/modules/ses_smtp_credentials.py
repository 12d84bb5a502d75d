#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_smtp_credentials
short_description: Keep the credentials with which a stack sends mail over SMTP
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Keeps an IAM user who may do what O(policy) says, one access key of it, and a secret in Secrets Manager with what a mail
    client needs, the SMTP password derived from that key included.
  - Key and password are made and stored in one process. Neither is returned, shown in a diff or written anywhere else; the
    secret access key itself is forgotten.
  - The secret is a JSON object with C(host), C(port), C(username), C(password), C(from) and C(domain).
  - A key that the secret does not hold is of no use to anybody, and is deleted.
options:
  name:
    description: Name of the IAM user. A user of this name with another O(path) is never taken over.
    type: str
    required: true
  state:
    description: Whether user, key and secret are to exist.
    type: str
    choices: [present, absent]
    default: present
  path:
    description: IAM path of the user.
    type: str
    default: /
  permissions_boundary:
    description: ARN of the managed policy that says what the user may do at most; empty for none.
    type: str
    default: ""
  policy:
    description: What the user may do; its only policy, all others are taken away. Required when O(state=present).
    type: dict
  secret_name:
    description: Name of the secret.
    type: str
    required: true
  host:
    description: SMTP server; the region's when it is not given.
    type: str
  port:
    description: Port of the server; 465 speaks TLS from the start, 587 after STARTTLS.
    type: int
    default: 465
  sender:
    description: Address that mail is from, kept as C(from). Required when O(state=present).
    type: str
  domain:
    description: Domain that mail is sent for. Required when O(state=present).
    type: str
  rotate:
    description:
      - When to make a new key although there is a good one.
      - V(old) does when the key is older than O(max_age_days), V(always) at every run.
      - The old key is deleted once the new password is stored; who still uses the old password is refused from then on.
    type: str
    choices: [never, old, always]
    default: never
  max_age_days:
    description: Age in days from which RV(key.old) is true; V(0) for no age.
    type: int
    default: 90
  recovery_days:
    description: For how many days, 7 to 30, a deleted secret can be brought back; V(0) deletes it for good at once.
    type: int
    default: 0
  tags:
    description: Tags of user and secret; others are removed.
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
    description: Returns what differs, before and after, and nothing that is secret.
    support: full
seealso:
  - plugin: railyard.aws.ses_smtp_password
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ensure the application can send mail
  railyard.aws.ses_smtp_credentials:
    name: shop-smtp
    path: /shop/
    secret_name: /shop/smtp
    sender: noreply@example.com
    domain: example.com
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ses:SendRawEmail
          Resource: arn:aws:ses:ap-northeast-1:123456789012:identity/example.com
    tags:
      Stack: shop

- name: Make a new password
  railyard.aws.ses_smtp_credentials:
    name: shop-smtp
    path: /shop/
    secret_name: /shop/smtp
    sender: noreply@example.com
    domain: example.com
    policy: "{{ mail_policy }}"
    rotate: always
"""

RETURN = r"""
user:
  description: The IAM user.
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the user.
      type: str
      sample: shop-smtp
    arn:
      description: ARN of the user; none while it is only planned.
      type: str
      sample: arn:aws:iam::123456789012:user/shop/shop-smtp
secret:
  description: The secret, without its value.
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the secret.
      type: str
      sample: /shop/smtp
    arn:
      description: ARN of the secret; none while it is only planned.
      type: str
      sample: arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:/shop/smtp-AbCdEf
key:
  description: The access key, without its id.
  returned: when O(state=present)
  type: dict
  contains:
    age_days:
      description: Its age in days.
      type: int
      sample: 12
    old:
      description: Whether it is older than O(max_age_days).
      type: bool
      sample: false
    made:
      description: Why this run made it, or would make it; empty when it was there.
      type: str
      sample: there was none
"""

import time
from datetime import UTC, datetime
from typing import Any

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import tag_change
from ansible_collections.railyard.aws.plugins.module_utils._ses import smtp_user
from ansible_collections.railyard.aws.plugins.module_utils._ses.smtp_password import SHORTEST, derive
from ansible_collections.railyard.aws.plugins.module_utils._ses.smtp_secret import Secret

#: How many access keys a user of IAM can have.
MOST_KEYS = 2
#: How often, each second, to look for a key that was just made: IAM's lists lag some seconds.
LOOKS = 15


def validate(params: dict[str, Any]) -> None:
    """Raise ResourceError for a number that AWS does not take."""
    days = params["recovery_days"]
    if days and not 7 <= days <= 30:
        raise ResourceError(f"recovery_days is {days}; write 7 to 30, or 0 to delete the secret for good at once.")


def settings_of(params: dict[str, Any], region: str) -> dict[str, Any]:
    """What the secret holds beside user name and password."""
    return {
        "host": params["host"] or f"email-smtp.{region}.amazonaws.com",
        "port": params["port"],
        "from": params["sender"],
        "domain": params["domain"],
    }


def age_of(key: dict[str, Any] | None) -> int:
    """Age of a key in days; 0 for one that is still to be made."""
    return (datetime.now(UTC) - key["CreateDate"]).days if key else 0


def reason(params: dict[str, Any], found: dict[str, Any] | None, secret: Secret, key: dict[str, Any] | None, old: bool) -> str:
    """Why a key has to be made; empty when the one there is good."""
    if found is None or not found["keys"]:
        return "there was none"
    if not secret.exists:
        return "the secret with its password is gone"
    if key is None or not secret.value.get("password"):
        return "the secret does not hold its password"
    if params["rotate"] == "always":
        return "a new one was asked for"
    if params["rotate"] == "old" and old:
        return f"it was older than {params['max_age_days']} days"
    return ""


class Keeper:
    """Makes and mends; the secret parts never leave an object of it."""

    def __init__(self, iam: Any, secrets: Any, params: dict[str, Any], region: str, check_mode: bool, hide: Any) -> None:
        """:arg hide: takes texts that must not be seen in any output."""
        self.iam = iam
        self.params = params
        self.region = region
        self.check_mode = check_mode
        self.hide = hide
        self.name = params["name"]
        self.secret = Secret(secrets, params["secret_name"])
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}

    def present(self) -> dict[str, Any]:
        params, name = self.params, self.name
        found = smtp_user.read(self.iam, name)
        smtp_user.insist_on_path(name, params["path"], found)
        self.secret.read()
        self.hide(self.secret.value.get("password"))
        self.before, self.after = smtp_user.ensure(self.iam, params, found, self.check_mode)
        keys = found["keys"] if found else []
        held = self.secret.value.get("username")
        key = next((one for one in keys if one["AccessKeyId"] == held and one["Status"] == "Active"), None)
        old = bool(params["max_age_days"]) and age_of(key) > params["max_age_days"]
        why = reason(params, found, self.secret, key, old)
        if why:
            self._new_key(keys, key, why)
        else:
            self._keep(keys, key)
        self._tags()
        user = found or smtp_user.read(self.iam, name)
        return {
            "changed": bool(self.after),
            "diff": {"before": self.before, "after": self.after},
            "user": {"name": name, "arn": user["arn"] if user else None},
            "secret": {"name": self.secret.name, "arn": self.secret.arn},
            "key": {"age_days": 0 if why else age_of(key), "old": old and not why, "made": why},
        }

    def _new_key(self, keys: list[dict[str, Any]], held: dict[str, Any] | None, why: str) -> None:
        """Make a key and store its password, then delete all others."""
        self.before["access_keys"] = len(keys)
        self.after["access_keys"] = 1
        self.after["access_key"] = f"made, because {why}"
        self.after["secret"] = self.secret.name
        if self.check_mode:
            return
        spare = [one for one in keys if one is not held]
        if len(keys) >= MOST_KEYS:
            # Room for the new one: what the secret does not hold nobody can use.
            self._delete(spare.pop(0) if spare else keys[0])
        answer = self.iam.create_access_key(UserName=self.name, aws_retry=True)
        made = answer["AccessKey"]
        self.hide(made["SecretAccessKey"])
        password = derive(made["SecretAccessKey"], self.region)
        self.hide(password)
        value = {**settings_of(self.params, self.region), "username": made["AccessKeyId"], "password": password}
        try:
            self.secret.write(value, self.params["tags"])
        except botocore.exceptions.ClientError:
            self._delete(made)
            raise
        for one in self._others(made["AccessKeyId"], answer["ResponseMetadata"].get("RetryAttempts", 0) > 0):
            self._delete(one)

    def _others(self, made: str, repeated: bool) -> list[dict[str, Any]]:
        """The keys beside a new one, once IAM shows it.

        :arg repeated: whether the SDK asked again after an error: the first request may have been carried out, and then made
            a key too, of which nobody knows the secret.
        """
        for look in range(LOOKS):
            time.sleep(1 if look else 0)
            keys = self.iam.list_access_keys(UserName=self.name, aws_retry=True)["AccessKeyMetadata"]
            others = [one for one in keys if one["AccessKeyId"] != made]
            if len(others) < len(keys) and (others or not repeated):
                break
        return others

    def _keep(self, keys: list[dict[str, Any]], held: dict[str, Any]) -> None:
        """Mend what stands beside the password, and delete keys that nobody can use."""
        wanted = settings_of(self.params, self.region)
        differs = {key: value for key, value in wanted.items() if self.secret.value.get(key) != value}
        if differs:
            self.before["secret"] = {key: self.secret.value.get(key) for key in differs}
            self.after["secret"] = differs
            if not self.check_mode:
                self.secret.write({**self.secret.value, **wanted}, self.params["tags"])
        spare = [one for one in keys if one is not held]
        if spare:
            self.before["access_keys"], self.after["access_keys"] = len(keys), 1
            if not self.check_mode:
                for one in spare:
                    self._delete(one)

    def _tags(self) -> None:
        if not self.secret.exists:
            return
        change = tag_change(self.secret.tags, self.params["tags"])
        if change:
            self.before["secret_tags"], self.after["secret_tags"] = change.before, change.after
            if not self.check_mode:
                self.secret.tag(change)

    def _delete(self, key: dict[str, Any]) -> None:
        self.iam.delete_access_key(UserName=self.name, AccessKeyId=key["AccessKeyId"], aws_retry=True)

    def absent(self) -> dict[str, Any]:
        found = smtp_user.read(self.iam, self.name)
        smtp_user.insist_on_path(self.name, self.params["path"], found)
        self.secret.read()
        self.hide(self.secret.value.get("password"))
        if found:
            self.before["user"] = {"name": self.name, "path": found["path"]}
            if not self.check_mode:
                smtp_user.remove(self.iam, self.name, found)
        if self.secret.exists:
            self.before["secret"] = self.secret.name
            if not self.check_mode:
                self.secret.remove(self.params["recovery_days"])
        return {"changed": bool(self.before), "diff": {"before": self.before, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            path=dict(type="str", default="/"),
            permissions_boundary=dict(type="str", default=""),
            policy=dict(type="dict"),
            secret_name=dict(type="str", required=True, no_log=False),
            host=dict(type="str"),
            port=dict(type="int", default=465),
            sender=dict(type="str"),
            domain=dict(type="str"),
            rotate=dict(type="str", choices=["never", "old", "always"], default="never"),
            max_age_days=dict(type="int", default=90),
            recovery_days=dict(type="int", default=0),
            tags=dict(type="dict", default={}, aliases=["resource_tags"]),
        ),
        required_if=[("state", "present", ("policy", "sender", "domain"))],
        supports_check_mode=True,
    )

    def hide(text: str | None) -> None:
        # Whatever goes wrong later, Ansible masks it in messages and tracebacks. A short text would mask half of them.
        if text and len(text) >= SHORTEST:
            module.no_log_values.add(text)

    retry = AWSRetry.jittered_backoff(retries=8)
    iam, secrets = (module.client(service, retry_decorator=retry) for service in ("iam", "secretsmanager"))
    keeper = Keeper(iam, secrets, module.params, module.region, module.check_mode, hide)
    try:
        validate(module.params)
        result = keeper.absent() if module.params["state"] == "absent" else keeper.present()
    except ResourceError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"SMTP credentials of user '{module.params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
