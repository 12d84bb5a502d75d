"""Signatures: read from a request, and computed again with the caller's secret.

Source: AWS General Reference, "Create a signed AWS API request"; S3 User Guide, "Signing and authenticating REST
requests".

Version 2 is botocore's. Version 4 is not: botocore signs what botocore sends. It leaves headers out that other clients
sign (``SIGNED_HEADERS_BLACKLIST``: ``User-Agent`` and more) and checks no presigned URL or chunk of somebody else's;
what counts here is what the client says that it signed.
"""

from __future__ import annotations

import datetime
import email.utils
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.auth import HmacV1Auth
from botocore.credentials import Credentials

from sandbox.api.ambiguous import Ambiguous
from sandbox.services.s3.request import SUBRESOURCES, bucket_of_host

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,"
    r"\s*Signature=(?P<signature>[0-9a-f]+)\s*"
)
_SCOPE = re.compile(r"[a-z0-9-]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: What says in a query that it is signed, of both versions.
_IN_QUERY = (("X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Credential"), ("AWSAccessKeyId", "Signature"))
#: Parameters of a query that are the signature's alone.
PARAMETERS = frozenset(
    ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token",
     "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Content-Sha256", "AWSAccessKeyId", "Signature", "Expires",
     "x-amz-security-token")
)  # fmt: skip
#: Headers that may be given unsigned though their names begin with those of AWS.
_UNSIGNED_HEADERS = frozenset(("x-amz-content-sha256", "x-amz-user-agent"))

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
#: Bodies in chunks: with a signature for each, and without.
CHUNKS, PLAIN_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
#: How far clocks may differ, and how long a URL may be good.
SKEW, LONGEST = datetime.timedelta(minutes=15), datetime.timedelta(days=7)


@dataclass(frozen=True)
class Signed:
    """What a request says of its signature."""

    access_key: str
    date: str  # YYYYMMDD
    region: str
    service: str
    headers: tuple[str, ...] = ()
    signature: str = ""
    token: str | None = None
    moment: str = ""  # X-Amz-Date; seconds since 1970 in a URL of version 2
    expires: int | None = None  # seconds, of a presigned URL
    presigned: bool = False
    version: int = 4


