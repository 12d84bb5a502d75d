#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stack_settings
short_description: Record the settings that a stack was built with, and compare those of a run with them
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - The record is one JSON document in standard parameters of the Parameter Store, C(/railyard.settings/STACK/1) and so on, as many as
    it takes. It is beside what is below C(/STACK/), which the stack's servers may read.
  - There is a corresponding action plugin, which knows the settings of the run, and makes the document of them. Values of secrets are not
    in it, nor is what each machine says for itself, such as files of keys; their names are.
  - The same settings are recorded once, whoever runs; so a second run changes nothing. Host keys of new servers are kept up without
    being a change of the settings.
options:
  stack:
    description: Name of the stack.
    type: str
    required: true
  state:
    description:
      - V(present) records the settings of the run, V(gathered) reads those recorded, V(absent) removes the record.
    type: str
    choices: [present, gathered, absent]
    default: present
  document:
    description: What is recorded. The action plugin makes it.
    type: dict
  by:
    description: Who records it, for others to read. Required when O(state=present).
    type: str
  required:
    description: Whether O(state=gathered) fails where nothing is recorded or it may not be read. Otherwise that is a warning.
    type: bool
    default: false
  compare:
    description:
      - Whether the action plugin compares what it gathered with the settings of the run, and warns of each difference.
    type: bool
    default: false
  join:
    description:
      - Whether the action plugin says what a checkout without these settings has to write down so that it has them.
    type: bool
    default: false
  tags:
    description: Tags of the parameters.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says whether the record would be another, and writes none.
    support: full
  diff_mode:
    description: Shows which settings differ from those recorded.
    support: full
notes:
  - Needs C(ssm:GetParametersByPath), C(ssm:PutParameter), C(ssm:AddTagsToResource), C(ssm:DeleteParameter) and C(sts:GetCallerIdentity).
  - Of settings it sees those of the controller. What is set for single hosts, or for groups of servers, is not recorded.
seealso:
  - module: railyard.aws.stack_inputs
  - plugin: railyard.aws.environment
    plugin_type: vars
"""

EXAMPLES = r"""
- name: Record the settings of this run
  railyard.aws.stack_settings:
    stack: railyard
    by: kim@laptop

- name: Warn where the settings of this run are not those recorded
  railyard.aws.stack_settings:
    stack: railyard
    state: gathered
    compare: true
"""

RETURN = r"""
recorded:
  description: The document; none where nothing is recorded.
  returned: success
  type: dict
  sample:
    at: "2026-11-28T04:00:00+00:00"
    by: kim@laptop
    settings: {railyard_web_count: 3}
    secret: [railyard_webhook_url]
    own: [railyard_app_source]
    host_keys: {i-0123456789abcdef0: ["ssh-ed25519 AAAA..."]}
account_id:
  description: The account that the credentials are of.
  returned: when O(state=gathered)
  type: str
  sample: "123456789012"
trouble:
  description: Why nothing could be read.
  returned: when O(state=gathered) and that is so
  type: str
differences:
  description: Settings of this run that are not as recorded.
  returned: when O(compare) is set
  type: list
  elements: dict
  sample: [{name: railyard_web_count, theirs: "3", mine: "2"}]
missing_secrets:
  description: Names of secrets that the recorded run had and this one has not.
  returned: when O(compare) or O(join) is set
  type: list
  elements: str
join:
  description: What a checkout has to write down to have the recorded settings, and how it logs in.
  returned: when O(join) is set
  type: dict
  contains:
    file:
      description: Path of the file that the vars plugin reads.
      type: str
    content:
      description: What it has to hold.
      type: str
    settings:
      description: Names of the settings in it.
      type: list
      elements: str
    refused:
      description: Names in the record that are no settings of a stack here.
      type: list
      elements: str
    login:
      description: As whom this machine logs in, with C(user) and C(key_file); empty where none of its keys is of anybody listed.
      type: dict
    public_keys:
      description: Lines of the public keys that were looked at.
      type: list
      elements: str
    known_hosts:
      description: Lines for the file of known hosts.
      type: list
      elements: dict
    other_host_keys:
      description: Instances of which the file of known hosts has another key than the record.
      type: list
      elements: str
