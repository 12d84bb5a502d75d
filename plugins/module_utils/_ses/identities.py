# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Domain identities: what SES has, and the DNS records that it wants to find."""

from __future__ import annotations

#: Seconds that the records may be kept by resolvers.
TTL = 1800

#: Tokens of an identity that does not exist yet: three, distinct, of the usual length.
PLANNED_TOKENS = [f"{number:032}" for number in range(3)]

#: Option -> kind of notice.
TOPICS = {"bounce_topic_arn": "Bounce", "complaint_topic_arn": "Complaint", "delivery_topic_arn": "Delivery"}

#: Value of the option -> value of the API.
BEHAVIORS = {"use_default_value": "UseDefaultValue", "reject_message": "RejectMessage"}


def read(client, domain):
    """Return what SES has of a domain, or None when it is no identity. Raises botocore's ClientError.

    :return: verification_status, dkim_status, dkim_enabled, dkim_tokens, mail_from_domain, mail_from_behavior,
        mail_from_status, feedback_forwarding and the topics by the names of their options.
    """
    wanted = {"Identities": [domain], "aws_retry": True}
    verification = client.get_identity_verification_attributes(**wanted)["VerificationAttributes"].get(domain)
    if verification is None:
        return None
    dkim = client.get_identity_dkim_attributes(**wanted)["DkimAttributes"].get(domain, {})
    mail_from = client.get_identity_mail_from_domain_attributes(**wanted)["MailFromDomainAttributes"].get(domain, {})
    notices = client.get_identity_notification_attributes(**wanted)["NotificationAttributes"].get(domain, {})
    behaviors = {value: option for option, value in BEHAVIORS.items()}
    return {
        "verification_status": verification["VerificationStatus"],
        "dkim_status": dkim.get("DkimVerificationStatus", "NotStarted"),
        "dkim_enabled": dkim.get("DkimEnabled", False),
        "dkim_tokens": dkim.get("DkimTokens", []),
        "mail_from_domain": mail_from.get("MailFromDomain") or "",
        "mail_from_behavior": behaviors.get(mail_from.get("BehaviorOnMXFailure"), "use_default_value"),
        "mail_from_status": mail_from.get("MailFromDomainStatus") or "",
        "feedback_forwarding": notices.get("ForwardingEnabled", True),
        **{option: notices.get(f"{kind}Topic") or "" for option, kind in TOPICS.items()},
    }


def records(domain, tokens, mail_from_domain, region, dkim_domain):
    """Return the DNS records that SES looks for: those of DKIM and, with a MAIL FROM domain, its MX and SPF.

    :arg tokens: DKIM tokens of the identity.
    :arg dkim_domain: what the DKIM records point into; differs in some regions.
    """
    found = [{"name": f"{token}._domainkey.{domain}", "type": "CNAME", "value": f"{token}.{dkim_domain}", "ttl": TTL} for token in tokens]
    if mail_from_domain:
        server = f"10 feedback-smtp.{region}.amazonses.com"
        found.append({"name": mail_from_domain, "type": "MX", "value": server, "ttl": TTL})
        found.append({"name": mail_from_domain, "type": "TXT", "value": '"v=spf1 include:amazonses.com ~all"', "ttl": TTL})
    return found
