# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mail of a stack in SES: domains and addresses that it is sent for or to, and the rules about what comes in."""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import ClientError, EndpointConnectionError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

PAGE = 1000


def rule_set_name(stack: str) -> str:
    """Name of the stack's receipt rule set, by which it is found: SES has no tags for them."""
    return f"{stack}-mail"


@AWSRetry.jittered_backoff(retries=8)
def _names(client: Any) -> list[str]:
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = client.list_email_identities(PageSize=PAGE, **token)
        names += [one["IdentityName"] for one in page.get("EmailIdentities") or []]
        if not page.get("NextToken"):
            return names
        token = {"NextToken": page["NextToken"]}


@AWSRetry.jittered_backoff(retries=8)
def _identity(client: Any, name: str) -> Raw:
    return {**client.get_email_identity(EmailIdentity=name), "Name": name}


def read_identities(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Identities with the tag ``Stack=<stack>``. The list gives no tags, so each is asked for its own."""
    try:
        names = _names(client)
    except EndpointConnectionError:
        return []  # The region has no SES.
    found = still_there(lambda name: _identity(client, name), names)
    return [one for one in found if {"Key": "Stack", "Value": stack} in (one.get("Tags") or [])]


@AWSRetry.jittered_backoff(retries=8)
def _rule_set(client: Any, name: str) -> Raw | None:
    try:
        return client.describe_receipt_rule_set(RuleSetName=name)
    except ClientError as error:
        # A region without receiving does not know the action.
        if error.response["Error"]["Code"] in ("RuleSetDoesNotExist", "RuleSetDoesNotExistException", "InvalidAction"):
            return None
        raise


@AWSRetry.jittered_backoff(retries=8)
def _active(client: Any) -> str:
    return (client.describe_active_receipt_rule_set().get("Metadata") or {}).get("Name", "")


def read_rule_sets(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """The stack's receipt rule set, if there is one."""
    name = rule_set_name(stack)
    try:
        found = _rule_set(client, name)
    except EndpointConnectionError:
        return []
    return [{"Name": name, "Active": _active(client) == name, "Rules": found.get("Rules") or []}] if found else []


def mail_identity(raw: Raw) -> Entry:
    dkim, mail_from = raw.get("DkimAttributes") or {}, raw.get("MailFromAttributes") or {}
    is_domain = raw["IdentityType"] != "EMAIL_ADDRESS"
    verified = raw.get("VerifiedForSendingStatus", False)
    # An address waits for its owner, who opens a link that SES mailed: that does not come by itself.
    waiting = "pending" if is_domain else "unconfirmed"
    return {
        "id": raw["Name"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw.get("Tags") or []),
        "type": "domain" if is_domain else "address",
        "state": "verified" if verified else waiting,
        "verified": verified,
        "dkim_status": dkim.get("Status", "NOT_STARTED"),
        "dkim_tokens": dkim.get("Tokens") or [],
        "mail_from_domain": mail_from.get("MailFromDomain", ""),
        "mail_from_status": mail_from.get("MailFromDomainStatus", ""),
    }


def receipt_rule_set(raw: Raw) -> Entry:
    return {
        "id": raw["Name"],
        "name": raw["Name"],
        "exists": True,
        "tags": {},
        "active": raw["Active"],
        "rules": [camel_dict_to_snake_dict(rule) for rule in raw["Rules"]],
    }


IDENTITIES = Service(
    client="sesv2",
    kinds={
        "mail_identities": Kind(
            "ses",
            "Mail identity",
            "",
            {
                "type": None,
                "state": None,
                "verified": False,
                "dkim_status": None,
                "dkim_tokens": [],
                "mail_from_domain": "",
                "mail_from_status": "",
            },
            planned_id="{name}",
            coming=frozenset({"pending"}),
            usual_seconds=120,
        )
    },
    read=read_identities,
    entry_of={"mail_identities": mail_identity},
)

RULE_SETS = Service(
    client="ses",
    kinds={"receipt_rule_sets": Kind("ses", "Receipt rule set", "", {"active": False, "rules": []}, planned_id="{name}")},
    read=read_rule_sets,
    entry_of={"receipt_rule_sets": receipt_rule_set},
)
