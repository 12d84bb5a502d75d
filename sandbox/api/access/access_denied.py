"""Refusals in the form of each protocol, as AWS's clients read them. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from sandbox.core import command


class Why(enum.Enum):
    DENIED = "denied"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown key"
    WRONG_TOKEN = "wrong token"
    EXPIRED = "expired"
    WRONG_SIGNATURE = "wrong signature"
    MALFORMED = "malformed"
    AMBIGUOUS = "ambiguous"
    SKEWED = "signed at another time"
    OTHER_BODY = "another body than the signed one"
    UNSIGNED_HEADERS = "headers that are not signed"
    NOT_EMULATED = "not emulated"


#: Protocol → reason → (code, HTTP status).
_CODES: dict[str, dict[Why, tuple[str, int]]] = {
    "s3": {
        Why.DENIED: ("AccessDenied", 403),
        Why.UNSIGNED: ("AccessDenied", 403),
        Why.UNKNOWN_KEY: ("InvalidAccessKeyId", 403),
        Why.WRONG_TOKEN: ("InvalidToken", 400),
        Why.EXPIRED: ("ExpiredToken", 400),
        Why.WRONG_SIGNATURE: ("SignatureDoesNotMatch", 403),
        Why.MALFORMED: ("AuthorizationHeaderMalformed", 400),
        Why.AMBIGUOUS: ("InvalidArgument", 400),
        Why.SKEWED: ("RequestTimeTooSkewed", 403),
        Why.OTHER_BODY: ("XAmzContentSHA256Mismatch", 400),
        Why.UNSIGNED_HEADERS: ("AccessDenied", 403),
        Why.NOT_EMULATED: ("NotImplemented", 501),
    },
    "query": {
        Why.DENIED: ("AccessDenied", 403),
        Why.UNSIGNED: ("MissingAuthenticationToken", 403),
        Why.UNKNOWN_KEY: ("InvalidClientTokenId", 403),
        Why.WRONG_TOKEN: ("InvalidClientTokenId", 403),
        Why.EXPIRED: ("ExpiredToken", 403),
        Why.WRONG_SIGNATURE: ("SignatureDoesNotMatch", 403),
        Why.MALFORMED: ("IncompleteSignature", 400),
        Why.AMBIGUOUS: ("InvalidParameterCombination", 400),
        Why.SKEWED: ("SignatureDoesNotMatch", 403),
        Why.OTHER_BODY: ("SignatureDoesNotMatch", 403),
        Why.UNSIGNED_HEADERS: ("SignatureDoesNotMatch", 403),
        Why.NOT_EMULATED: ("InvalidAction", 400),
    },
    "ec2": {
        Why.DENIED: ("UnauthorizedOperation", 403),
        Why.UNSIGNED: ("MissingParameter", 400),
        Why.UNKNOWN_KEY: ("AuthFailure", 401),
        Why.WRONG_TOKEN: ("AuthFailure", 401),
        Why.EXPIRED: ("RequestExpired", 400),
        Why.WRONG_SIGNATURE: ("AuthFailure", 401),
        Why.MALFORMED: ("AuthFailure", 401),
        Why.AMBIGUOUS: ("InvalidParameterCombination", 400),
        Why.SKEWED: ("RequestExpired", 400),
        Why.OTHER_BODY: ("AuthFailure", 401),
        Why.UNSIGNED_HEADERS: ("AuthFailure", 401),
        Why.NOT_EMULATED: ("InvalidAction", 400),
    },
    "json": {
        Why.DENIED: ("AccessDeniedException", 400),
        Why.UNSIGNED: ("MissingAuthenticationTokenException", 400),
        Why.UNKNOWN_KEY: ("UnrecognizedClientException", 400),
        Why.WRONG_TOKEN: ("UnrecognizedClientException", 400),
        Why.EXPIRED: ("ExpiredTokenException", 400),
        Why.WRONG_SIGNATURE: ("InvalidSignatureException", 400),
        Why.MALFORMED: ("IncompleteSignatureException", 400),
        Why.AMBIGUOUS: ("ValidationException", 400),
        Why.SKEWED: ("InvalidSignatureException", 400),
        Why.OTHER_BODY: ("InvalidSignatureException", 400),
        Why.UNSIGNED_HEADERS: ("InvalidSignatureException", 400),
        Why.NOT_EMULATED: ("UnknownOperationException", 400),
    },
}
_CODES["rest-xml"] = _CODES["query"]
_CODES["rest-json"] = {why: (code, 403) for why, (code, _unused) in _CODES["json"].items()}

_MESSAGES = {
    Why.UNSIGNED: "Request is missing Authentication Token",
    Why.UNKNOWN_KEY: "The security token included in the request is invalid.",
    Why.WRONG_TOKEN: "The security token included in the request is invalid.",
    Why.EXPIRED: "The security token included in the request is expired",
    Why.WRONG_SIGNATURE: "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method.",
    Why.SKEWED: "The difference between the request time and the current time is too large.",
    Why.OTHER_BODY: "The provided 'x-amz-content-sha256' header does not match what was computed.",
}
_PHRASES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 501: "Not Implemented"}
#: Refusals that another environment mends.
_MENDED_BY_ENVIRONMENT = (Why.UNSIGNED, Why.UNKNOWN_KEY, Why.WRONG_TOKEN, Why.WRONG_SIGNATURE)
_HINT = (
    "This is the sandbox of railyard.aws, and this shell has not its keys, or those of an earlier one; load them with: "
    'eval "$({command} env)"'
)


def hint() -> str:
    """What a person in a shell of the machine does about them."""
    return _HINT.format(command=command.name())


@dataclass(frozen=True)
class AccessDenied:
    """What to answer instead of what was asked for."""

    protocol: str
    code: str
    status: int
    message: str
    details: str = ""  # for the sandbox's log
    why: Why = Why.DENIED

    def render(self, environ: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status line, headers and body."""
        headers = [("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")]
        if self.protocol in ("json", "rest-json"):
            kind = "application/x-amz-json-1.1" if self.protocol == "json" else "application/json"
            body = json.dumps({"__type": self.code, "message": self.message, "Message": self.message})
            headers.append(("x-amzn-ErrorType", self.code))
            if environ.get("HTTP_X_AMZN_QUERY_MODE"):
                # A service that once spoke the query protocol keeps that one's codes.
                headers.append(("x-amzn-query-error", f"{self.code.removesuffix('Exception')};Sender"))
        else:
            kind, body = "text/xml", _XML[self.protocol].format(code=self.code, message=escape(self.message))
        data = b"" if environ.get("REQUEST_METHOD") == "HEAD" else body.encode()
        headers += [("Content-Type", kind), ("Content-Length", str(len(data)))]
        return f"{self.status} {_PHRASES[self.status]}", headers, data


_XML = {
    "s3": '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>',
    "query": "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>",
    "ec2": "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>",
}
_XML["rest-xml"] = _XML["query"]


def deny(protocol: str, why: Why, message: str = "", details: str = "") -> AccessDenied:
    code, status = _CODES[protocol][why]
    return AccessDenied(protocol, code, status, message or _MESSAGES.get(why, "Access Denied"), details, why)


def hinted(refused: AccessDenied) -> AccessDenied:
    """The refusal as somebody reads it who could have loaded the right keys."""
    if refused.why not in _MENDED_BY_ENVIRONMENT:
        return refused
    return replace(refused, message=f"{refused.message}{'' if refused.message.endswith('.') else '.'} {hint()}")
