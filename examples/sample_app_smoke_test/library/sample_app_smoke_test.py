#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: sample_app_smoke_test
short_description: Use the sample application as a visitor does, and name the tier that is broken
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Asks the application on every server which tiers it can use. Each answer comes from having used them, on every shard of
    the cache and over TLS to the database.
  - Signs up, reads the activation mail in the bucket that keeps what the domain receives, follows its link, uploads an
    image, finds it in the bucket, and reads the new row through every server.
  - Fails at the first thing that is broken, naming its tier or its server and the command that mends it.
  - Deletes the account, its image and the mail again, after a failure too as far as they can be reached.
  - In check mode nothing is done.
attributes:
  check_mode:
    description: A smoke test leaves traces until it ends, so in check mode there is none.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  url:
    description: Where the site is opened.
    type: str
    required: true
  connect_to:
    description:
      - C(host:port) to connect to in place of the host and port of O(url), as before a domain is delegated.
      - The host of O(url) is still the one that is asked for, and for which the certificate must be good.
    type: str
  ca_file:
    description: File with the authorities to trust for the site in place of the system's.
    type: path
  servers:
    description: Servers that must all be seen.
    type: list
    elements: str
    required: true
  header:
    description: Response header in which a server names itself.
    type: str
    default: X-Served-By
  domain:
    description: Domain of the address that signs up. Mail for it must be received by the stack.
    type: str
    default: example.com
  mail_bucket:
    description: Bucket that keeps received mail. Without it the test goes only as far as it can without mail.
    type: str
  mail_prefix:
    description: What the keys of received mail begin with.
    type: str
    default: mail/
  uploads_bucket:
    description: Bucket in which the uploaded image is looked for. Without it, it is not.
    type: str
  mail_required:
    description: Whether an application without a mail server counts as broken.
    type: bool
    default: false
  shards:
    description: How many shards of the cache must have been written and read. 0 does not compare.
    type: int
    default: 0
  timeout:
    description: Seconds to wait for every server to answer, and again for the mail.
    type: int
    default: 60
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: railyard.aws.site_healthcheck
"""

EXAMPLES = r"""
- name: Verify every tier
  sample_app_smoke_test:
    url: https://www.example.com/
    servers: [web01, web02]
    domain: example.com
    mail_bucket: railyard-uploads-123456789012-ap-northeast-1
    uploads_bucket: railyard-uploads-123456789012-ap-northeast-1
    shards: 3
"""

RETURN = r"""
tiers:
  description: What the application of each server told about its tiers.
  returned: when every server told
  type: dict
  sample: {web01: {cache: {state: ok, seconds: 0.01, age: 0.0, detail: {mode: cluster, shards: 3, slots: 16384}}}}
proved:
  description: What was proved, in sentences.
  returned: always
  type: list
  elements: str
unproved:
  description: What could not be looked at, and why.
  returned: always
  type: list
  elements: str
broken:
  description: Tiers that are broken; C(server), C(application) and C(load balancer) count as such.
  returned: on failure
  type: list
  elements: str
"""

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible.module_utils.sample_app.browser import Browser, Unreachable
from ansible.module_utils.sample_app.mailbox import Mailbox
from ansible.module_utils.sample_app.smoke_test import SmokeTest, unproved
from ansible.module_utils.sample_app.tiers import Broken, TierTable, problems_of
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

SPEC = {
    "url": {"type": "str", "required": True},
    "connect_to": {"type": "str"},
    "ca_file": {"type": "path"},
    "servers": {"type": "list", "elements": "str", "required": True},
    "header": {"type": "str", "default": "X-Served-By"},
    "domain": {"type": "str", "default": "example.com"},
    "mail_bucket": {"type": "str"},
    "mail_prefix": {"type": "str", "default": "mail/"},
    "uploads_bucket": {"type": "str"},
    "mail_required": {"type": "bool", "default": False},
    "shards": {"type": "int", "default": 0},
    "timeout": {"type": "int", "default": 60},
}


def reader(s3: Any, bucket: str) -> Any:
    """Function key → content of the object, or None when there is none. It raises botocore's other errors."""

    def read(key: str) -> bytes | None:
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    return read


def prove(module: AnsibleAWSModule, result: dict[str, Any]) -> None:
    """Fill in ``result``. Raises ``Broken``, ``Unreachable``, ``ValueError`` and botocore's errors."""
    params = module.params
    visitor = (params["url"], params["header"], params["connect_to"], params["ca_file"])
    table = TierTable(Browser(*visitor), params["servers"], params["timeout"]).read()
    result["tiers"] = table
    problems = problems_of(table, params["shards"] or None, params["mail_required"])
    if problems:
        result["broken"] = [problem.tier for problem in problems]
        raise ValueError(" ".join(str(problem) for problem in problems))
    result["proved"].append(f"every tier was used by {', '.join(table)}")

    s3 = module.client("s3") if params["mail_bucket"] or params["uploads_bucket"] else None
    mailbox = Mailbox(s3, params["mail_bucket"], params["mail_prefix"]) if params["mail_bucket"] else None
    object_of = reader(s3, params["uploads_bucket"]) if params["uploads_bucket"] else None
    result["unproved"] = unproved(mailbox, object_of)
    sends_mail = any(tiers["mail"]["state"] != "unset" for tiers in table.values())
    if sends_mail and mailbox is None:
        result["unproved"].append("what comes after signing up: the activation mail cannot be read")
        return
    run(
        SmokeTest(
            Browser(*visitor),
            params["servers"],
            params["domain"],
            mailbox,
            object_of,
            params["timeout"],
            result["proved"].append,
        ),
        result,
    )


def run(smoke_test: SmokeTest, result: dict[str, Any]) -> None:
    """Run it and clean up, whatever happens. Raises as ``prove`` does."""
    left = []
    try:
        smoke_test.run()
    except (Broken, Unreachable, ClientError, BotoCoreError):
        # What is broken is the news; what cannot be taken away because of it is told beside it.
        try:
            left = smoke_test.cleanup()
        except (Broken, Unreachable, ClientError, BotoCoreError) as error:
            left = [f"{smoke_test.address} and what is its own: {error}"]
        result["unproved"] += [f"that {one} is gone" for one in left]
        raise
    left = smoke_test.cleanup()
    if left:
        raise Broken("application", f"after the account was deleted there still is {', '.join(left)}")
    result["proved"].append("account, image and mail are deleted again")


@guarded
def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    result: dict[str, Any] = {"changed": False, "proved": [], "unproved": []}
    if module.check_mode:
        module.exit_json(skipped=True, msg="A smoke test leaves traces: there is none in check mode.", **result)
    try:
        prove(module, result)
    except Broken as error:
        module.fail_json(msg=str(error), **{"broken": [error.tier], **result})
    except (ValueError, Unreachable) as error:
        module.fail_json(msg=str(error), **{"broken": ["load balancer"] if isinstance(error, Unreachable) else [], **result})
    except (ClientError, BotoCoreError) as error:
        module.fail_json_aws(error, msg="Cannot look into the buckets of the stack", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
