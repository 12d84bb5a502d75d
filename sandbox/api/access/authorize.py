"""Whether a request may reach the emulator: who asks, what for, and what the policies say."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from moto.s3.models import s3_backends

from sandbox.api import origins, request
from sandbox.api.access import callers, canonical, proof, resources, signature, web_identity
from sandbox.api.access.access_denied import AccessDenied, Why, deny, hinted
from sandbox.api.access.callers import ANONYMOUS, Caller
from sandbox.api.access.canonical import Decided
from sandbox.api.access.conditions import Context
from sandbox.api.access.policy import (
    Decision,
    Document,
    Effect,
    RequestContext,
    allows_by_name,
    decide,
    document_of,
    effect,
)
from sandbox.api.access.signature import Signed
from sandbox.api.ambiguous import Ambiguous
from sandbox.api.environment import ACCOUNT_ID
from sandbox.api.gateway import TLS, VPC
from sandbox.core.credentials import Credentials
from sandbox.core.issuer import Issuer
from sandbox.services.s3 import request as s3_request
from sandbox.services.s3 import rules as s3_rules

#: Actions of STS that carry their proof in their parameters, which counts even where a request is signed besides.
_BY_TOKEN = ("sts:AssumeRoleWithSAML", web_identity.ACTION)

#: With these the account's root user mends a policy that shuts everybody out.
_ALWAYS_ROOTS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")

_S3_HOST = re.compile(r"(.+\.)?s3([.-][a-z0-9.-]+)?\.amazonaws\.com(:\d+)?", re.IGNORECASE)


def authorize(environ: dict, keys: Credentials, region: str, issuer: Issuer | None = None) -> AccessDenied | Decided:
    """What was decided about a request, or why it is refused. Its body is there to be read again.

    :param keys: the administrator's
    :param region: of the sandbox
    :param issuer: whose key signs identity tokens; without one nobody has any
    """
    found = _authorize(environ, keys, region, issuer)
    # In a VPC nobody could load the keys.
    return hinted(found) if isinstance(found, AccessDenied) and VPC not in environ else found


def _authorize(environ: dict, keys: Credentials, region: str, issuer: Issuer | None) -> AccessDenied | Decided:
    protocol = ""
    try:
        signed = signature.read(environ)
        protocol = _protocol(environ, signed.service if signed else "s3" if _is_for_s3(environ) else "")
        if signed is None:
            return _unsigned(environ, region, issuer)
        caller = callers.find(signed.access_key, keys)
        if caller is None:
            return deny(protocol, Why.UNKNOWN_KEY, details=signed.access_key)
        why = proof.lacking(environ, signed, caller)
        if why is not None:
            return deny(protocol, why, proof.message(environ, signed, why), caller.principal.arn)
        expected = origins.service_of(environ, region)
        if expected not in (None, signed.service):
            return deny(
                protocol, Why.WRONG_SIGNATURE, f"Credential should be scoped to correct service: '{expected}'. ",
                caller.principal.arn,
            )  # fmt: skip
        # Version 2 names no region.
        signed = replace(signed, region=signed.region or region)
        return _decide(environ, signed, caller, issuer)
    except Ambiguous as error:
        return deny(protocol or _protocol_of_malformed(environ), Why.AMBIGUOUS, str(error))
    except s3_request.NotEmulated as error:
        return deny(protocol, Why.NOT_EMULATED, f"The sandbox's S3 does not do this: {error}.")
    except ValueError as error:
        return deny(protocol or _protocol_of_malformed(environ), Why.MALFORMED, str(error))


def _decide(environ: dict, signed: Signed, caller: Caller, issuer: Issuer | None) -> AccessDenied | Decided:
    if signed.service == "s3" and not request.is_control(environ.get("PATH_INFO", "")):
        return _s3(environ, signed.region, caller, signed.access_key)
    if not canonical.plain_path(environ):
        raise Ambiguous(f"the path {environ.get('RAW_URI', '')!r} has parts that some would take away")
    call = request.read_control(environ) if signed.service == "s3" else request.read(environ, signed.service)
    if call.name in _BY_TOKEN:
        refused = _by_token(environ, signed.region, call, issuer)
    else:
        refused = None if caller.kind == "administrator" else _other(environ, signed, caller, call)
    return refused or Decided(signed.service, signed.region, call, signed.access_key)


# Who did not sign -----------------------------------------------------------------------------------------


def _unsigned(environ: dict, region: str, issuer: Issuer | None) -> AccessDenied | Decided:
    if _is_for_s3(environ):
        return _s3(environ, region, ANONYMOUS)
    call = request.read(environ, "sts")
    # Only in the form that the emulator knows them by.
    if call.name in _BY_TOKEN and call.protocol == "query":
        return _by_token(environ, region, call, issuer) or Decided("sts", region, call)
    return deny(_protocol(environ, ""), Why.UNSIGNED)


def _by_token(environ: dict, region: str, call: request.ApiRequest, issuer: Issuer | None) -> AccessDenied | None:
    if call.name != web_identity.ACTION:
        # The emulator would take any assertion, whoever signed it.
        return deny("query", Why.NOT_EMULATED, "The sandbox has no SAML provider, whose assertions it could judge.")
    return web_identity.refused(call, issuer, _context(environ, region, ANONYMOUS))


def _is_for_s3(environ: dict) -> bool:
    """For whom a request without a signature is meant: on loopback the host's name does not tell."""
    if VPC in environ:
        return _S3_HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    has_action = "Action" in parse_qs(environ.get("QUERY_STRING", "")) or (
        form and b"Action=" in request.body_of(environ)
    )
    return not (environ.get("HTTP_X_AMZ_TARGET") or has_action)


