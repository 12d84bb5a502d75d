"""Messages to topics reach the subscribers by e-mail that have confirmed, and a new one is asked.

The emulator sends nothing by e-mail. All of it is in the sandbox's mailbox; nothing leaves the machine.
"""

from __future__ import annotations

import logging
from email.message import EmailMessage

from moto.sns.models import SNSBackend, Subscription

from sandbox.core.settings import Settings
from sandbox.services.ses.mailbox import Mailbox
from sandbox.services.sns import mails
from sandbox.services.sns.overrides.subscriptions import token, waits

_log = logging.getLogger(__name__)
_BY_MAIL = ("email", "email-json")


def apply(settings: Settings) -> None:
    publish, subscribe = Subscription.publish, SNSBackend.subscribe
    mailbox = Mailbox(settings.home)

    def deliver(mail: EmailMessage, endpoint: str, topic: str) -> None:
        try:
            mailbox.put(mail.as_bytes(), mails.SENDER, [endpoint], way="SNS", topic=topic)
        except OSError as error:
            # As on AWS, whoever publishes does not learn of it.
            _log.error("mail of %s to %s could not be kept: %s", topic, endpoint, error)

    def _publish(self, message, message_id, subject=None, *arguments, **named) -> None:
        if self.protocol not in _BY_MAIL:
            publish(self, message, message_id, subject, *arguments, **named)
            return
        attributes = named.get("message_attributes") or (arguments[0] if arguments else None)
        matcher = self._filter_policy_matcher
        if waits(self) or (matcher is not None and not matcher.matches(attributes, message)):
            return
        if named.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        if self.protocol == "email":
            mail = mails.notification(self.topic_arn.split(":")[3], self.arn, self.endpoint, subject, message)
        else:
            mail = mails.as_json(self.endpoint, subject, self.get_post_data(message, message_id, subject))
        deliver(mail, self.endpoint, self.topic_arn)

    def _subscribe(self, topic_arn, endpoint, protocol, *arguments, **named):
        known = {one.arn for one in self.subscriptions.values()}
        made = subscribe(self, topic_arn, endpoint, protocol, *arguments, **named)
        if protocol in _BY_MAIL and made.arn not in known:
            deliver(mails.question(topic_arn.split(":")[3], topic_arn, token(made), endpoint), endpoint, topic_arn)
        return made

    Subscription.publish = _publish
    SNSBackend.subscribe = _subscribe
