"""Identities that mail is sent for, and the rules about what comes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.export.resource import Clients, Export, Left, Named, Raw, Resource, picked, present, tags


def _identity(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    dkim, mail_from = raw.get("DkimAttributes") or {}, raw.get("MailFromAttributes") or {}
    yield Resource(
        "SES::EmailIdentity",
        raw["Name"],
        present(
            EmailIdentity=raw["Name"],
            DkimAttributes=present(SigningEnabled=dkim.get("SigningEnabled")) if "@" not in raw["Name"] else None,
            MailFromAttributes=picked(mail_from, "MailFromDomain", "BehaviorOnMxFailure")
            if mail_from.get("MailFromDomain")
            else None,
            FeedbackAttributes=present(EmailForwardingEnabled=raw.get("FeedbackForwardingStatus")),
            Tags=tags(raw.get("Tags")),
        ),
        {"EmailIdentity": raw["Name"]},
    )


def _action(raw: Raw) -> dict[str, Any]:
    """An action of a rule; a bucket is named there."""
    (kind, of), *_more = raw.items()
    return {kind: {**of, "BucketName": Named("S3::Bucket", of["BucketName"])} if kind == "S3Action" else of}


def _rule_set(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    name = raw["Name"]
    yield Resource("SES::ReceiptRuleSet", name, {"RuleSetName": name}, {"RuleSetName": name})
    before: str | None = None
    for rule in raw["Rules"]:
        yield Resource(
            "SES::ReceiptRule",
            f"{name} {rule['Name']}",
            {
                "RuleSetName": Named("SES::ReceiptRuleSet", name),
                **present(After=before),
                "Rule": {
                    **picked(rule, "Name", "Enabled", "TlsPolicy", "Recipients", "ScanEnabled"),
                    "Actions": [_action(one) for one in rule.get("Actions") or []],
                },
            },
            {"RuleName": rule["Name"], "RuleSetName": name},
            depends_on=(Named("SES::ReceiptRule", f"{name} {before}"),) if before else (),
        )
        before = rule["Name"]
    if raw["Active"]:
        yield Left(
            f"{name} is the active rule set", "CloudFormation makes none active: aws ses set-active-receipt-rule-set"
        )


EXPORTS: dict[str, Export] = {"mail_identities": _identity, "receipt_rule_sets": _rule_set}
