"""A request written anew from what was decided about it, so that the emulator cannot read it in another way.

The emulator takes service, region and account from whatever looks like it: any Authorization header, the host, the
user agent, a query. It takes the action from a query before it looks at ``X-Amz-Target``, parameters from a JSON body
that looks like a form, and both from headers when there is nothing else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from sandbox.api import bodies
from sandbox.api.access.signature import PARAMETERS
from sandbox.api.request import ApiRequest
from sandbox.services.s3 import request as s3_request
from sandbox.services.s3.request import S3Request

#: Key of a request's environment: what was decided about it.
DECIDED = "railyard.decided"

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Decided:
    """Whose request for what may go on."""

    service: str  # of the signature's scope
    region: str
    asked: ApiRequest | S3Request
    access_key: str = ""  # nothing when nobody signed
    #: For the action's name in answers to the same question elsewhere, such as tests.
    action: str = ""

    @property
    def backend(self) -> str | None:
        """The emulator's name of what serves it; None when that follows from service, target and path."""
        if isinstance(self.asked, S3Request):
            return "s3"
        return "s3control" if self.service == "s3" else None


def write(environ: dict[str, Any], decided: Decided) -> None:
    """Change the environment."""
    environ[DECIDED] = decided
    environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)  # the emulator's own word for "I am another account"
    environ["HTTP_USER_AGENT"] = environ.get("HTTP_USER_AGENT", "").replace("region/", "region-")
    _sign(environ, decided)
    if isinstance(decided.asked, S3Request):
        _write_s3(environ, decided.region, decided.asked)
        return
    call = decided.asked
    if decided.service != "sqs":  # whose answers hold addresses made from it
        environ["HTTP_HOST"] = f"{decided.service}.{decided.region}.amazonaws.com"
    if environ.get("HTTP_X_AMZ_TARGET"):
        _write_json(environ, call)
    elif call.protocol in ("query", "ec2") and call.action:
        _write_form(environ, call)
    else:
        _write_rest(environ, call)


def _sign(environ: dict[str, Any], decided: Decided) -> None:
    environ.pop("HTTP_AUTHORIZATION", None)
    environ.pop("HTTP_X_AMZ_SECURITY_TOKEN", None)
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if any(name in PARAMETERS for name, _value in pairs):
        _query(environ, [(name, value) for name, value in pairs if name not in PARAMETERS])
    if decided.access_key:
        scope = f"{decided.access_key}/20000101/{decided.region}/{decided.service}/aws4_request"
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _write_s3(environ: dict[str, Any], region: str, call: S3Request) -> None:
    environ["HTTP_HOST"] = f"s3.{region}.amazonaws.com"
    _path(environ, f"/{call.bucket}/{call.key}" if call.key else f"/{call.bucket}")
    if environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS):
        # It would take an object's content for parameters.
        environ["CONTENT_TYPE"] = "binary/octet-stream"
    source = s3_request.copied(environ)
    if source:
        environ["HTTP_X_AMZ_COPY_SOURCE"] = source
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    # Without a query it takes headers for one.
    _query(environ, pairs or [("x-id", "S3")])


def _write_json(environ: dict[str, Any], call: ApiRequest) -> None:
    bodies.inflate(environ)
    target = environ["HTTP_X_AMZ_TARGET"]
    environ["HTTP_X_AMZ_TARGET"] = f"{target.rpartition('.')[0]}.{call.action}" if "." in target else call.action
    environ["REQUEST_METHOD"] = "POST"
    _path(environ, "/")
    # With an action in the query it looks for parameters neither in headers nor in a body that looks like a form.
    _query(environ, [("Action", call.action)])
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-amz-"):
        environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
    if call.protocol == "json":
        bodies.replace(environ, json.dumps(dict(call.parameters)).encode())


def _write_form(environ: dict[str, Any], call: ApiRequest) -> None:
    environ.pop("HTTP_X_AMZ_TARGET", None)
    environ.pop("HTTP_CONTENT_ENCODING", None)
    environ["REQUEST_METHOD"] = "POST"
    if call.service != "sqs":  # of which the path names the queue
        _path(environ, "/")
    _query(environ, [])
    environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    bodies.replace(environ, urlencode(dict(call.parameters)).encode())


def _write_rest(environ: dict[str, Any], call: ApiRequest) -> None:
    bodies.inflate(environ)
    if environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS):
        environ["CONTENT_TYPE"] = "application/octet-stream"
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    _query(environ, [pair for pair in pairs if pair[0] != "Action"] or [("x-id", call.action or "rest")])


def _path(environ: dict[str, Any], path: str) -> None:
    environ["PATH_INFO"] = path.encode().decode("latin-1")
    environ["SCRIPT_NAME"] = ""
    _raw(environ, quote(path, safe="/-_.~"))


def _query(environ: dict[str, Any], pairs: list[tuple[str, Any]]) -> None:
    environ["QUERY_STRING"] = urlencode(pairs, quote_via=quote)
    _raw(environ, environ.get("RAW_URI", quote(environ.get("PATH_INFO", "/").encode("latin-1"))).split("?", 1)[0])


def _raw(environ: dict[str, Any], path: str) -> None:
    path = re.sub(r"^[a-z]+://[^/]*", "", path) or "/"
    query = environ.get("QUERY_STRING", "")
    environ["RAW_URI"] = environ["REQUEST_URI"] = f"{path}?{query}" if query else path


def plain_path(environ: dict[str, Any]) -> bool:
    """Whether a path has one reading only: no parts that some would take away."""
    sent = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).split("?", 1)[0]
    sent = re.sub(r"^[a-z]+://[^/]*", "", sent) or "/"
    parts = unquote(sent).split("/")[1:]
    return sent.startswith("/") and "\\" not in sent and "" not in parts[:-1] and not {".", ".."} & set(parts)