def _protocol_of_malformed(environ: dict) -> str:
    try:
        return _protocol(environ, "s3" if _is_for_s3(environ) else "")
    except Ambiguous:
        return _protocol(environ, "s3")


def _protocol(environ: dict, service: str) -> str:
    if service in ("s3", "ec2"):
        return service
    if environ.get("HTTP_X_AMZ_TARGET"):
        return "json"
    if environ.get("CONTENT_TYPE", "").startswith("application/json"):
        return "rest-json"
    return "rest-json" if request.speaks_json(service, environ.get("PATH_INFO", "/")) else "query"


# Services other than S3 -----------------------------------------------------------------------------------


def _other(environ: dict, signed: Signed, caller: Caller, call: request.ApiRequest) -> AccessDenied | None:
    if call.protocol == "opaque":
        raise Ambiguous("the body is no JSON object")
    if call.name == "sts:GetCallerIdentity":
        return None  # allowed even where a policy denies it
    protocol = call.protocol if call.protocol.startswith("rest") else _protocol(environ, signed.service)
    if not call.action:
        unknown = RequestContext(f"{call.service}:?", None)
        return _denied(protocol, caller, unknown, Decision(False, "because it is not known"))
    context = {**_context(environ, signed.region, caller), **resources.context(call)}
    identity, limits = caller.identity(), caller.limits()
    user = next(iter(caller.keys.get("aws:username", ())), None)
    for one in resources.asked_of(call, signed.region, caller.principal.account, user):
        decision = decide(one, context, identity, limits, principal=caller.principal)
        if call.name == "sts:AssumeRole":
            decision = _assuming(one, context, caller, decision)
        if not decision.allowed:
            return _denied(protocol, caller, one, decision)
    return None


def _assuming(one: RequestContext, context: Context, caller: Caller, decision: Decision) -> Decision:
    """The role's trust policy must allow it too; one that names the caller itself is enough."""
    if "explicit deny" in decision.reason:
        return decision
    trust = callers.trust_policy(one.resource or "")
    said = effect(trust, one, context, caller.principal) if trust is not None else Effect.NONE
    if trust is None or said is not Effect.ALLOW:
        return Decision(False, "because no role trust policy allows the sts:AssumeRole action")
    return Decision(True) if allows_by_name(trust, caller.principal) else decision


