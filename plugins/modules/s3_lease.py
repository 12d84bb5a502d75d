#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: s3_lease
short_description: Lease the making of an object of S3 to one, while the others wait for it
version_added: 0.1.0
description:
  - For work that takes long and whose result is one object in S3, a compiled program for example.
  - The first to ask takes a lease, a small object beside the one to be made. S3 itself decides who is first, by
    conditional writes, so it may be asked from several controllers at once.
  - The others wait until the object is there, or until the lease is given back or has expired.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Looks once, leases nothing and does not wait.
  diff_mode:
    support: none
    description: There is nothing to compare.
options:
  state:
    description:
      - V(held) takes the lease, unless the object is there already.
      - V(awaited) takes nothing, and waits while somebody else makes the object.
      - V(released) gives the lease back; one that somebody else holds stays.
    type: str
    choices: [held, awaited, released]
    default: held
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  key:
    description: Key of the object to be made. The lease is at the same key followed by C(.lease).
    type: str
    required: true
  owner:
    description: Who asks, in words that no other uses at the same time. Needed unless O(state=awaited).
    type: str
  seconds:
    description: After how long a lease no longer counts. Longer than the work ever takes.
    type: int
    default: 3600
  timeout:
    description: Seconds to wait for somebody else's work.
    type: int
    default: 3600
  pause:
    description: Seconds between two looks.
    type: float
    default: 5
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.s3_object
notes:
  - Needs C(s3:GetObject), C(s3:PutObject) and C(s3:DeleteObject) on both keys, and C(s3:ListBucket), without which S3
    does not tell a missing object from a forbidden one.
"""

EXAMPLES = r"""
- name: Take the work, or wait until somebody else has done it
  railyard.aws.s3_lease:
    bucket: railyard-artifacts-123456789012-ap-northeast-1
    key: ruby/2.6.6/Amazon-2023-x86_64.tar.gz
    owner: web01 1732420000
  register: ruby

- name: Compile
  ansible.builtin.command: /opt/build
  when: ruby.held

- name: Release the lock
  railyard.aws.s3_lease:
    bucket: railyard-artifacts-123456789012-ap-northeast-1
    key: ruby/2.6.6/Amazon-2023-x86_64.tar.gz
    owner: web01 1732420000
    state: released
"""

RETURN = r"""
held:
  description: Whether the work is now the asker's; in check mode, whether it would be.
  returned: success
  type: bool
exists:
  description: Whether the object is there.
  returned: success
  type: bool
