"""What a request asks for: service, action and parameters, from whichever protocol it speaks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from sandbox.api import bodies
from sandbox.api.ambiguous import Ambiguous

#: Service in a signature's scope → prefix of its actions in policies.
_PREFIXES = {
    "monitoring": "cloudwatch", "tagging": "tag", "email": "ses",
    # The emulator takes these for other services.
    "eventbridge": "events", "execute-api": "iot", "iotdata": "iot", "mobiletargeting": "mobiletargeting",
}  # fmt: skip

#: Service in a signature's scope → service models whose operations are told by method and path.
_BY_PATH = {"route53": ("route53",), "ses": ("sesv2",), "lambda": ("lambda",)}
#: Begins the paths of S3 Control.
_CONTROL = "/v20180820"


@dataclass(frozen=True)
class ApiRequest:
    """One request to a service other than S3."""

    service: str  # prefix of its actions in policies
    action: str  # nothing when it cannot be told
    parameters: Mapping[str, Any] = field(default_factory=dict)  # lists of the form are "Name.1", "Name.member.1"
    protocol: str = "json"  # json | query | ec2 | rest-json | rest-xml | opaque: a body that is not JSON

    @property
    def name(self) -> str:
        return f"{self.service}:{self.action}"

    def one(self, name: str) -> str | None:
        """A parameter that is one text."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else None

    def all(self, name: str) -> list[str]:
        """A parameter that is a list of texts."""
        value = self.parameters.get(name)
        if isinstance(value, list):
            return [one for one in value if isinstance(one, str)]
        pattern = re.compile(rf"{re.escape(name)}\.(member\.)?\d+")
        return [value for key, value in self.parameters.items() if pattern.fullmatch(key)]


def prefix_of(service: str) -> str:
    """Prefix of a service's actions in policies, from the service in a signature's scope."""
    return _PREFIXES.get(service, service)


def body_of(environ: dict[str, Any]) -> bytes:
    """The request's body, which stays there to be read."""
    return bodies.take(environ).read()


def read(environ: dict[str, Any], service: str) -> ApiRequest:
    """
    :param service: the one in the signature's scope
    :raises Ambiguous: when it names two actions, or a parameter twice
    """
    prefix = prefix_of(service)
    bodies.inflate(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if target:
        if any(name == "Action" for name, _value in pairs) or "," in target:
            raise Ambiguous(f"X-Amz-Target is {target!r}, and another action is named beside it")
        parameters = _json(body_of(environ))
        action = target.rsplit(".", 1)[-1]
        if parameters is None:
            return ApiRequest(prefix, action, {}, "opaque")
        return ApiRequest(prefix, action, parameters)
    if environ.get("CONTENT_TYPE", "").lower().startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(body_of(environ).decode("utf-8", "replace"), keep_blank_values=True)
    fields = dict(pairs)
    if "Action" in fields:
        names = [name for name, _value in pairs]
        if len(names) > len(fields):
            raise Ambiguous(f"given twice: {', '.join(sorted({name for name in names if names.count(name) > 1}))}")
        parameters = {name: value for name, value in pairs if not name.startswith("X-Amz-")}
        return ApiRequest(prefix, fields["Action"], parameters, "ec2" if service == "ec2" else "query")
    for model in _BY_PATH.get(service, ()):
        operation = operation_of(model, environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))
        if operation:
            protocol = "rest-xml" if model == "route53" else "rest-json"
            return ApiRequest(prefix, *operation, protocol)
    return ApiRequest(prefix, "", {}, "rest-xml" if service == "route53" else "rest-json")


def speaks_json(service: str, path: str) -> bool:
    """Whether a REST service answers in JSON, told by its model."""
    if not service or path == "/":
        return False
    try:
        model = get_service_model(_BY_PATH.get(service, (service,))[0])
    except UnknownServiceError:
        return False
    return model.metadata.get("protocol") == "rest-json"


def is_control(path: str) -> bool:
    """Whether a request that is signed for S3 is for the account's settings, which have a service of their own."""
    return path == _CONTROL or path.startswith(f"{_CONTROL}/")


def read_control(environ: dict[str, Any]) -> ApiRequest:
    """The same for a request to S3 Control, whose actions have the prefix of S3."""
    found = operation_of("s3control", environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))
    name, parameters = found or ("", {})
    if name.endswith("PublicAccessBlock"):
        # Who may set it may remove it.
        name = f"{'Get' if name.startswith('Get') else 'Put'}AccountPublicAccessBlock"
    return ApiRequest("s3", name, parameters, "rest-xml")


def operation_of(model: str, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Operation of a REST service and the parameters in its path."""
    for name, wanted, pattern in _operations(model):
        match = pattern.fullmatch(path) if wanted == method else None
        if match:
            return name, {key: unquote(value) for key, value in match.groupdict().items()}
    return None


@lru_cache
def _operations(model: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """(name, method, pattern of the path), the most specific path first."""
    service = get_service_model(model)
    found = []
    for name in service.operation_names:
        http = service.operation_model(name).http
        path = http["requestUri"].split("?", 1)[0].rstrip("/")
        text = "".join(
            f"(?P<{part[1:].rstrip('+}')}>{'.+' if part.endswith('+}') else '[^/]+'})"
            if part.startswith("{")
            else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", path)
        )
        found.append((path.count("{"), -len(path), name, http["method"], re.compile(text + "/?")))
    return [entry[2:] for entry in sorted(found, key=lambda entry: entry[:3])]


def _json(body: bytes) -> dict[str, Any] | None:
    """None when it is no JSON object in UTF-8."""
    try:
        found = json.loads((body or b"{}").decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
