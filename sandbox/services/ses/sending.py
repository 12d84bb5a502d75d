"""What the account says about mail that is sent: whose password it is, and whether the mail may go.

In the daemon's process, like the emulator itself, which is why moto is imported late: the environment comes first.
"""

from __future__ import annotations

import base64
import email
import email.policy
import email.utils
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.api.access.policy import RequestContext, decide
from sandbox.core.settings import Settings

#: Mail to it goes out of every account, also out of one in the sandbox of SES.
SIMULATOR = "simulator.amazonses.com"
#: Most recipients of one message.
MOST = 50


@dataclass(frozen=True)
class Sender:
    """The IAM user whose access key is the SMTP user name."""

    user: str
    arn: str


def smtp_password(secret: str, region: str) -> str:
    """As https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html derives it from a secret access key."""
    key = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + key).decode()


def authenticate(region: str, name: str, password: str) -> Sender | None:
    """Who that is; None for an unknown or inactive key and for a wrong password."""
    from moto.iam.models import iam_backends

    from sandbox.api.environment import ACCOUNT_ID

    for user in list(iam_backends[ACCOUNT_ID]["aws"].users.values()):
        for key in list(user.access_keys):
            if key.access_key_id == name and key.status == "Active":
                right = smtp_password(key.secret_access_key, region)
                matches = hmac.compare_digest(right.encode(), password.encode())
                return Sender(user.name, user.arn) if matches else None
    return None


def production(settings: Settings) -> bool:
    """Whether the account has left the sandbox of SES: as ``PutAccountDetails`` said last, else as it was set up."""
    said = getattr(_backend(settings.region), "railyard_production", None)
    return settings.mail_production if said is None else said


def refusal(settings: Settings, sender: Sender | None, mail_from: str, recipients: list[str], raw: bytes) -> str | None:
    """Why SES would not send the message, in its words; None when it would.

    :param sender: None for a call of the API, whose permission is not this function's affair
    """
    region = settings.region
    message = email.message_from_bytes(raw, policy=email.policy.default)
    author = _address(message.get("From", "")) or mail_from
    if len(recipients) > MOST:
        return f"Recipient count exceeds {MOST}."
    unverified = [address for address in (author, mail_from) if identity_of(region, address) is None]
    if not production(settings):
        unverified += [
            address for address in recipients if _domain(address) != SIMULATOR and identity_of(region, address) is None
        ]
    if unverified:
        return (
            "Message rejected: Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {', '.join(dict.fromkeys(unverified))}"
        )
    if sender is None:
        return None
    used = [identity_of(region, author)]
    if not production(settings):
        # SES then asks for permission on what it looked up for the recipients, too.
        used += [identity_of(region, address) for address in recipients if _domain(address) != SIMULATOR]
    return _forbidden(region, sender, author, mail_from, recipients, [identity for identity in used if identity])


def _forbidden(
    region: str, sender: Sender, author: str, mail_from: str, recipients: list[str], identities: Iterable[str]
) -> str | None:
    from sandbox.api.access.callers import policies_of_user
    from sandbox.api.environment import ACCOUNT_ID

    documents = policies_of_user(sender.user)
    context = {"ses:fromaddress": (author,), "ses:feedbackaddress": (mail_from,), "aws:securetransport": ("true",)}
    for identity in dict.fromkeys(identities):
        resource = f"arn:aws:ses:{region}:{ACCOUNT_ID}:identity/{identity}"
        if not decide(RequestContext("ses:SendRawEmail", resource), context, documents).allowed:
            what = f"`ses:SendRawEmail' on resource `{resource}'"
            return f"Access denied: User `{sender.arn}' is not authorized to perform {what}"
    return None


def identity_of(region: str, address: str) -> str | None:
    """The verified identity that covers an address: itself, its domain, or a domain above that."""
    from sandbox.services.ses.overrides.identities_v1 import verified

    backend = _backend(region)
    domain = _domain(address)
    labels = domain.split(".")
    above = [".".join(labels[index:]) for index in range(len(labels) - 1)]
    known = {name.lower(): name for name in backend.email_identities}
    for name in (address.lower(), *above):
        if name in known and verified(backend, known[name]):
            return known[name]
    return None


def sent(settings: Settings, mail_from: str, recipients: list[str]) -> None:
    """Count the message, and tell the topics of the identity what the simulator's addresses stand for."""
    backend = _backend(settings.region)
    backend.sent_message_count += len(recipients)
    backend.__process_sns_feedback__(mail_from, [address for address in recipients if _domain(address) == SIMULATOR])


def _backend(region: str) -> Any:
    from moto.ses.models import ses_backends

    from sandbox.api.environment import ACCOUNT_ID

    return ses_backends[ACCOUNT_ID][region]


def _address(header: object) -> str:
    return email.utils.parseaddr(str(header))[1]


def _domain(address: str) -> str:
    return address.rsplit("@", 1)[-1].lower()