def read(environ: Mapping[str, Any]) -> Signed | None:
    """The signature of a request; None when it has none.

    :raises Ambiguous: when it has two
    :raises ValueError: when it cannot be read
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    query = dict(pairs)
    ways = [bool(header), *(any(name in query for name in names) for names in _IN_QUERY)]
    if sum(ways) > 1:
        raise Ambiguous(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified"
        )
    names = [name for name, _value in pairs if name in PARAMETERS]
    if len(names) > len(set(names)):
        raise Ambiguous("a parameter of the signature is given twice")
    if header.startswith("AWS4-HMAC-SHA256"):
        return _of_header(header, environ)
    if header.startswith("AWS "):
        key, _colon, signature = header.removeprefix("AWS ").strip().partition(":")
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        return Signed(key, "", "", "s3", signature=signature, token=token, moment=_moment(environ), version=2)
    if header:
        raise ValueError(f"the authorization type {header.split()[0]!r} is not supported")
    if ways[1]:
        return _of_query(query, environ)
    if ways[2]:
        return Signed(
            query.get("AWSAccessKeyId", ""), "", "", "s3", signature=query.get("Signature", ""),
            token=query.get("x-amz-security-token"), moment=query.get("Expires", ""), presigned=True, version=2,
        )  # fmt: skip
    return None


def _of_header(header: str, environ: Mapping[str, Any]) -> Signed:
    match = _AUTHORIZATION.fullmatch(header)
    if match is None:
        raise ValueError("the Authorization header is malformed")
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
    return _signed(match["credential"], match["headers"], match["signature"], token=token, moment=_moment(environ))


def _of_query(query: Mapping[str, str], environ: Mapping[str, Any]) -> Signed:
    expires = query.get("X-Amz-Expires", "0")
    if query.get("X-Amz-Algorithm", "AWS4-HMAC-SHA256") != "AWS4-HMAC-SHA256" or not expires.isdecimal():
        raise ValueError("X-Amz-Algorithm or X-Amz-Expires is malformed")
    return _signed(
        query.get("X-Amz-Credential", ""),
        query.get("X-Amz-SignedHeaders", ""),
        query.get("X-Amz-Signature", ""),
        token=query.get("X-Amz-Security-Token", environ.get("HTTP_X_AMZ_SECURITY_TOKEN")),
        moment=query.get("X-Amz-Date", ""),
        expires=int(expires),
        presigned=True,
    )


def _signed(credential: str, headers: str, signature: str, **more: Any) -> Signed:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise ValueError(f"the credential {credential!r} is malformed")
    if not _SCOPE.fullmatch(parts[2]) or not _SCOPE.fullmatch(parts[3]):
        raise ValueError(f"the credential {credential!r} is malformed: region and service are lower-case names")
    access_key, date, region, service, _end = parts
    return Signed(access_key, date, region, service, tuple(headers.lower().split(";")), signature, **more)


def _moment(environ: Mapping[str, Any]) -> str:
    """In the form of X-Amz-Date, which the header Date may stand for."""
    moment = environ.get("HTTP_X_AMZ_DATE", "")
    if moment or not environ.get("HTTP_DATE"):
        return moment
    try:
        found = email.utils.parsedate_to_datetime(environ["HTTP_DATE"])
    except ValueError:
        return environ["HTTP_DATE"]
    return found.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")


# Time -----------------------------------------------------------------------------------------------------


def expired(signed: Signed, now: datetime.datetime) -> bool:
    """Whether a presigned URL is past its time."""
    if signed.version == 2:
        return signed.presigned and not (signed.moment.isdecimal() and now.timestamp() <= int(signed.moment))
    if signed.expires is None:
        return False
    begin = _time(signed.moment)
    return begin is None or now > begin + datetime.timedelta(seconds=signed.expires)


def skewed(signed: Signed, now: datetime.datetime) -> bool:
    """Whether the moment of signing is none, not that of the scope, or too far from now."""
    if signed.version == 2 and signed.presigned:
        return False
    moment = _time(signed.moment)
    if moment is None or (signed.version == 4 and not signed.moment.startswith(signed.date)):
        return True
    if signed.presigned:
        return moment > now + SKEW or datetime.timedelta(seconds=signed.expires or 0) > LONGEST
    return abs(now - moment) > SKEW


def _time(moment: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


# What is signed -------------------------------------------------------------------------------------------


def unsigned_headers(environ: Mapping[str, Any], signed: Signed) -> list[str]:
    """Headers that change what is asked for and that the signature does not cover."""
    if signed.version == 2:
        return []  # it covers every header that begins so
    wanted = {"host", *_of_aws(environ)} - _UNSIGNED_HEADERS
    return sorted(wanted - set(signed.headers))


def _of_aws(environ: Mapping[str, Any]) -> set[str]:
    return {name[5:].lower().replace("_", "-") for name in environ if name.startswith("HTTP_X_AMZ_")}


def payload(environ: Mapping[str, Any], signed: Signed, digest: str) -> str | None:
    """What stands for the body in the signature; None when the request says another digest than the body's.

    :param digest: SHA-256 of the body
    """
    said = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if signed.service != "s3":
        return digest if said in (None, digest) else None
    if said is None:
        return UNSIGNED_PAYLOAD if signed.presigned else digest
    if _DIGEST.fullmatch(said):
        return said if said == digest else None
    return said if said in (UNSIGNED_PAYLOAD, PLAIN_CHUNKS) or said.startswith(CHUNKS) else None


def is_right(environ: Mapping[str, Any], signed: Signed, secret: str, stands_for_body: str) -> bool:
    """Whether the signature is the one that the secret makes.

    :param stands_for_body: what ``payload`` says
    """
    if signed.version == 2:
        return equal(_version_2(environ, signed, secret), signed.signature)
    canonical = _canonical_request(environ, signed, stands_for_body)
    return equal(_version_4(signed, secret, _text(signed, canonical)), signed.signature)


def chunks_are_right(signed: Signed, secret: str, body: bytes) -> bool:
    """Whether each chunk of a body has the signature that goes on from the one before it."""
    before, place, empty = signed.signature, 0, hashlib.sha256(b"").hexdigest()
    while True:
        end = body.find(b"\r\n", place)
        match = re.fullmatch(rb"([0-9a-fA-F]+);chunk-signature=([0-9a-f]{64})", body[place:end]) if end > 0 else None
        if match is None:
            return False
        length = int(match[1], 16)
        data = body[end + 2 : end + 2 + length]
        text = "\n".join(
            ("AWS4-HMAC-SHA256-PAYLOAD", signed.moment, _scope(signed), before, empty, hashlib.sha256(data).hexdigest())
        )
        if not equal(_version_4(signed, secret, text), match[2].decode()):
            return False
        if not length:
            return True  # what follows are checksums, which S3 compares with the content
        before, place = match[2].decode(), end + 2 + length + 2


def equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def _scope(signed: Signed) -> str:
    return f"{signed.date}/{signed.region}/{signed.service}/aws4_request"


def _text(signed: Signed, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"AWS4-HMAC-SHA256\n{signed.moment}\n{_scope(signed)}\n{digest}"


def _version_4(signed: Signed, secret: str, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (signed.date, signed.region, signed.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


class _Version2(HmacV1Auth):
    """Of a request that says when it was signed, or until when it is good."""

    def __init__(self, credentials: Credentials, date: str) -> None:
        super().__init__(credentials)
        self._date = date

    def _get_date(self) -> str:
        return self._date


def _version_2(environ: Mapping[str, Any], signed: Signed, secret: str) -> str:
    """No signature at all when a subresource is asked for that version 2 does not sign."""
    query = environ.get("QUERY_STRING", "")
    signs = {pair.partition("=")[0] for pair in query.split("&")} & set(HmacV1Auth.QSAOfInterest)
    if {name for name, _value in parse_qsl(query, keep_blank_values=True)} & SUBRESOURCES - signs:
        return ""
    headers = HTTPMessage()
    for name in ("Content-MD5", "Content-Type", *sorted(_of_aws(environ) - {"x-amz-security-token"})):
        if value := _header(environ, name):
            headers[name] = value
    # With X-Amz-Date the other date is not signed.
    date = signed.moment if signed.presigned else "" if "HTTP_X_AMZ_DATE" in environ else environ.get("HTTP_DATE", "")
    path = _sent(environ)
    bucket = bucket_of_host(environ.get("HTTP_HOST", ""))
    signer = _Version2(Credentials(signed.access_key, secret, signed.token), date)
    full = f"/{bucket}{path}" if bucket else path
    return signer.get_signature(environ["REQUEST_METHOD"], urlsplit(f"{path}?{query}"), headers, auth_path=full)


def _canonical_request(environ: Mapping[str, Any], signed: Signed, stands_for_body: str) -> str:
    return "\n".join(
        (
            environ["REQUEST_METHOD"],
            _path(environ, signed.service),
            _query(environ.get("QUERY_STRING", "")),
            *(f"{name}:{_header(environ, name)}" for name in signed.headers),
            "",
            ";".join(signed.headers),
            stands_for_body,
        )
    )


def _sent(environ: Mapping[str, Any]) -> str:
    """The path as it was sent."""
    sent = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).split("?", 1)[0] or "/"
    # A proxy's client names the host too.
    return "/" + sent.split("://", 1)[1].partition("/")[2] if re.match(r"[a-z]+://", sent) else sent


def _path(environ: Mapping[str, Any], service: str) -> str:
    """S3 signs the path as it is sent; the others encode it once more."""
    sent = _sent(environ)
    return sent if service == "s3" else quote(_without_dots(sent), safe="/-_.~")


def _without_dots(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts) + ("/" if path.endswith("/") and parts else "")


def _query(text: str) -> str:
    pairs: Iterable[tuple[str, str]] = (
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in parse_qsl(text.replace("+", "%2B"), keep_blank_values=True)
        if key != "X-Amz-Signature"
    )
    return "&".join(f"{key}={value}" for key, value in sorted(pairs))


def _header(environ: Mapping[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return " ".join(value.split())