"""

from datetime import UTC, datetime
from typing import Any

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._recorded import parts

_DENIED = ("AccessDenied", "AccessDeniedException")


def record(module: Any, client: Any) -> dict[str, Any]:
    """Keep the document; the result for exit_json."""
    wanted = dict(module.params["document"])
    try:
        before, _account = parts.read(client, module.params["stack"])
    except parts.Torn:
        before = None
    wanted["digest"] = parts.digest(wanted)
    if before and before["digest"] == wanted["digest"]:
        return {"changed": False, "recorded": before}
    wanted |= {"at": datetime.now(UTC).replace(microsecond=0).isoformat(), "by": module.params["by"]}
    if not module.check_mode:
        parts.write(client, module.params["stack"], wanted, module.params["tags"] or {})
    # Which servers there are is no setting: their keys are kept up beside what a plan foretells.
    return {"changed": settings_of(before or {}) != settings_of(wanted), "recorded": wanted, "diff": diff(before or {}, wanted)}


def settings_of(document: dict[str, Any]) -> dict[str, Any]:
    """What of a document was decided by people."""
    return {key: document.get(key) for key in ("settings", "secret", "own")}


def diff(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What of two documents differs, as ``--diff`` shows it."""
    said = {}
    for key in ("settings", "secret", "own", "host_keys"):
        old, new = before.get(key), after.get(key)
        if isinstance(new, dict):
            old = old or {}
            changed = [name for name in {*old, *new} if old.get(name) != new.get(name)]
            old, new = ({name: one[name] for name in changed if name in one} for one in (old, new))
        if old != new:
            said[key] = (old, new)
    return {"before": {key: old for key, (old, _new) in said.items()}, "after": {key: new for key, (_old, new) in said.items()}}


def gather(module: Any, client: Any) -> dict[str, Any]:
    """Read the document; the result for exit_json."""
    stack, document, account, trouble = module.params["stack"], None, "", ""
    try:
        document, account = parts.read(client, stack)
    except parts.Torn as torn:
        account = str(torn)
        trouble = (
            f"What is recorded of the stack '{stack}' was not written to its end; whoever has its settings records them anew with `ansible-playbook site.yml`."
        )
    except is_boto3_error_code(_DENIED) as error:
        trouble = (
            f"What is recorded of the stack '{stack}' may not be read ({error}); allow ssm:GetParametersByPath on parameter{parts.path(stack)}: "
            "`make iam-policy` writes the policies anew, and whoever looks after the account attaches them."
        )
    if not trouble and document is None:
        trouble = (
            f"Nothing is recorded of a stack '{stack}' in {module.region}. It is at the end of `ansible-playbook site.yml`: whoever has its settings "
            "runs that once. RAILYARD_STACK and AWS_REGION name another stack."
        )
    if trouble and module.params["required"]:
        module.fail_json(msg=trouble)
    return {"changed": False, "recorded": document, "account_id": account or own_account(module)} | ({"trouble": trouble} if trouble else {})


def own_account(module: Any) -> str:
    """The account of the credentials. Raises botocore's errors."""
    return str(module.client("sts", retry_decorator=AWSRetry.jittered_backoff()).get_caller_identity(aws_retry=True)["Account"])


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            stack=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "gathered", "absent"], default="present"),
            document=dict(type="dict"),
            by=dict(type="str"),
            required=dict(type="bool", default=False),
            compare=dict(type="bool", default=False),
            join=dict(type="bool", default=False),
            tags=dict(type="dict"),
        ),
        required_if=[("state", "present", ["document", "by"])],
        supports_check_mode=True,
    )
    client = module.client("ssm", retry_decorator=AWSRetry.jittered_backoff())
    state, stack = module.params["state"], module.params["stack"]
    try:
        if state == "absent":
            result = {"changed": parts.remove(client, stack, check_mode=module.check_mode), "recorded": None}
        else:
            result = (record if state == "present" else gather)(module, client)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        what = {"present": "recorded", "gathered": "read", "absent": "removed"}[state]
        module.fail_json_aws(error, msg=f"The settings of the stack '{stack}' could not be {what}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
