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
  tags:
    description: Tags of the identity. When it is not given the tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
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
import time

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._ses.errors import MailError
from ansible_collections.railyard.aws.plugins.module_utils._ses.identities import BEHAVIORS, PLANNED_TOKENS, TOPICS, read, records

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


def judge(params):
    """Raise MailError when the domain or its MAIL FROM domain is none."""
    domain, mail_from = params["domain"], params["mail_from_domain"]
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", domain):
        raise MailError(f"'{domain}' is not a domain name; write it like example.com.")
    if mail_from and not mail_from.endswith(f".{domain}"):
        raise MailError(f"mail_from_domain is '{mail_from}', but has to be below '{domain}', for example bounce.{domain}.")


def wanted_changes(params, current):
    """Return the options that were given and differ from ``current``. Raises MailError when nobody would be told."""
    options = ["mail_from_domain", "feedback_forwarding", *TOPICS]
    changes = {option: params[option] for option in options if params[option] not in (None, current[option])}
    if not current["dkim_enabled"]:
        changes["dkim_enabled"] = True
    becomes = {**current, **changes}
    if becomes["mail_from_domain"] and params["mail_from_domain"] and params["mail_from_behavior"] != current["mail_from_behavior"]:
        changes["mail_from_behavior"] = params["mail_from_behavior"]
    if not becomes["feedback_forwarding"] and not (becomes["bounce_topic_arn"] and becomes["complaint_topic_arn"]):
        raise MailError(
            f"With feedback_forwarding false, nobody would be told about bounces of '{params['domain']}': give"
            " bounce_topic_arn and complaint_topic_arn, or feedback_forwarding: true."
        )
    return changes


def apply(client, domain, changes, becomes):
    """Make the changes in an order in which somebody is always told about bounces."""
    if changes.get("dkim_enabled"):
        client.set_identity_dkim_enabled(Identity=domain, DkimEnabled=True, aws_retry=True)
    if {"mail_from_domain", "mail_from_behavior"} & set(changes):
        request = {"MailFromDomain": becomes["mail_from_domain"]} if becomes["mail_from_domain"] else {}
        client.set_identity_mail_from_domain(Identity=domain, BehaviorOnMXFailure=BEHAVIORS[becomes["mail_from_behavior"]], aws_retry=True, **request)
    forwarding = changes.get("feedback_forwarding")
    if forwarding is True:
        client.set_identity_feedback_forwarding_enabled(Identity=domain, ForwardingEnabled=True, aws_retry=True)
    for option, kind in TOPICS.items():
        if option in changes:
            topic = {"SnsTopic": changes[option]} if changes[option] else {}
            client.set_identity_notification_topic(Identity=domain, NotificationType=kind, aws_retry=True, **topic)
    if forwarding is False:
        client.set_identity_feedback_forwarding_enabled(Identity=domain, ForwardingEnabled=False, aws_retry=True)


def ensure_tags(tagger, arn, params, check_mode):
    """Mend tags that differ; return all of them before and after, both empty when none does."""
    current = boto3_tag_list_to_ansible_dict(tagger.list_tags_for_resource(ResourceArn=arn, aws_retry=True)["Tags"])
    to_set, to_remove = compare_aws_tags(current, params["tags"], params["purge_tags"])
    if not to_set and not to_remove:
        return {}, {}
    if not check_mode:
        if to_remove:
            tagger.untag_resource(ResourceArn=arn, TagKeys=to_remove, aws_retry=True)
        if to_set:
            tagger.tag_resource(ResourceArn=arn, Tags=ansible_dict_to_boto3_tag_list(to_set), aws_retry=True)
    kept = {key: value for key, value in current.items() if key not in to_remove}
    return current, {**kept, **to_set}


def wait_until_verified(client, params, wanted):
    """Return the identity once its DKIM records were found. Raises MailError when they were not in time."""
    domain, end = params["domain"], time.monotonic() + params["wait_timeout"]
    while True:
        identity = read(client, domain)
        if identity is None:
            raise MailError(f"Identity '{domain}' was removed by somebody while its verification was awaited.")
        if "Success" in (identity["verification_status"], identity["dkim_status"]):
            return identity
        if identity["dkim_status"] == "Failed" or time.monotonic() + PAUSE > end:
            names = ", ".join(record["name"] for record in wanted)
            raise MailError(
                f"SES has not found the DNS records of '{domain}' (DKIM is '{identity['dkim_status']}'). Check that the world sees {names}, then run again."
            )
        time.sleep(PAUSE)


