#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_receipt_rule
short_description: Keep a rule about received mail in a receipt rule set of Amazon SES as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends, moves and removes one rule of a receipt rule set, which M(community.aws.ses_rule_set) makes.
  - An option that is not given is not looked at; a rule that is made gets the default that the option names.
  - SES has no tags for rules.
options:
  rule_set:
    description: Name of the receipt rule set.
    type: str
    required: true
  name:
    description: Name of the rule.
    type: str
    required: true
  state:
    description: Whether the rule is to exist.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description: Whether the rule is heeded; V(true) for a new one.
    type: bool
  tls_policy:
    description: Whether senders have to speak TLS; V(optional) for a new rule.
    type: str
    choices: [optional, require]
  scan_enabled:
    description: Whether mail is scanned for spam and viruses; V(false) for a new rule.
    type: bool
  recipients:
    description: Addresses and domains that the rule is for; an empty list is for all of the verified domains.
    type: list
    elements: str
  actions:
    description: What is done with the mail, in this order.
    type: list
    elements: dict
    suboptions:
      type:
        description: Kind of the action.
        type: str
        choices: [s3, sns, lambda, bounce, add_header, stop]
        required: true
      bucket:
        description: Bucket for O(actions[].type=s3). SES has to be let write into it by its policy, or by O(actions[].role_arn).
        type: str
      prefix:
        description: What the names of objects begin with, for O(actions[].type=s3).
        type: str
      kms_key_arn:
        description: Key that SES encrypts with before it stores, for O(actions[].type=s3).
        type: str
      role_arn:
        description: Role that SES takes on, for O(actions[].type=s3).
        type: str
      topic_arn:
        description: Topic that gets the mail for O(actions[].type=sns), and is told about it for the others.
        type: str
      encoding:
        description: Encoding of the mail for O(actions[].type=sns); AWS's default is V(UTF-8).
        type: str
        choices: [UTF-8, Base64]
      function_arn:
        description: Function for O(actions[].type=lambda).
        type: str
      invocation:
        description: Whether the function is waited for, for O(actions[].type=lambda); AWS's default is V(Event).
        type: str
        choices: [Event, RequestResponse]
      smtp_reply_code:
        description: SMTP code for O(actions[].type=bounce), for example V(550).
        type: str
      status_code:
        description: Enhanced status code for O(actions[].type=bounce), for example V(5.1.1).
        type: str
      bounce_message:
        description: Text for O(actions[].type=bounce).
        type: str
      sender:
        description: Address that bounces come from, for O(actions[].type=bounce).
        type: str
      header_name:
        description: Name of the header for O(actions[].type=add_header).
        type: str
      header_value:
        description: Value of the header for O(actions[].type=add_header).
        type: str
  after:
    description: Name of the rule that this one comes right after; empty to be the first. When it is not given a new rule is the last.
    type: str
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
"""

EXAMPLES = r"""
- name: Ensure a set of rules
  community.aws.ses_rule_set:
    name: railyard
    active: true

- name: Store what comes in
  railyard.aws.ses_receipt_rule:
    rule_set: railyard
    name: store
    recipients: [example.com]
    tls_policy: require
    scan_enabled: true
    actions:
      - type: s3
        bucket: railyard-mail
        prefix: inbox/

- name: Stop storing
  railyard.aws.ses_receipt_rule:
    rule_set: railyard
    name: store
    state: absent
"""

RETURN = r"""
rule:
  description: The rule as SES has it, with keys in snake_case; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    name:
      description: Name of the rule.
      type: str
      sample: store
    enabled:
      description: Whether the rule is heeded.
      type: bool
      sample: true
    tls_policy:
      description: Whether senders have to speak TLS.
      type: str
      sample: Require
    scan_enabled:
      description: Whether mail is scanned.
      type: bool
      sample: true
    recipients:
      description: Addresses and domains that the rule is for.
      type: list
      elements: str
      sample: [example.com]
    actions:
      description: What is done with the mail.
      type: list
      elements: dict
      sample: [{"s3_action": {"bucket_name": "railyard-mail", "object_key_prefix": "inbox/"}}]
order:
  description: Names of all rules of the set, in the order in which they are heeded.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [store]
