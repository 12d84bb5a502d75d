# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mail of a stack in SES: domains and addresses that it is sent for or to, and the rules about what comes in."""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import ClientError, EndpointConnectionError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, snake_list, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import belongs_to_stack

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


def _read_identities(client: Any, scope: Scope) -> list[Raw]:
    """Identities with the tag ``Stack=<stack>``. The list gives no tags, so each is asked for its own."""
    try:
        names = _names(client)
    except EndpointConnectionError:
        return []  # The region has no SES.
    found = still_there(lambda name: {**ask(client, "get_email_identity", EmailIdentity=name), "Name": name}, names)
    return [one for one in found if belongs_to_stack(one.get("Tags"), scope.stack)]


@AWSRetry.jittered_backoff(retries=8)
def _rule_set(client: Any, name: str) -> Raw | None:
    try:
        return client.describe_receipt_rule_set(RuleSetName=name)
    except ClientError as error:
        # A region without receiving does not know the action.
        if error.response["Error"]["Code"] in ("RuleSetDoesNotExist", "RuleSetDoesNotExistException", "InvalidAction"):
            return None
        raise


def _read_rule_sets(client: Any, scope: Scope) -> list[Raw]:
    """The stack's receipt rule set, if there is one."""
    name = rule_set_name(scope.stack)
    try:
        found = _rule_set(client, name)
    except EndpointConnectionError:
        return []
    if not found:
        return []
    active = (ask(client, "describe_active_receipt_rule_set").get("Metadata") or {}).get("Name", "")
    return [{"Name": name, "Active": active == name, "Rules": found.get("Rules") or []}]


def _mail_identity(raw: Raw) -> Entry:
    dkim, mail_from = raw.get("DkimAttributes") or {}, raw.get("MailFromAttributes") or {}
    is_domain = raw["IdentityType"] != "EMAIL_ADDRESS"
    verified = raw.get("VerifiedForSendingStatus", False)
    # An address waits for its owner, who opens a link that SES mailed: that does not come by itself.
    waiting = "pending" if is_domain else "unconfirmed"
    return entry_of(
        raw["Name"],
        raw["Name"],
        tags_of(raw),
        type="domain" if is_domain else "address",
        state="verified" if verified else waiting,
        verified=verified,
        dkim_status=dkim.get("Status", "NOT_STARTED"),
        dkim_tokens=dkim.get("Tokens") or [],
        mail_from_domain=mail_from.get("MailFromDomain", ""),
        mail_from_status=mail_from.get("MailFromDomainStatus", ""),
    )


def _receipt_rule_set(raw: Raw) -> Entry:
    return entry_of(raw["Name"], raw["Name"], {}, active=raw["Active"], rules=snake_list(raw["Rules"]))


KINDS: dict[str, Kind] = {
    "mail_identities": Kind(
        label="Mail identity",
        role="ses",
        made_by={
            "railyard.aws.ses_domain_identity": ModuleSpec(("domain",)),
            "railyard.aws.ses_email_identity": ModuleSpec(("address",)),
        },
        client="sesv2",
        read=_read_identities,
        entry=_mail_identity,
        fields={
            "type": None,
            "state": None,
            "verified": False,
            "dkim_status": None,
            "dkim_tokens": [],
            "mail_from_domain": "",
            "mail_from_status": "",
        },
        planned_id="{name}",
        pending=frozenset({"pending"}),
        usual_seconds=120,
        named_by="domain or address",
        about="The `type` is `domain` or `address`.",
    ),
    "receipt_rule_sets": Kind(
        label="Receipt rule set",
        role="ses",
        made_by={"community.aws.ses_rule_set": ModuleSpec(), "railyard.aws.ses_receipt_rule": ModuleSpec(("rule_set",), part=True)},
        client="ses",
        read=_read_rule_sets,
        entry=_receipt_rule_set,
        fields={"active": False, "rules": []},
        planned_id="{name}",
        about="Found by its name, `<stack>-mail`: SES has no tags for them.",
    ),
}
