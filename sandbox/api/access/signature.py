"""Signature version 4: read from a request, and computed again with the caller's secret. Pure.

Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,"
    r"\s*Signature=(?P<signature>[0-9a-f]+)"
)
_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


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
    moment: str = ""  # X-Amz-Date
    expires: int | None = None  # seconds, of a presigned URL
    presigned: bool = False
    version: int = 4


def read(environ: Mapping) -> Signed | None:
    """The signature of a request; None when it has none.

    :raises ValueError: when it cannot be read
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
    if header.startswith("AWS4-HMAC-SHA256"):
        match = _AUTHORIZATION.match(header)
        if match is None:
            raise ValueError("the Authorization header is malformed")
        moment = environ.get("HTTP_X_AMZ_DATE", "")
        return _signed(match["credential"], match["headers"], match["signature"], token=token, moment=moment)
    if "X-Amz-Signature" in query:
        return _signed(
            query.get("X-Amz-Credential", ""),
            query.get("X-Amz-SignedHeaders", ""),
            query["X-Amz-Signature"],
            token=query.get("X-Amz-Security-Token", token),
            moment=query.get("X-Amz-Date", ""),
            expires=int(query.get("X-Amz-Expires", "0")),
            presigned=True,
        )
    if header.startswith("AWS "):
        return Signed(header.split(" ", 1)[1].split(":", 1)[0], "", "", "s3", version=2)
    if "AWSAccessKeyId" in query:
        return Signed(query["AWSAccessKeyId"], "", "", "s3", version=2)
    return None


def _signed(credential: str, headers: str, signature: str, **more) -> Signed:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise ValueError(f"the credential {credential!r} is malformed")
    return Signed(*parts[:4], tuple(headers.lower().split(";")), signature, **more)


def expired(signed: Signed, now: datetime.datetime) -> bool:
    """Whether a presigned URL is past its time."""
    if signed.expires is None:
        return False
    begin = datetime.datetime.strptime(signed.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    return now > begin + datetime.timedelta(seconds=signed.expires)


def is_right(environ: Mapping, signed: Signed, secret: str, body: Callable[[], bytes]) -> bool:
    """Whether the signature is the one that the secret makes.

    :param body: reads it; called only when the request does not name its digest
    """
    scope = f"{signed.date}/{signed.region}/{signed.service}/aws4_request"
    canonical = _canonical_request(environ, signed, body)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{signed.moment}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (signed.date, signed.region, signed.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signed.signature)


def _canonical_request(environ: Mapping, signed: Signed, body: Callable[[], bytes]) -> str:
    payload = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if payload is None:
        payload = _UNSIGNED_PAYLOAD if signed.presigned and signed.service == "s3" else _digest(body())
    return "\n".join(
        (
            environ["REQUEST_METHOD"],
            _path(environ, signed.service),
            _query(environ.get("QUERY_STRING", "")),
            *(f"{name}:{_header(environ, name)}" for name in signed.headers),
            "",
            ";".join(signed.headers),
            payload,
        )
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _path(environ: Mapping, service: str) -> str:
    """S3 signs the path as it is sent; the others encode it once more."""
    sent = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).split("?", 1)[0] or "/"
    if "://" in sent:
        sent = "/" + sent.split("://", 1)[1].partition("/")[2]
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


def _header(environ: Mapping, name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return " ".join(value.split())