metadata:
  description: The object's own metadata; empty where there is no object.
  returned: success
  type: dict
  sample: {sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
size:
  description: Bytes of the object; 0 where there is none.
  returned: success
  type: int
holder:
  description: Who holds the lease now; none where nobody does.
  returned: success
  type: str
waited:
  description: Seconds that were spent waiting.
  returned: success
  type: float
"""

import json
import time
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

ABSENT = ("404", "NoSuchKey", "NotFound")
#: Somebody else was faster: the object changed between look and write, or is being written right now.
LOST = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict", *ABSENT)


class TimeIsUp(Exception):
    """Somebody else is still at it."""


class Lease:
    """The object to be made and the lease beside it. Methods raise botocore's errors."""

    def __init__(self, s3: Any, bucket: str, key: str, owner: str | None) -> None:
        self.s3, self.owner = s3, owner
        self.object = {"Bucket": bucket, "Key": key}
        self.beside = {"Bucket": bucket, "Key": f"{key}.lease"}

    def look(self) -> dict[str, Any]:
        """What is known of the object."""
        try:
            found = self.s3.head_object(aws_retry=True, **self.object)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return {"exists": False, "metadata": {}, "size": 0}
        return {"exists": True, "metadata": found["Metadata"], "size": found["ContentLength"]}

    def standing(self) -> tuple[dict[str, Any] | None, str]:
        """The lease as it was written, expired or not, and its ETag; None and "" when there is none."""
        try:
            answer = self.s3.get_object(aws_retry=True, **self.beside)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return None, ""
        return json.loads(answer["Body"].read()), answer["ETag"]

    def take(self, seconds: int) -> bool:
        """Take the lease if nobody has one that counts. Returns whether it is the owner's now."""
        held, etag = self.standing()
        if held and not lapsed(held) and held["owner"] != self.owner:
            return False
        condition = {"IfMatch": etag} if held else {"IfNoneMatch": "*"}
        text = json.dumps({"owner": self.owner, "until": time.time() + seconds})
        return self._unless_lost(self.s3.put_object, Body=text.encode(), **condition)

    def release(self) -> bool:
        """Give the owner's lease back. Returns whether there was one."""
        held, etag = self.standing()
        if not held or held["owner"] != self.owner:
            return False
        return self._unless_lost(self.s3.delete_object, IfMatch=etag)

    def _unless_lost(self, write: Any, **arguments: Any) -> bool:
        try:
            # Not retried by itself: a second try after a success whose answer was lost would meet its own work.
            write(**self.beside, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST:
                raise
            return False
        return True


def lapsed(held: dict[str, Any]) -> bool:
    """Whether a lease no longer counts. Clocks of controllers may differ by less than a lease lasts."""
    return held["until"] <= time.time()


def holder(lease: Lease) -> str | None:
    held, _etag = lease.standing()
    return held["owner"] if held and not lapsed(held) else None


def ensure_settled(lease: Lease, take: bool, parameters: dict[str, Any]) -> dict[str, Any]:
    """Wait until the object is there, the lease is ours, or (unless it is to be taken) nobody's.

    Raises ``TimeIsUp``.
    """
    begin = time.monotonic()
    while True:
        found = lease.look()
        held = not found["exists"] and take and lease.take(parameters["seconds"])
        if held and lease.look()["exists"]:
            # Made and given back between the look and the lease.
            lease.release()
            continue
        held_by = None if found["exists"] else holder(lease)
        waited = time.monotonic() - begin
        if found["exists"] or held or (held_by is None and not take):
            return {**found, "held": held, "holder": held_by, "waited": round(waited, 1), "changed": held}
        if waited >= parameters["timeout"]:
            raise TimeIsUp(held_by)
        time.sleep(parameters["pause"])


def foretell(lease: Lease, take: bool) -> dict[str, Any]:
    """The same without writing or waiting."""
    found = lease.look()
    held_by = holder(lease)
    held = take and not found["exists"] and held_by in (None, lease.owner)
    return {**found, "held": held, "holder": held_by, "waited": 0.0, "changed": held}


def ensure_released(lease: Lease, check_mode: bool) -> dict[str, Any]:
    changed = holder(lease) == lease.owner if check_mode else lease.release()
    return {**lease.look(), "held": False, "holder": holder(lease), "waited": 0.0, "changed": changed}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "state": {"type": "str", "choices": ["held", "awaited", "released"], "default": "held"},
            "bucket": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "owner": {"type": "str"},
            "seconds": {"type": "int", "default": 3600},
            "timeout": {"type": "int", "default": 3600},
            "pause": {"type": "float", "default": 5},
        },
        required_if=[("state", "held", ["owner"]), ("state", "released", ["owner"])],
        supports_check_mode=True,
    )
    wanted = module.params
    s3 = module.client("s3", retry_decorator=AWSRetry.jittered_backoff(retries=8))
    lease = Lease(s3, wanted["bucket"], wanted["key"], wanted["owner"])
    take = wanted["state"] == "held"
    try:
        if wanted["state"] == "released":
            module.exit_json(**ensure_released(lease, module.check_mode))
        elif module.check_mode:
            module.exit_json(**foretell(lease, take))
        module.exit_json(**ensure_settled(lease, take, wanted))
    except TimeIsUp as late:
        module.fail_json(
            msg=f"After {wanted['timeout']} s {late} still holds the lease on s3://{wanted['bucket']}/{wanted['key']}. Wait for "
            f"it and run the same command again; should nobody be at it, its lease expires by itself, or delete it: "
            f"aws s3 rm s3://{wanted['bucket']}/{wanted['key']}.lease"
        )
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cannot see or acquire the lease on s3://{wanted['bucket']}/{wanted['key']}")


if __name__ == "__main__":
    main()
