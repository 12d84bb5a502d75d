"""Mail: identities have DKIM tokens of their own and are verified by their DNS records; notices are remembered;
receipt rules can be moved and removed."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.route53.models import route53_backends
from moto.ses.exceptions import AlreadyExists, InvalidParameterValue, RuleDoesNotExist
from moto.ses.models import SESBackend
from moto.ses.responses import EmailResponse

from sandbox.core.settings import Settings

TOKENS = 3


def dkim_tokens(domain: str) -> list[str]:
    """Tokens of a domain, 32 letters and digits each; always the same, as with AWS when it is added again."""
    digests = (hashlib.sha256(f"{domain}/{number}".encode()).digest() for number in range(TOKENS))
    return [base64.b32encode(digest[:20]).decode().lower() for digest in digests]


def published(account_id: str, name: str, kind: str) -> list[str]:
    """Values of a record in the account's public zones, without the final dot."""
    zones = route53_backends[account_id]["aws"].zones.values()
    return [
        value.rstrip(".")
        for zone in zones
        if not zone.private_zone
        for record in zone.rrsets
        if record.type == kind and record.name.rstrip(".") == name
        for value in record.records
    ]


def dkim_is_published(account_id: str, domain: str) -> bool:
    """Whether the account's public zones have all DKIM records of a domain."""
    return all(
        f"{token}.dkim.amazonses.com" in published(account_id, f"{token}._domainkey.{domain}", "CNAME")
        for token in dkim_tokens(domain)
    )


def verified(backend: SESBackend, identity: str) -> bool:
    """Whether SES sends for an identity. An address counts as soon as it is added: nobody here could open the mail."""
    return "@" in identity or dkim_is_published(backend.account_id, identity)


def apply(settings: Settings) -> None:
    _identities()
    _mail_from()
    _notices()
    _rules()


def _identities() -> None:
    delete = SESBackend.delete_identity

    def status(backend: Any, identity: str) -> str:
        return "Success" if verified(backend, identity) else "Pending"

    def verify_domain_dkim(self) -> ActionResult:
        domain = self._get_param("Domain").lower()
        self.backend.verify_domain(domain)
        return ActionResult({"DkimTokens": dkim_tokens(domain)})

    def set_identity_dkim_enabled(self) -> ActionResult:
        identity = self.backend.email_identities.get(self._get_param("Identity"))
        if identity is None:
            raise InvalidParameterValue(f"Domain {self._get_param('Identity')} is not verified for DKIM signing.")
        identity.dkim_off = not self._get_bool_param("DkimEnabled")
        return EmptyResult()

    def get_identity_verification_attributes(self, identities=None):
        known = [identity for identity in identities or [] if identity in self.email_identities]
        return {identity: {"VerificationStatus": status(self, identity)} for identity in known}

    def get_identity_dkim_attributes(self, identities):
        attributes = {}
        for name in identities:
            identity = self.email_identities.get(name)
            attributes[name] = {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}
            if identity is not None and "@" not in name:
                attributes[name] = {
                    "DkimEnabled": not getattr(identity, "dkim_off", False),
                    "DkimVerificationStatus": status(self, name),
                    "DkimTokens": dkim_tokens(name),
                }
        return attributes

    def delete_identity(self, identity):
        # As on AWS, deleting what does not exist succeeds, and nothing of the identity is left for the next one.
        if identity in self.email_identities:
            delete(self, identity)
        self.identity_mail_from_domains.pop(identity, None)
        self.sns_topics.pop(identity, None)

    EmailResponse.verify_domain_dkim = verify_domain_dkim
    EmailResponse.set_identity_dkim_enabled = set_identity_dkim_enabled
    SESBackend.get_identity_verification_attributes = get_identity_verification_attributes
    SESBackend.get_identity_dkim_attributes = get_identity_dkim_attributes
    SESBackend.delete_identity = delete_identity