# S3 -------------------------------------------------------------------------------------------------------


def _s3(environ: dict, region: str, caller: Caller, access_key: str = "") -> AccessDenied | Decided:
    source = s3_request.copied(environ)
    if source:
        environ["HTTP_X_AMZ_COPY_SOURCE"] = source
    call = s3_request.read(environ)
    # What the administrator reads instead of what it asked for does no harm.
    s3_request.check(environ, call, strictly=caller.kind != "administrator" or call.method not in ("GET", "HEAD"))
    bucket = _bucket(call.bucket)
    policy = document_of(bucket.policy) if bucket is not None and bucket.policy else None
    if call.method == "POST" and "delete" in call.query and (caller.kind != "administrator" or policy):
        call = s3_request.S3Request(
            call.method, call.bucket, call.key, call.query, call.headers,
            s3_request.deleted_keys(request.body_of(environ)),
        )  # fmt: skip
    context = {**_context(environ, region, caller), **s3_request.context(call)}
    identity, limits = caller.identity(), caller.limits()
    for one in s3_request.actions(call):
        decision = _s3_decision(one, call, caller, bucket, policy, context, identity, limits)
        if not decision.allowed:
            return _denied("s3", caller, one, decision)
    refused = s3_rules.refused(call, bucket, lambda: request.body_of(environ))
    return refused or Decided("s3", region, call, access_key)


def _s3_decision(
    one: RequestContext,
    call: s3_request.S3Request,
    caller: Caller,
    bucket: Any,
    policy: Document | None,
    context: Context,
    identity: list[Document],
    limits: list[Document],
) -> Decision:
    if caller.kind == "administrator":
        shut = policy is not None and effect(policy, one, context, caller.principal) is Effect.DENY
        return Decision(not shut or one.action in _ALWAYS_ROOTS, "with an explicit deny in a resource-based policy")
    if caller is not ANONYMOUS:
        return decide(one, context, identity, limits, policy, caller.principal)
    if bucket is None:
        return Decision(False)
    said = effect(policy, one, context, caller.principal) if policy is not None else Effect.NONE
    if said is Effect.NONE and s3_rules.lets_anybody_read(call, bucket, _acl(bucket, call.key)):
        return Decision(True)
    return Decision(said is Effect.ALLOW and s3_rules.policy_counts_for_anybody(bucket))


def _bucket(name: str) -> Any:
    for regions in list(s3_backends.values()):
        if "aws" in regions and (found := regions["aws"].buckets.get(name)) is not None:
            return found
    return None


def _acl(bucket: Any, key: str) -> Any:
    found = bucket.keys.get(key)
    return getattr(found, "acl", None)


# Both -----------------------------------------------------------------------------------------------------


def _context(environ: dict, region: str, caller: Caller) -> dict[str, tuple[str, ...]]:
    now = datetime.datetime.now(datetime.UTC)
    # The controller speaks HTTP on loopback, where AWS would have it speak HTTPS.
    secure = environ.get(TLS, True)
    return {
        **caller.keys,
        "aws:securetransport": ("true" if secure else "false",),
        "aws:requestedregion": (region,),
        "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now.timestamp())),),
    }


def _denied(protocol: str, caller: Caller, one: RequestContext, decision: Decision) -> AccessDenied:
    account = caller.principal.account or ACCOUNT_ID
    who = caller.principal.arn or "anonymous"
    on = f" on resource: {one.resource}" if one.resource and one.resource != "*" else ""
    message = f"User: {who} is not authorized to perform: {one.action}{on} {decision.reason}".rstrip()
    if caller is ANONYMOUS:
        message = "Access Denied"
    if protocol == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    why = Why.UNSIGNED if caller is ANONYMOUS else Why.DENIED
    return deny(protocol, why, message, f"{who} of {account}: {one.action} on {one.resource}")
