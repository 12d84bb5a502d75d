"""Whether a signed request proves that its caller made it, just now and just so."""

from __future__ import annotations

import datetime
from typing import Any

from sandbox.api import bodies
from sandbox.api.access import signature
from sandbox.api.access.access_denied import Why
from sandbox.api.access.callers import Caller
from sandbox.api.access.signature import Signed


def lacking(environ: dict[str, Any], signed: Signed, caller: Caller) -> Why | None:
    """What the proof lacks; None when it is one.

    :raises Ambiguous: when the body cannot be read in one way only
    """
    if not _same(caller.token, signed.token):
        return Why.WRONG_TOKEN
    now = datetime.datetime.now(datetime.UTC)
    if caller.expires is not None and caller.expires < now.replace(tzinfo=None):
        return Why.EXPIRED
    body = bodies.take(environ)
    stands_for_body = signature.payload(environ, signed, body.digest)
    if stands_for_body is None:
        return Why.OTHER_BODY
    if not signature.is_right(environ, signed, caller.secret, stands_for_body):
        return Why.WRONG_SIGNATURE
    # Only now, so that nobody learns from these whether a secret was right.
    if signature.skewed(signed, now):
        return Why.SKEWED
    if signature.expired(signed, now):
        return Why.EXPIRED
    if signature.unsigned_headers(environ, signed):
        return Why.UNSIGNED_HEADERS
    if stands_for_body.startswith(signature.CHUNKS) and not signature.chunks_are_right(
        signed, caller.secret, body.read()
    ):
        return Why.WRONG_SIGNATURE
    return None


def message(environ: dict[str, Any], signed: Signed, why: Why) -> str:
    """What AWS says beside the reason; nothing where the reason's own words do."""
    if why is Why.UNSIGNED_HEADERS:
        names = ", ".join(signature.unsigned_headers(environ, signed))
        return f"There were headers present in the request which were not signed: {names}"
    return "Request has expired" if why is Why.EXPIRED and signed.presigned else ""


def _same(one: str | None, other: str | None) -> bool:
    return one is other or (one is not None and other is not None and signature.equal(one, other))
