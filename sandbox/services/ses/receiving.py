"""Mail that comes in for the account's domains, and what its active receipt rules do with it.

In the daemon's process, like the emulator itself.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from sandbox.api.access.conditions import listed
from sandbox.api.access.policy import RequestContext, decide, document_of, statements_of
from sandbox.core.settings import Settings

#: Principal that a bucket's policy has to let in.
SERVICE = "ses.amazonaws.com"


def receive(settings: Settings, raw: bytes, sender: str, recipients: list[str]) -> dict[str, str]:
    """Hand a message over for each recipient; says by address what became of it.

    A domain that no public zone of the account leads to SES is somebody else's, and its mail left the sandbox.
    """
    outcomes: dict[str, str] = {}
    for recipient in recipients:
        why_not = _not_ours(settings, recipient)
        outcomes[recipient] = why_not or _apply(settings, raw, sender, recipient)
    return outcomes


def server(region: str) -> str:
    """Host to which the MX record of a domain leads when SES receives its mail."""
    return f"inbound-smtp.{region}.amazonaws.com"


def _not_ours(settings: Settings, recipient: str) -> str | None:
    from sandbox.services.ses.overrides.identities_v1 import published
    from sandbox.services.ses.sending import identity_of

    domain = recipient.rsplit("@", 1)[-1].lower()
    servers = [value.split()[-1] for value in published(_account(), domain, "MX")]
    if server(settings.region) not in servers:
        return "left the account"
    if identity_of(settings.region, f"anybody@{domain}") is None:
        return f"refused: {domain} is no verified identity"
    return None


def _apply(settings: Settings, raw: bytes, sender: str, recipient: str) -> str:
    from moto.ses.models import ses_backends

    active = ses_backends[_account()][settings.region].describe_active_receipt_rule_set()
    if active is None:
        return "refused: no receipt rule set is active"
    done: list[str] = []
    for rule in active.rules:
        if rule.get("Enabled") in (True, "true") and _matches(rule.get("Recipients") or [], recipient):
            for action in rule.get("Actions", []):
                (kind, values) = next(iter(action.items()))
                if kind == "AddHeaderAction":
                    raw = f"{values['HeaderName']}: {values['HeaderValue']}\r\n".encode() + raw
                    continue
                done.append(_act(settings, kind, values, raw, sender, recipient))
                if kind in ("StopAction", "BounceAction"):
                    return "; ".join(done)
    return "; ".join(done) or "refused: no receipt rule is for this address"


def _matches(wanted: list[str], recipient: str) -> bool:
    """Addresses, domains, and with a dot before it everything below a domain; an empty list is for all."""
    address = recipient.lower()
    local, domain = address.rsplit("@", 1)
    plain = f"{local.split('+')[0]}@{domain}"
    return not wanted or any(
        one in (address, plain, domain) or (one.startswith(".") and domain.endswith(one))
        for one in (entry.lower() for entry in wanted)
    )


def _act(settings: Settings, kind: str, values: dict[str, Any], raw: bytes, sender: str, recipient: str) -> str:
    number = secrets.token_hex(20)
    notice: dict[str, Any] = {
        "notificationType": "Received",
        "mail": {"source": sender, "messageId": number, "destination": [recipient]},
        "receipt": {"recipients": [recipient], "action": {"type": kind.removesuffix("Action")}},
    }
    if kind == "S3Action":
        bucket, key = values["BucketName"], f"{values.get('ObjectKeyPrefix') or ''}{number}"
        if not may_write(bucket, key):
            return f"refused: the policy of bucket {bucket} does not let {SERVICE} write {key}"
        _s3().put_object(bucket, key, raw)
        notice["receipt"]["action"] |= {"bucketName": bucket, "objectKey": key}
        outcome = f"stored as s3://{bucket}/{key}"
    elif kind == "SNSAction":
        encoded = values.get("Encoding") == "Base64"
        notice["content"] = base64.b64encode(raw).decode() if encoded else raw.decode("utf-8", "replace")
        outcome = f"told {values['TopicArn']}"
    elif kind == "BounceAction":
        outcome = f"bounced: {values.get('SmtpReplyCode')} {values.get('Message')}"
    elif kind == "StopAction":
        outcome = "stopped"
    else:
        return f"{kind} is not done by the sandbox"
    if values.get("TopicArn"):
        _publish(settings, values["TopicArn"], json.dumps(notice))
    return outcome


def may_write(bucket: str, key: str) -> bool:
    """Whether the bucket's policy lets SES put the object: Service principals the emulator itself passes over."""
    text = _s3().get_bucket(bucket).policy
    ours = [one for one in statements_of(document_of(text)) if _names_the_service(one.get("Principal"))]
    # Which rule of which account puts it, conditions ask; here there is one account and its own rules.
    plain = [{name: value for name, value in one.items() if name != "Condition"} for one in ours]
    return decide(RequestContext("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"), {}, [{"Statement": plain}]).allowed


def _names_the_service(principal: Any) -> bool:
    return isinstance(principal, dict) and SERVICE in listed(principal.get("Service", []))


def _publish(settings: Settings, topic_arn: str, text: str) -> None:
    from moto.sns.models import sns_backends

    sns_backends[_account()][settings.region].publish(text, arn=topic_arn)


def _s3() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[_account()]["aws"]


def _account() -> str:
    from sandbox.api.environment import ACCOUNT_ID

    return ACCOUNT_ID
