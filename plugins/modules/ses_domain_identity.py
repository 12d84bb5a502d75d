#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_domain_identity
short_description: Keep a domain that Amazon SES sends mail for as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Adds a domain to Amazon SES with Easy DKIM, sets its MAIL FROM domain and where bounces and complaints are told, and
    returns the DNS records that SES looks for.
  - Unlike M(community.aws.ses_identity) it knows DKIM, and has a diff.
  - An option that is not given is not looked at.
options:
  domain:
    description: The domain. SES keeps it in lower case.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the domain is to be an identity of SES.
    type: str
    choices: [present, absent]
    default: present
  mail_from_domain:
    description: Domain below O(domain) that bounces come back to, for example V(bounce.example.com); empty for SES's own.
    type: str
  mail_from_behavior:
    description: What SES does with mail while the MX record of O(mail_from_domain) is missing.
    type: str
    choices: [use_default_value, reject_message]
    default: use_default_value
  feedback_forwarding:
    description:
      - Whether bounces and complaints are told by mail.
      - V(false) needs O(bounce_topic_arn) and O(complaint_topic_arn), because somebody has to be told.
    type: bool
  bounce_topic_arn:
    description: ARN of the SNS topic that is told about bounces; empty for none.
    type: str
  complaint_topic_arn:
    description: ARN of the SNS topic that is told about complaints; empty for none.
    type: str
  delivery_topic_arn:
    description: ARN of the SNS topic that is told about deliveries; empty for none.
    type: str
  dkim_domain:
    description:
      - Domain that the DKIM records point into.
      - Some newer regions have one of their own; see the page on DKIM domains in the AWS General Reference.
    type: str
    default: dkim.amazonses.com
  wait:
    description: Whether to wait until SES has found the DKIM records. They have to be made first.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 900
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Ensure SES may send for the domain
  railyard.aws.ses_domain_identity:
    domain: example.com
    mail_from_domain: bounce.example.com
    bounce_topic_arn: arn:aws:sns:ap-northeast-1:123456789012:mail
    complaint_topic_arn: arn:aws:sns:ap-northeast-1:123456789012:mail
  register: mail_identity

- name: Publish the records that SES looks for
  amazon.aws.route53:
    zone: example.com
    record: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
    ttl: "{{ item.ttl }}"
    overwrite: true
  loop: "{{ mail_identity.records }}"

- name: Await the verification
  railyard.aws.ses_domain_identity:
    domain: example.com
    wait: true
"""

RETURN = r"""
identity:
  description: The identity; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    verification_status:
      description: Whether SES sends for the domain, C(Success), or still looks for the records, C(Pending).
      type: str
      sample: Success
    dkim_status:
      description: Whether the DKIM records were found.
      type: str
      sample: Success
    dkim_enabled:
      description: Whether mail is signed.
      type: bool
      sample: true
    dkim_tokens:
      description: Tokens of the DKIM records; in check mode placeholders when the identity does not exist yet.
      type: list
      elements: str
      sample: [vvjuipp74whm76gqoni7qmwwn4w4qusj]
    mail_from_domain:
      description: Domain that bounces come back to; empty for SES's own.
      type: str
      sample: bounce.example.com
    mail_from_behavior:
      description: What SES does while the MX record is missing.
      type: str
      sample: use_default_value
    mail_from_status:
      description: Whether the MX record was found; empty without a MAIL FROM domain.
      type: str
      sample: Success
    feedback_forwarding:
      description: Whether bounces and complaints are told by mail.
      type: bool
      sample: true
    bounce_topic_arn:
      description: ARN of the topic for bounces, or empty.
      type: str
      sample: arn:aws:sns:ap-northeast-1:123456789012:mail
    complaint_topic_arn:
      description: ARN of the topic for complaints, or empty.
      type: str
      sample: arn:aws:sns:ap-northeast-1:123456789012:mail
    delivery_topic_arn:
      description: ARN of the topic for deliveries, or empty.
      type: str
      sample: ""
records:
  description: DNS records that SES looks for.
  returned: when O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: Full name of the record.
      type: str
      sample: vvjuipp74whm76gqoni7qmwwn4w4qusj._domainkey.example.com
    type:
      description: Type of the record.
      type: str
      sample: CNAME
    value:
      description: Value of the record, as Route 53 takes it.
      type: str
      sample: vvjuipp74whm76gqoni7qmwwn4w4qusj.dkim.amazonses.com
    ttl:
      description: Seconds that resolvers may keep it.
      type: int
      sample: 1800