def ensure_present(client, params, check_mode, region, tagging):
    """Add or mend the identity; return the result for exit_json.

    :arg tagging: returns (a client of SES v2, which makes and tags, the identity's ARN); asked only when there is need.
    """
    judge(params)
    domain = params["domain"]
    found = read(client, domain)
    created = found is None
    current = found or ABSENT
    changes = wanted_changes(params, current)
    before, after = {option: current[option] for option in changes}, dict(changes)
    if created:
        before, after = {}, {"domain": domain, **changes}
    # After three days without the records SES gives up, and looks again only once it is asked to.
    given_up = current["dkim_status"] == "Failed"
    if given_up:
        before["dkim_status"], after["dkim_status"] = "Failed", "Pending"
    if not check_mode:
        if created:
            # The one call that makes an identity with its tags: a run that ends after it leaves none that nobody knows.
            tagger, _arn = tagging()
            tags = ansible_dict_to_boto3_tag_list(params["tags"] or {})
            tagger.create_email_identity(EmailIdentity=domain, Tags=tags, aws_retry=True)
        if given_up:
            client.verify_domain_dkim(Domain=domain, aws_retry=True)
        apply(client, domain, changes, {**current, **changes})
    if params["tags"] is not None:
        if created:
            was, becomes = {}, params["tags"]
        else:
            was, becomes = ensure_tags(*tagging(), params, check_mode)
        if was != becomes:
            before.update({} if created else {"tags": was})
            after["tags"] = becomes
    identity = {**current, **changes}
    if not check_mode and (created or changes or given_up):
        identity = read(client, domain) or identity
    wanted = records(domain, identity["dkim_tokens"], identity["mail_from_domain"], region, params["dkim_domain"])
    if params["wait"] and not check_mode:
        identity = wait_until_verified(client, params, wanted)
    return {
        "changed": bool(after),
        "diff": {"before": before, "after": after},
        "identity": {"domain": domain, **identity},
        "records": wanted,
    }


def ensure_absent(client, params, check_mode):
    """Remove the identity; return the result for exit_json."""
    found = read(client, params["domain"])
    if found and not check_mode:
        client.delete_identity(Identity=params["domain"], aws_retry=True)
    before = {"domain": params["domain"], **found} if found else {}
    return {"changed": bool(found), "diff": {"before": before, "after": {}}}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            domain=dict(type="str", required=True, aliases=["name"]),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            mail_from_domain=dict(type="str"),
            mail_from_behavior=dict(type="str", choices=["use_default_value", "reject_message"], default="use_default_value"),
            feedback_forwarding=dict(type="bool"),
            bounce_topic_arn=dict(type="str"),
            complaint_topic_arn=dict(type="str"),
            delivery_topic_arn=dict(type="str"),
            dkim_domain=dict(type="str", default="dkim.amazonses.com"),
            tags=dict(type="dict", aliases=["resource_tags"]),
            purge_tags=dict(type="bool", default=True),
            wait=dict(type="bool", default=False),
            wait_timeout=dict(type="int", default=900),
        ),
        supports_check_mode=True,
    )
    params = {**module.params, "domain": module.params["domain"].lower().rstrip(".")}
    # SES takes one such request per second.
    retry = AWSRetry.jittered_backoff(retries=8, delay=2)
    client = module.client("ses", retry_decorator=retry)

    def tagging():
        account, partition = get_aws_account_info(module)
        arn = f"arn:{partition}:ses:{module.region}:{account}:identity/{params['domain']}"
        return module.client("sesv2", retry_decorator=retry), arn

    try:
        if params["state"] == "absent":
            result = ensure_absent(client, params, module.check_mode)
        else:
            result = ensure_present(client, params, module.check_mode, module.region, tagging)
    except MailError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Domain identity '{params['domain']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
