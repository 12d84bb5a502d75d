"""Policy documents applied to a request. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.api.access.conditions import Context, Unknown, holds, like, listed, substituted

Document = Mapping[str, Any]


class Effect(enum.Enum):
    NONE = "none"  # no statement is about the request
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True)
class Principal:
    """Who asks, as policies name it."""

    arn: str = ""  # of the user or of the role's session; nothing when anonymous
    account: str = ""
    role_arn: str = ""
    federated: str = ""  # ARN of the provider whose token the caller bears, who has no account

    @property
    def names(self) -> frozenset[str]:
        """Everything by which a policy may mean this principal."""
        if not self.account:
            return frozenset()
        root = f"arn:aws:iam::{self.account}:root"
        return frozenset(name for name in (self.arn, self.role_arn, self.account, root) if name)


@dataclass(frozen=True)
class RequestContext:
    """One action on one resource."""

    action: str  # "s3:GetObject"
    resource: str | None = "*"  # ARN; "*" where the action has none; None where the sandbox cannot tell
    tags: Mapping[str, str] = field(default_factory=dict)  # of the resource


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str = ""  # as AWS words it at the end of its message


def document_of(text: str | bytes | Document | None) -> Document:
    """A policy document from its JSON."""
    if not text:
        return {"Statement": []}
    return text if isinstance(text, Mapping) else json.loads(text)


def effect(document: Document, asked: RequestContext, context: Context, principal: Principal | None = None) -> Effect:
    """What one document says of a request.

    :param principal: given for documents that name principals (bucket policies, trust policies)
    """
    seen = Effect.NONE
    context = {**context, **_tag_keys(asked)}
    # Before this version, "${" had no meaning.
    variables = document.get("Version") == "2012-10-17"
    for statement in statements_of(document):
        if not _is_about(statement, asked, context, principal, variables):
            continue
        if statement["Effect"] == "Deny":
            return Effect.DENY
        seen = Effect.ALLOW
    return seen


def decide(
    asked: RequestContext,
    context: Context,
    identity: Iterable[Document],
    limits: Iterable[Document] = (),
    resource: Document | None = None,
    principal: Principal | None = None,
) -> Decision:
    """The decision within one account.

    :param identity: the caller's own policies
    :param limits: permissions boundary and session policy: each must allow too
    :param resource: policy of the resource, which alone may allow as well as an identity policy does
    """
    own = [effect(document, asked, context) for document in identity]
    bounds = [effect(document, asked, context) for document in limits]
    theirs = effect(resource, asked, context, principal) if resource is not None else Effect.NONE
    if Effect.DENY in own:
        return Decision(False, "with an explicit deny in an identity-based policy")
    if Effect.DENY in bounds:
        return Decision(False, "with an explicit deny in a permissions boundary or session policy")
    if theirs is Effect.DENY:
        return Decision(False, "with an explicit deny in a resource-based policy")
    if any(bound is Effect.NONE for bound in bounds):
        return Decision(False, f"because no permissions boundary or session policy allows the {asked.action} action")
    if Effect.ALLOW in own or theirs is Effect.ALLOW:
        return Decision(True)
    return Decision(False, f"because no identity-based policy allows the {asked.action} action")


def allows_by_name(document: Document, principal: Principal) -> bool:
    """Whether a statement allows something to this very principal, and not only to its account."""
    own = {principal.arn, principal.role_arn} - {""}
    return any(
        statement["Effect"] == "Allow"
        and isinstance(statement.get("Principal"), Mapping)
        and bool(own.intersection(listed(statement["Principal"].get("AWS", []))))
        for statement in statements_of(document)
    )


def is_public(document: Document) -> bool:
    """Whether a resource's policy lets anybody in: it allows ``*`` without a condition."""
    return any(
        statement["Effect"] == "Allow"
        and _names_everybody(statement.get("Principal"))
        and not statement.get("Condition")
        for statement in statements_of(document)
    )


# Statements -----------------------------------------------------------------------------------------------


def statements_of(document: Document) -> list[Mapping[str, Any]]:
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def _is_about(
    statement: Mapping[str, Any], asked: RequestContext, context: Context, principal: Principal | None, variables: bool
) -> bool:
    return (
        _concerns_action(statement, asked.action)
        and (principal is None or _concerns_principal(statement, principal))
        and _concerns_resource(statement, asked, context, variables)
        and holds(statement.get("Condition", {}), context)
    )


def _concerns_action(statement: Mapping[str, Any], action: str) -> bool:
    name = action.lower()
    if "NotAction" in statement:
        return not any(like(pattern.lower(), name) for pattern in listed(statement["NotAction"]))
    return any(like(pattern.lower(), name) for pattern in listed(statement.get("Action", [])))


def _concerns_resource(statement: Mapping[str, Any], asked: RequestContext, context: Context, variables: bool) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        return True  # a trust policy
    if asked.resource is None:
        return _may_be_meant(statement, asked.action)
    patterns = []
    for pattern in listed(statement.get("Resource", statement.get("NotResource"))):
        try:
            patterns.append(substituted(pattern, context) if variables else pattern)
        except Unknown:
            continue
    matches = any(like(pattern, asked.resource) for pattern in patterns)
    return matches if "Resource" in statement else not matches


def _may_be_meant(statement: Mapping[str, Any], action: str) -> bool:
    """For a resource that the sandbox cannot name: an Allow for the service counts, a Deny only for everything."""
    patterns = listed(statement.get("Resource", []))
    if statement["Effect"] == "Deny":
        return "*" in patterns
    service = action.split(":", 1)[0]
    return any(pattern == "*" or like(pattern.split(":", 3)[2:3][0], service) for pattern in patterns if pattern)


def _concerns_principal(statement: Mapping[str, Any], principal: Principal) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], principal)
    return _is_named(statement.get("Principal"), principal)


def _is_named(named: object, principal: Principal) -> bool:
    if _names_everybody(named):
        return True
    if not isinstance(named, Mapping):
        return False
    if principal.federated:
        return principal.federated in listed(named.get("Federated", []))
    return bool(principal.names.intersection(listed(named.get("AWS", []))))


def _names_everybody(named: object) -> bool:
    return named == "*" or (isinstance(named, Mapping) and "*" in listed(named.get("AWS", [])))


def _tag_keys(asked: RequestContext) -> dict[str, tuple[str, ...]]:
    return {
        f"{prefix}:resourcetag/{key.lower()}": (value,)
        for key, value in asked.tags.items()
        for prefix in ("aws", asked.action.split(":", 1)[0])
    }