"""

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import SES
from ansible_collections.railyard.aws.plugins.module_utils._resource.wait import TimeUp, wait_until
from ansible_collections.railyard.aws.plugins.module_utils._ses.identities import BEHAVIORS, PLANNED_TOKENS, TOPICS, read, records

ARGUMENTS = dict(
    domain=dict(type="str", required=True, aliases=["name"]),
    **arguments.STATE,
    mail_from_domain=dict(type="str"),
    mail_from_behavior=dict(type="str", choices=list(BEHAVIORS), default="use_default_value"),
    feedback_forwarding=dict(type="bool"),
    bounce_topic_arn=dict(type="str"),
    complaint_topic_arn=dict(type="str"),
    delivery_topic_arn=dict(type="str"),
    dkim_domain=dict(type="str", default="dkim.amazonses.com"),
    **arguments.TAGS,
    wait=dict(type="bool", default=False),
    wait_timeout=dict(type="int", default=900),
)

#: Seconds between two looks at a verification.
PAUSE = 10

ABSENT = {
    "verification_status": "NotStarted",
    "dkim_status": "NotStarted",
    "dkim_enabled": True,
    "dkim_tokens": PLANNED_TOKENS,
    "mail_from_domain": "",
    "mail_from_behavior": "use_default_value",
    "mail_from_status": "",
    "feedback_forwarding": True,
    **{option: "" for option in TOPICS},
}


class DomainIdentity(Resource):
    """A domain that SES sends mail for."""

    service = "ses"
    # SES takes one such request per second.
    retry = {"retries": 8, "delay": 2}
    label = "Domain identity"
    id_option = "domain"
    tag_api = SES
    shows_all_tags = True

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.changes: dict[str, Any] = {}

    @staticmethod
    def spelt(name: str) -> str:
        return name.lower().rstrip(".")

    def validate(self) -> None:
        mail_from = self.params["mail_from_domain"]
        if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", self.name):
            raise ResourceError(f"'{self.name}' is not a domain name; write it like example.com.")
        if mail_from and not mail_from.endswith(f".{self.name}"):
            raise ResourceError(f"mail_from_domain is '{mail_from}', but has to be below '{self.name}', for example bounce.{self.name}.")

    def find(self) -> dict[str, Any] | None:
        return read(self.client, self.name)

    @property
    def tag_client(self) -> Any:
        # Only version 2 of the API makes identities with tags, and tags them.
        return self.module.client("sesv2", retry_decorator=AWSRetry.jittered_backoff(**self.retry))

    def tag_target(self, found: dict[str, Any]) -> str:
        account, partition = get_aws_account_info(self.module)
        return f"arn:{partition}:ses:{self.client.meta.region_name}:{account}:identity/{self.name}"

    def wanted_changes(self, current: dict[str, Any]) -> dict[str, Any]:
        """The options that were given and differ from ``current``. Raises ResourceError when nobody would be told."""
        params = self.params
        options = ["mail_from_domain", "feedback_forwarding", *TOPICS]
        changes = {option: params[option] for option in options if params[option] not in (None, current[option])}
        if not current["dkim_enabled"]:
            changes["dkim_enabled"] = True
        becomes = {**current, **changes}
        if becomes["mail_from_domain"] and params["mail_from_domain"] and params["mail_from_behavior"] != current["mail_from_behavior"]:
            changes["mail_from_behavior"] = params["mail_from_behavior"]
        if not becomes["feedback_forwarding"] and not (becomes["bounce_topic_arn"] and becomes["complaint_topic_arn"]):
            raise ResourceError(
                f"With feedback_forwarding false, nobody would be told about bounces of '{self.name}': give"
                " bounce_topic_arn and complaint_topic_arn, or feedback_forwarding: true."
            )
        return changes

    def new(self) -> dict[str, Any]:
        self.changes = self.wanted_changes(ABSENT)
        return {"domain": self.name, **self.changes, **({"tags": self.tags} if self.tags else {})}

    def create(self, new: dict[str, Any]) -> dict[str, Any]:
        # The one call that makes an identity with its tags: a run that ends after it leaves none that nobody knows.
        self.tag_client.create_email_identity(EmailIdentity=self.name, Tags=ansible_dict_to_boto3_tag_list(self.tags), aws_retry=True)
        becomes = {**ABSENT, **self.changes}
        self.change(becomes)
        return self.find() or becomes

    def planned(self, new: dict[str, Any]) -> dict[str, Any]:
        return self.results({**ABSENT, **self.changes})

    def plan(self, found: dict[str, Any]) -> Diff:
        self.changes = self.wanted_changes(found)
        diff = Diff({option: found[option] for option in self.changes}, self.changes)
        if found["dkim_status"] == "Failed":
            # After three days without the records SES gives up, and looks again only once it is asked to.
            diff.add("dkim_status", "Failed", "Pending")
        return diff

    def apply(self, found: dict[str, Any], diff: Diff) -> None:
        if "dkim_status" in diff.after:
            self.client.verify_domain_dkim(Domain=self.name, aws_retry=True)
        self.change({**found, **self.changes})

    def change(self, becomes: dict[str, Any]) -> None:
        """Make the changes in an order in which somebody is always told about bounces."""
        client, changes, identity = self.client, self.changes, {"Identity": self.name, "aws_retry": True}
        if changes.get("dkim_enabled"):
            client.set_identity_dkim_enabled(DkimEnabled=True, **identity)
        if {"mail_from_domain", "mail_from_behavior"} & set(changes):
            domain = {"MailFromDomain": becomes["mail_from_domain"]} if becomes["mail_from_domain"] else {}
            behavior = BEHAVIORS[becomes["mail_from_behavior"]]
            client.set_identity_mail_from_domain(BehaviorOnMXFailure=behavior, **domain, **identity)
        forwarding = changes.get("feedback_forwarding")
        if forwarding is True:
            client.set_identity_feedback_forwarding_enabled(ForwardingEnabled=True, **identity)
        for option, kind in TOPICS.items():
            if option in changes:
                topic = {"SnsTopic": changes[option]} if changes[option] else {}
                client.set_identity_notification_topic(NotificationType=kind, **topic, **identity)
        if forwarding is False:
            client.set_identity_feedback_forwarding_enabled(ForwardingEnabled=False, **identity)

    def settled(self, found: dict[str, Any], diff: Diff) -> dict[str, Any]:
        becomes = {**found, **self.changes}
        return becomes if self.check_mode or not diff else self.find() or becomes

    def wait_until_verified(self, wanted: list[dict[str, Any]]) -> dict[str, Any]:
        """The identity once its DKIM records were found. Raises ResourceError when they were not in time."""

        def decided(identity: dict[str, Any] | None) -> bool:
            return identity is None or verified(identity) or identity["dkim_status"] == "Failed"

        try:
            identity = wait_until(self.find, decided, self.params["wait_timeout"], PAUSE)
        except TimeUp as up:
            identity = up.seen
        if identity is None:
            raise ResourceError(f"Identity '{self.name}' was removed by somebody while its verification was awaited.")
        if not verified(identity):
            names = ", ".join(record["name"] for record in wanted)
            raise ResourceError(
                f"SES has not found the DNS records of '{self.name}' (DKIM is '{identity['dkim_status']}'). Check that the world sees {names}, then run again."
            )
        return identity

    def results(self, found: dict[str, Any]) -> dict[str, Any]:
        region = self.client.meta.region_name
        wanted = records(self.name, found["dkim_tokens"], found["mail_from_domain"], region, self.params["dkim_domain"])
        if self.params["wait"] and not self.check_mode:
            found = self.wait_until_verified(wanted)
        return {"identity": {"domain": self.name, **found}, "records": wanted}

    def removed(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"domain": self.name, **found}

    def delete(self, found: dict[str, Any]) -> None:
        self.client.delete_identity(Identity=self.name, aws_retry=True)


def verified(identity: dict[str, Any]) -> bool:
    """Whether SES has found the identity's records."""
    return "Success" in (identity["verification_status"], identity["dkim_status"])


@guarded
def main() -> None:
    run(DomainIdentity, ARGUMENTS)


if __name__ == "__main__":
    main()
