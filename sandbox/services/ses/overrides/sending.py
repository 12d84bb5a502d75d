"""Mail sent through the API goes the way of mail sent over SMTP: judged, kept to be read, handed to who receives it."""

from __future__ import annotations

import email.utils
from email.message import EmailMessage
from typing import Any

from moto.ses.exceptions import MessageRejectedError
from moto.ses.models import SESBackend

from sandbox.core.settings import Settings
from sandbox.services.ses import sending as mail
from sandbox.services.ses.mailbox import Mailbox
from sandbox.services.ses.receiving import receive


def apply(settings: Settings) -> None:
    send_raw, send_simple = SESBackend.send_raw_email, SESBackend.send_email

    def post(raw: bytes, source: str, recipients: list[str]) -> None:
        sender = email.utils.parseaddr(source)[1]
        refused = mail.refusal(settings, None, sender, recipients, raw)
        if refused:
            raise MessageRejectedError(refused)
        outcomes = receive(settings, raw, sender, recipients)
        Mailbox(settings.home).put(raw, sender, recipients, way="API", user=None, outcomes=outcomes)

    def send_raw_email(self, source, destinations, raw_data):
        # Judged first, because the emulator takes an identity that is still pending.
        message = email.message_from_string(raw_data)
        named = email.utils.getaddresses(message.get_all(header, []) for header in ("To", "Cc", "Bcc"))
        recipients = _addresses(destinations) or [address for _unused, address in named if address]
        post(raw_data.encode(), source or message.get("From", ""), recipients)
        return send_raw(self, source, destinations, raw_data)

    def send_email(self, source, subject, body, destinations):
        message = EmailMessage()
        message["From"], message["Subject"] = source, subject
        for header in ("To", "Cc"):
            if destinations.get(f"{header}Addresses"):
                message[header] = ", ".join(destinations[f"{header}Addresses"])
        message.set_content(body)
        post(message.as_bytes(), source, _addresses(one for many in destinations.values() for one in many))
        return send_simple(self, source, subject, body, destinations)

    SESBackend.send_raw_email = send_raw_email
    SESBackend.send_email = send_email


def _addresses(values: Any) -> list[str]:
    return [email.utils.parseaddr(value)[1] for value in values]
