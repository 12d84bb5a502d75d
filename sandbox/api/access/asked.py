"""What a request asks for: service, action and parameters, from whichever protocol it speaks."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.core.utils import get_service_model

#: Service in a signature's scope → prefix of its actions in policies.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}

#: Service in a signature's scope → service models whose operations are told by method and path.
_BY_PATH = {"route53": ("route53",), "ses": ("sesv2",), "lambda": ("lambda",)}


@dataclass(frozen=True)
class Call:
    """One request to a service other than S3."""

    service: str  # prefix of its actions in policies
    action: str  # nothing when it cannot be told
    parameters: Mapping[str, Any] = field(default_factory=dict)  # lists of the form are "Name.1", "Name.member.1"
    protocol: str = "json"  # json | query | ec2 | rest-json | rest-xml

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


def body_of(environ: dict) -> bytes:
    """The request's body, which stays there to be read."""
    data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(data)
    return data


def read(environ: dict, service: str) -> Call:
    """
    :param service: the one in the signature's scope
    """
    prefix = prefix_of(service)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return Call(prefix, target.rsplit(".", 1)[-1], _json(body_of(environ)))
    fields = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields |= parse_qs(body_of(environ).decode("utf-8", "replace"), keep_blank_values=True)
    if "Action" in fields:
        parameters = {key: values[0] for key, values in fields.items()}
        return Call(prefix, fields["Action"][0], parameters, "ec2" if service == "ec2" else "query")
    for model in _BY_PATH.get(service, ()):
        operation = operation_of(model, environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))
        if operation:
            protocol = "rest-xml" if model == "route53" else "rest-json"
            return Call(prefix, *operation, protocol)
    return Call(prefix, "", {}, "rest-xml" if service == "route53" else "rest-json")


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


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
