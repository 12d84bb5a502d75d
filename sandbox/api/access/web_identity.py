"""Whether a token of an identity provider makes its bearer a role's session: AssumeRoleWithWebIdentity.

AWS looks in this order at whether it is a token, whether the account has a provider for its issuer, whether the
issuer's key signed it, when it ends, for whom it is, and whether the role's trust policy takes it. Codes are those of
the API reference of STS; messages are those that people quote from AWS.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any, TypeGuard

from joserfc.errors import JoseError
from moto.iam.models import iam_backends

from sandbox.api.access import callers
from sandbox.api.access.access_denied import AccessDenied, Why
from sandbox.api.access.conditions import Context
from sandbox.api.access.policy import Effect, Principal, RequestContext, effect
from sandbox.api.request import ApiRequest
from sandbox.core.issuer import Issuer

ACTION = "sts:AssumeRoleWithWebIdentity"
#: How far clocks may differ, in seconds.
_SKEW = 300
#: An hour, which a role's sessions may last unless it says otherwise.
_HOUR = 3600


def refused(call: ApiRequest, issuer: Issuer | None, context: Context) -> AccessDenied | None:
    """Why the bearer gets no session; None when it does.

    :param issuer: whose key signs tokens here; without one there are none
    :param context: condition keys of the request
    """
    token, role_arn = call.one("WebIdentityToken") or "", call.one("RoleArn") or ""
    said = _unproved(token)
    if said is None or not isinstance(said.get("iss"), str):
        return _invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        )
    account = (role_arn.split(":") + [""] * 5)[4]
    provider = _provider(account, said["iss"])
    if provider is None:
        return _invalid(f"No OpenIDConnect provider found in your account for {said['iss']}")
    claims = _proved(token, issuer)
    if claims is None:
        return _invalid(
            "Couldn't retrieve verification key from your identity provider, "
            "please reference AssumeRoleWithWebIdentity documentation for requirements"
        )
    late = _out_of_time(claims)
    if late is not None:
        return late
    audiences = _texts(claims.get("aud"))
    if not set(audiences) & set(provider.client_id_list):
        return _invalid("Incorrect token audience")
    if not _is_trusted(role_arn, provider, claims, {**context, **_session_keys(call)}):
        # The same where there is no such role: nobody learns which there are.
        return AccessDenied(
            "query", "AccessDenied", 403, f"Not authorized to perform {ACTION}", _details(claims, role_arn)
        )
    return _too_long(call, role_arn)


def _unproved(token: str) -> dict[str, Any] | None:
    """What a token says of itself; None where it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _proved(token: str, issuer: Issuer | None) -> dict[str, Any] | None:
    try:
        return issuer.claims_of(token) if issuer is not None else None
    except (JoseError, ValueError):
        return None


def _provider(account: str, issuer: str) -> Any:
    if account not in iam_backends:
        return None
    wanted = issuer.removeprefix("https://").rstrip("/")
    kept = iam_backends[account]["aws"].open_id_providers
    return next((one for one in list(kept.values()) if one.url.rstrip("/") == wanted), None)


def _out_of_time(claims: Mapping[str, Any]) -> AccessDenied | None:
    now, ends, begins = time.time(), claims.get("exp"), claims.get("nbf", claims.get("iat", 0))
    if not _is_number(ends) or not _is_number(claims.get("iat")) or not _is_number(begins):
        return _invalid("Missing a required claim: exp, iat")
    if ends <= now:
        text = f"Token expired: current date/time {int(now)} must be before the expiration date/time {int(ends)}"
        return AccessDenied("query", "ExpiredTokenException", 400, text, why=Why.EXPIRED)
    return _invalid("The token is not valid yet") if begins > now + _SKEW else None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_trusted(role_arn: str, provider: Any, claims: Mapping[str, Any], context: Context) -> bool:
    trust = callers.trust_policy(role_arn)
    if trust is None:
        return False
    # Keys of an issuer's tokens begin with its name.
    own = {f"{provider.url.lower()}:{name}": _texts(claims[name]) for name in ("aud", "sub", "amr") if name in claims}
    keys = {**context, **own, "aws:federatedprovider": (provider.arn,)}
    bearer = Principal(federated=provider.arn)
    return effect(trust, RequestContext(ACTION, role_arn), keys, bearer) is Effect.ALLOW


def _session_keys(call: ApiRequest) -> dict[str, tuple[str, ...]]:
    name = call.one("RoleSessionName")
    return {"sts:rolesessionname": (name,)} if name else {}


def _too_long(call: ApiRequest, role_arn: str) -> AccessDenied | None:
    longest = callers.longest_session(role_arn) or _HOUR
    asked = call.one("DurationSeconds") or str(_HOUR)
    if asked.isdecimal() and 900 <= int(asked) <= longest:
        return None
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    if not asked.isdecimal() or int(asked) < 900:
        text = f"1 validation error detected: Value '{asked}' at 'durationSeconds' failed to satisfy constraint"
    return AccessDenied("query", "ValidationError", 400, text)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]))


def _details(claims: Mapping[str, Any], role_arn: str) -> str:
    """For the sandbox's log: who asked. The token itself is never written anywhere."""
    return f"{claims.get('iss')} {claims.get('sub')} (aud {claims.get('aud')}): {ACTION} on {role_arn}"


def _invalid(message: str) -> AccessDenied:
    return AccessDenied("query", "InvalidIdentityToken", 400, message)
