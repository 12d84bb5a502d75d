"""Mail: what the second version of the API tells of identities: DKIM, MAIL FROM, verification and tags."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ses.models import SESBackend
from moto.sesv2.models import SESV2Backend
from moto.sesv2.responses import SESV2Response

from sandbox.core.settings import Settings
from sandbox.services.ses.overrides.identities_v1 import dkim_tokens, verified


class _AlreadyExists(JsonRESTError):
    code = 400

    def __init__(self, identity: str) -> None:
        super().__init__("AlreadyExistsException", f"Email identity {identity} already exist.")


def apply(settings: Settings) -> None:
    create, delete = SESV2Backend.create_email_identity, SESBackend.delete_identity

    def create_email_identity(self, email_identity, tags, dkim_signing_attributes, configuration_set_name):
        if email_identity in self.core_backend.email_identities:
            raise _AlreadyExists(email_identity)
        made = create(self, email_identity, None, dkim_signing_attributes, configuration_set_name)
        if tags:
            self.core_backend.tagger.tag_resource(_arn(self.core_backend, email_identity), tags)
        return made

    def get_email_identity(self) -> str:
        identity = self.sesv2_backend.get_email_identity(email_identity=self._get_param("EmailIdentity"))
        return json.dumps(_described(self.sesv2_backend.core_backend, identity.email_identity))

    def delete_identity(self, identity):
        delete(self, identity)
        self.tagger.delete_all_tags_for_resource(_arn(self, identity))

    SESV2Backend.create_email_identity = create_email_identity
    SESV2Response.get_email_identity = get_email_identity
    SESBackend.delete_identity = delete_identity


def _arn(backend: SESBackend, identity: str) -> str:
    return f"arn:{backend.partition}:ses:{backend.region_name}:{backend.account_id}:identity/{identity}"


def _described(backend: SESBackend, name: str) -> dict[str, Any]:
    is_domain = "@" not in name
    status = "SUCCESS" if verified(backend, name) else "PENDING"
    dkim = backend.get_identity_dkim_attributes([name])[name]
    mail_from = backend.get_identity_mail_from_domain_attributes([name]).get(name, {})
    described = {
        "IdentityType": "DOMAIN" if is_domain else "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": backend.get_identity_notification_attributes([name])[name]["ForwardingEnabled"],
        "VerifiedForSendingStatus": status == "SUCCESS",
        "VerificationStatus": status,
        "DkimAttributes": {
            "SigningEnabled": dkim["DkimEnabled"],
            "Status": status if is_domain else "NOT_STARTED",
            "Tokens": dkim_tokens(name) if is_domain else [],
            "SigningAttributesOrigin": "AWS_SES",
        },
        "Policies": {},
        "Tags": backend.tagger.list_tags_for_resource(_arn(backend, name))["Tags"],
    }
    if mail_from.get("MailFromDomain"):
        refuses = mail_from["BehaviorOnMXFailure"] == "RejectMessage"
        described["MailFromAttributes"] = {
            "MailFromDomain": mail_from["MailFromDomain"],
            "MailFromDomainStatus": mail_from["MailFromDomainStatus"].upper(),
            "BehaviorOnMxFailure": "REJECT_MESSAGE" if refuses else "USE_DEFAULT_VALUE",
        }
    return described