"""

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._ses.rules import normal_action, wanted_rule

ACTION = dict(
    type=dict(type="str", choices=["s3", "sns", "lambda", "bounce", "add_header", "stop"], required=True),
    bucket=dict(type="str"),
    prefix=dict(type="str"),
    kms_key_arn=dict(type="str", no_log=False),
    role_arn=dict(type="str"),
    topic_arn=dict(type="str"),
    encoding=dict(type="str", choices=["UTF-8", "Base64"]),
    function_arn=dict(type="str"),
    invocation=dict(type="str", choices=["Event", "RequestResponse"]),
    smtp_reply_code=dict(type="str"),
    status_code=dict(type="str"),
    bounce_message=dict(type="str"),
    sender=dict(type="str"),
    header_name=dict(type="str"),
    header_value=dict(type="str"),
)

ARGUMENTS = dict(
    rule_set=dict(type="str", required=True),
    name=dict(type="str", required=True),
    **arguments.STATE,
    enabled=dict(type="bool"),
    tls_policy=dict(type="str", choices=["optional", "require"]),
    scan_enabled=dict(type="bool"),
    recipients=dict(type="list", elements="str"),
    actions=dict(type="list", elements="dict", options=ACTION),
    after=dict(type="str"),
)

#: What AWS leaves out of a rule.
DEFAULTS = {"Enabled": False, "ScanEnabled": False, "TlsPolicy": "Optional", "Recipients": []}


class ReceiptRule(Resource):
    """A rule of a receipt rule set, and its place among the others."""

    service = "ses"
    # Bucket policies and roles take some seconds until SES sees them.
    retry = {"retries": 5, "delay": 2, "max_delay": 10, "catch_extra_error_codes": ["InvalidS3Configuration", "InvalidSnsTopic"]}
    label = "Receipt rule"

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.set: str = self.params["rule_set"]
        self.names: list[str] = []
        self.order: list[str] = []
        self.rule: dict[str, Any] = {}

    def find(self) -> dict[str, Any] | None:
        """The rule with AWS's defaults filled in, or None."""
        try:
            rules = self.client.describe_receipt_rule_set(RuleSetName=self.set, aws_retry=True).get("Rules", [])
        except is_boto3_error_code("RuleSetDoesNotExist"):
            if self.params["state"] == "present" and not self.check_mode:
                raise ResourceError(f"Receipt rule set '{self.set}' does not exist; make it with community.aws.ses_rule_set, then run again.") from None
            rules = []
        self.names = [rule["Name"] for rule in rules]
        for rule in rules:
            if rule["Name"] == self.name:
                return {**DEFAULTS, **rule, "Actions": [normal_action(action) for action in rule.get("Actions", [])]}
        return None

    def wanted_order(self) -> list[str]:
        """The names of the rules in the order that is wanted. Raises ResourceError when ``after`` is none of them."""
        after, others = self.params["after"], [other for other in self.names if other != self.name]
        if self.check_mode and after and after not in self.names:
            # A plan may stand on a set, and on rules in it, that do not exist yet.
            return [*others, self.name]
        if after is None:
            return self.names if self.name in self.names else [*self.names, self.name]
        if after == "":
            return [self.name, *others]
        if after not in others:
            raise ResourceError(
                f"Rule '{self.name}' is to come after '{after}', which is not in set '{self.set}';"
                f" it has {', '.join(others) or 'no other rule'}. Give one of them, or an empty text to be the first."
            )
        place = others.index(after) + 1
        return [*others[:place], self.name, *others[place:]]

    def predecessor(self) -> dict[str, str]:
        """The argument that puts the rule to its place; none for the first."""
        place = self.order.index(self.name)
        return {"After": self.order[place - 1]} if place else {}

    def new(self) -> dict[str, Any]:
        self.rule, self.order = wanted_rule(self.params, None), self.wanted_order()
        return {**self.rule, "Order": self.order}

    def create(self, new: dict[str, Any]) -> dict[str, Any]:
        self.client.create_receipt_rule(RuleSetName=self.set, Rule=self.rule, aws_retry=True, **self.predecessor())
        return self.rule

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return self.results(new)

    def plan(self, found: dict[str, Any]) -> Diff:
        self.rule, self.order = wanted_rule(self.params, found), self.wanted_order()
        changes = {key: value for key, value in self.rule.items() if found.get(key) != value}
        diff = Diff({key: found.get(key) for key in changes}, changes)
        if self.order != self.names:
            diff.add("Order", self.names, self.order)
        return diff

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        if set(diff.after) - {"Order"}:
            self.client.update_receipt_rule(RuleSetName=self.set, Rule=self.rule, aws_retry=True)
        if "Order" in diff.after:
            self.client.set_receipt_rule_position(RuleSetName=self.set, RuleName=self.name, aws_retry=True, **self.predecessor())

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"rule": camel_dict_to_snake_dict(self.rule), "order": self.order}

    def removed(self, found: dict[str, Any]) -> dict[str, Any]:
        return found

    def delete(self, found: dict[str, Any]) -> None:
        self.client.delete_receipt_rule(RuleSetName=self.set, RuleName=self.name, aws_retry=True)


@guarded
def main() -> None:
    run(ReceiptRule, ARGUMENTS)


if __name__ == "__main__":
    main()