def _mail_from() -> None:
    read, write = SESBackend.get_identity_mail_from_domain_attributes, SESBackend.set_identity_mail_from_domain

    def get_identity_mail_from_domain_attributes(self, identities=None):
        attributes = read(self, identities)
        for entry in attributes.values():
            domain = entry["MailFromDomain"]
            if domain:
                server = f"10 feedback-smtp.{self.region_name}.amazonses.com"
                found = server in published(self.account_id, domain, "MX")
                entry["MailFromDomainStatus"] = "Success" if found else "Pending"
                entry["BehaviorOnMXFailure"] = entry["BehaviorOnMXFailure"] or "UseDefaultValue"
        return attributes

    def set_identity_mail_from_domain(self, identity, mail_from_domain=None, behavior_on_mx_failure=None):
        if not mail_from_domain:
            self.identity_mail_from_domains.pop(identity, None)
            return
        if not mail_from_domain.endswith(f".{identity.split('@')[-1]}"):
            raise InvalidParameterValue(
                f"Provided MAIL-FROM domain <{mail_from_domain}> is not subdomain of the domain of the identity"
                f" <{identity}>."
            )
        write(self, identity, mail_from_domain, behavior_on_mx_failure)

    SESBackend.get_identity_mail_from_domain_attributes = get_identity_mail_from_domain_attributes
    SESBackend.set_identity_mail_from_domain = set_identity_mail_from_domain


def _notices() -> None:
    read, write = SESBackend.get_identity_notification_attributes, SESBackend.set_identity_notification_topic
    forward = SESBackend.set_identity_feedback_forwarding_enabled

    def get_identity_notification_attributes(self, identities):
        attributes = read(self, identities)
        for identity, entry in attributes.items():
            topics = self.sns_topics.get(identity, {})
            for kind in ("Bounce", "Complaint", "Delivery"):
                if topics.get(kind):
                    entry[f"{kind}Topic"] = topics[kind]
        return attributes

    def set_identity_notification_topic(self, identity, notification_type, sns_topic):
        if not sns_topic:
            self.sns_topics.get(identity, {}).pop(notification_type, None)
            return
        write(self, identity, notification_type, sns_topic)

    def set_identity_feedback_forwarding_enabled(self, identity, enabled):
        topics = self.sns_topics.get(identity, {})
        if not enabled and not (topics.get("Bounce") and topics.get("Complaint")):
            raise InvalidParameterValue(
                f"Identity <{identity}> does not have all required SNS topics to disable feedback forwarding."
            )
        forward(self, identity, enabled)

    SESBackend.get_identity_notification_attributes = get_identity_notification_attributes
    SESBackend.set_identity_notification_topic = set_identity_notification_topic
    SESBackend.set_identity_feedback_forwarding_enabled = set_identity_feedback_forwarding_enabled


def _rules() -> None:
    create = SESBackend.create_receipt_rule

    def create_receipt_rule(self, rule_set_name, rule, after):
        rule_set = self.receipt_rule_set.get(rule_set_name)
        if rule_set and any(other["Name"] == rule["Name"] for other in rule_set.rules):
            raise AlreadyExists(f"Rule already exists: {rule['Name']}")
        create(self, rule_set_name, rule, after)

    def delete_receipt_rule(self) -> ActionResult:
        rule_set = self.backend.describe_receipt_rule_set(self._get_param("RuleSetName"))
        name = self._get_param("RuleName")
        rule_set.rules[:] = [rule for rule in rule_set.rules if rule["Name"] != name]
        return EmptyResult()

    def set_receipt_rule_position(self) -> ActionResult:
        rule_set = self.backend.describe_receipt_rule_set(self._get_param("RuleSetName"))
        name, after = self._get_param("RuleName"), self._get_param("After")
        rule = self.backend.describe_receipt_rule(self._get_param("RuleSetName"), name)
        others = [other for other in rule_set.rules if other is not rule]
        names = [other["Name"] for other in others]
        if after and after not in names:
            raise RuleDoesNotExist(f"Rule does not exist: {after}")
        others.insert(names.index(after) + 1 if after else 0, rule)
        rule_set.rules[:] = others
        return EmptyResult()

    SESBackend.create_receipt_rule = create_receipt_rule
    EmailResponse.delete_receipt_rule = delete_receipt_rule
    EmailResponse.set_receipt_rule_position = set_receipt_rule_position
